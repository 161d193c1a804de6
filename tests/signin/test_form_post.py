"""A provider that posts to the callback, as Apple does: the browser comes without our cookie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import timezone

from connections.models import Connection, PendingSignIn, SignIn
from projects.models import Project
from tests.cast import client_of, make_connection
from tests.connections.sign_in_assertions import assert_refused_unrecorded
from tests.samples.guests import guest_at
from tests.samples.sample import CODE, Guest


@pytest.fixture
def guest(project: Project, settings: Any) -> Iterator[Guest]:
    with guest_at("apple", project, settings) as visitor:
        visitor.press()
        yield visitor


def post(guest: Guest, *, alias: str = "apple", **fields: str) -> HttpResponse:
    """Submit a form as a page of the provider does, without any cookie."""
    return client_of(guest.project.host).post(
        f"/sso/oauth2/callback/{alias}",
        {"state": guest.script.query["state"], "code": CODE, **fields},
        headers={"origin": "https://appleid.apple.com"},
    )


def onward(state: str) -> str:
    return f"/sso/oauth2/callback/apple?state={state}"


def test_the_browser_is_sent_on_with_nothing_but_the_state(guest: Guest) -> None:
    answer = post(guest, user="{}")

    assert answer.status_code == 303
    assert answer.headers["location"] == onward(guest.script.query["state"])
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in answer.headers["cache-control"]
    assert answer.cookies == {}


def test_who_began_the_sign_in_ends_it(guest: Guest) -> None:
    answer = guest.client.get(post(guest).headers["location"])

    assert (answer.status_code, answer.headers["location"]) == (302, "/account")


def test_another_browser_ends_nothing(guest: Guest) -> None:
    away = post(guest).headers["location"]

    answer = client_of(guest.project.host).get(away)

    assert (answer.status_code, SignIn.objects.get().cause) == (400, "other_browser")
    assert guest.client.get(away).status_code == 302


def test_what_was_posted_cannot_be_read_in_the_database(guest: Guest) -> None:
    post(guest, code="CANARY-code-71c2d9")

    kept = bytes(PendingSignIn.objects.get().posted or b"")
    assert len(kept) > len("code=CANARY-code-71c2d9")
    assert b"CANARY" not in kept


def test_only_what_the_provider_is_known_to_send_is_kept(guest: Guest) -> None:
    post(guest)
    usual = len(bytes(PendingSignIn.objects.get().posted or b""))
    PendingSignIn.objects.update(posted=None)

    post(guest, id_token="x" * 5000, next="https://evil.example")

    assert len(bytes(PendingSignIn.objects.get().posted or b"")) == usual


def test_the_first_post_counts(guest: Guest) -> None:
    post(guest)
    away = post(guest, error="access_denied", code="another").headers["location"]

    guest.client.get(away)

    assert guest.script.heard[0].form["code"] == CODE


def test_a_code_in_the_address_is_not_from_the_provider(guest: Guest) -> None:
    answer = guest.client.get(f"{onward(guest.script.query['state'])}&code=planted")

    assert_refused_unrecorded(answer)
    assert guest.script.heard == []


def test_what_is_added_to_the_address_changes_nothing(guest: Guest) -> None:
    away = post(guest).headers["location"]

    guest.client.get(f"{away}&code=planted&error=access_denied&iss=https://evil.example")

    assert guest.script.heard[0].form["code"] == CODE
    assert SignIn.objects.get().outcome == "ok"


@pytest.mark.parametrize("state", ["", "short", "x" * 33, "é" * 32, "s" * 32])
def test_a_state_that_nobody_has_changes_nothing(
    guest: Guest, state: str, junk_callbacks: Callable[[], int]
) -> None:
    answer = post(guest, state=state)

    assert answer.status_code == 303
    assert PendingSignIn.objects.get().posted is None
    assert_refused_unrecorded(guest.client.get(answer.headers["location"]))
    assert junk_callbacks() == 1


def test_a_state_that_has_expired_keeps_nothing(guest: Guest) -> None:
    PendingSignIn.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    post(guest)

    assert PendingSignIn.objects.get().posted is None


def test_the_state_of_another_project_keeps_nothing(guest: Guest, other_project: Project) -> None:
    make_connection(other_project)
    elsewhere = client_of(other_project.host).post(
        "/sso/oauth2/callback/wechat_web", {"state": guest.script.query["state"], "code": CODE}
    )

    assert elsewhere.status_code == 405
    assert PendingSignIn.objects.get().posted is None


def test_the_state_of_another_connection_keeps_nothing(guest: Guest) -> None:
    Connection.objects.create(
        project=guest.project,
        provider="apple",
        alias="second",
        settings=guest.connection.settings,
    )

    assert post(guest, alias="second").status_code == 303
    assert PendingSignIn.objects.get().posted is None


def test_a_provider_that_redirects_is_not_posted_for(guest: Guest) -> None:
    make_connection(guest.project)

    answer = post(guest, alias="wechat_web")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert PendingSignIn.objects.get().posted is None


def test_an_alias_that_is_nobodys_is_not_found(guest: Guest) -> None:
    assert post(guest, alias="nothing").status_code == 404


def test_a_connection_that_was_switched_off_meanwhile_signs_nobody_in(guest: Guest) -> None:
    away = post(guest).headers["location"]
    guest.connection.enabled = False
    guest.connection.save()

    assert guest.client.get(away).status_code == 503
    assert SignIn.objects.get().cause == "disabled"
