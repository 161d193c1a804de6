"""The Content-Security-Policy header, and who may have another."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from core.content_policy import HEADER, ContentPolicyMiddleware, policy, set_policy

USUAL = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "object-src 'none'; form-action 'self'; frame-ancestors 'none'"
)


def test_a_response_gets_the_usual_policy() -> None:
    response = ContentPolicyMiddleware(lambda _request: HttpResponse())(HttpRequest())

    assert response.headers[HEADER] == USUAL


def test_a_response_keeps_a_policy_of_its_own() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        set_policy(response, any_form_action=True, picture_hosts=["b.example", "a.example"])
        return response

    response = ContentPolicyMiddleware(view)(HttpRequest())

    assert response.headers[HEADER] == USUAL.replace("form-action 'self'; ", "").replace(
        "data:;", "data: https://a.example https://b.example;"
    )


def test_a_policy_is_built_once() -> None:
    assert policy() is policy()
