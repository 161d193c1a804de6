"""Secrets, codes and tokens of applications are nowhere afterwards: logs, database, pages."""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.test import Client

from applications.models import Application, DeveloperError
from applications.protocol.developer_errors import MISTAKES
from applications.services import add_secret, remove_secret
from projects.models import Event, Project, User
from tests.applications.later import let_pass
from tests.applications.relying_party import FORM, VERIFIER, RelyingParty, Visit, register
from tests.cast import client_of, sign_in_as
from tests.connections.test_canary import dump, logged

# Developers send the right value in the wrong place.
WRONG_PLACES = (
    *("acr_values", "claims", "code_challenge", "display", "id_token_hint", "login_hint"),
    *("max_age", "prompt", "request", "request_uri", "response_mode", "response_type", "scope"),
)


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    for logger in ("", "urllib3", "requests", "django", "menkou"):
        caplog.set_level(logging.DEBUG, logger=logger)


@pytest.fixture
def shop(project: Project) -> RelyingParty:
    return register(
        project,
        name="Demo Shop",
        pkce=True,
        refresh_tokens="always",
        home_page="https://shop.example/",
    )


class Planted:
    """Values that nobody may find, and pages on which they could be."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.pages: list[str] = []

    def plant(self, name: str, value: str) -> str:
        assert len(value) >= 20, name
        self.values[f"{name} {len(self.values)}"] = value
        return value

    def see(self, response: Any) -> Any:
        self.pages.append(f"{response.headers}{response.content.decode()}")
        return response

    def assert_nowhere(self, caplog: pytest.LogCaptureFixture, portal: Client) -> None:
        # Django writes down what the templates of the portal look for in vain.
        log = logged(caplog)
        for path in ("history/", "applications/", *(f"applications/{each}/" for each in ids())):
            page = self.see(portal.get(f"/projects/acme/{path}"))
            assert page.status_code == 200, path
        places = {"database": dump(), "log": log, "pages": "".join(self.pages)}
        for place, text in places.items():
            found = [
                name
                for name, value in self.values.items()
                if value in text or value.encode().hex() in text
            ]
            assert not found, (place, found)


def ids() -> list[str]:
    return list(Application.objects.values_list("client_id", flat=True))


@pytest.fixture
def planted(shop: RelyingParty, signed_in: Visit) -> Planted:
    made = Planted()
    made.plant("client secret", shop.secret)
    name = django_settings.SESSION_COOKIE_NAME
    made.plant("session", signed_in.client.cookies[name].value)
    made.plant("verifier", VERIFIER)
    return made


def sign_in(shop: RelyingParty, visit: Visit, planted: Planted) -> dict[str, Any]:
    """A whole sign-in whose values are planted."""
    given = shop.sign_in(visit)
    planted.plant("code", given.code)
    for name in ("access_token", "refresh_token", "id_token"):
        planted.plant(name, given.tokens[name])
    return given.tokens


def test_a_sign_in_leaves_nothing_secret_behind(
    shop: RelyingParty,
    signed_in: Visit,
    planted: Planted,
    as_owner: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tokens = sign_in(shop, signed_in, planted)
    renewed = shop.check_tokens(shop.refresh(tokens["refresh_token"]))
    for name in ("access_token", "refresh_token", "id_token"):
        planted.plant(name, renewed[name])
    planted.see(shop.userinfo(renewed["access_token"]))
    planted.see(shop.post("introspection", token=renewed["access_token"]))
    planted.see(shop.post("revocation", token=renewed["refresh_token"]))

    planted.assert_nowhere(caplog, as_owner)


def test_a_request_that_waits_leaves_nothing_by_which_it_could_be_taken(
    shop: RelyingParty, as_owner: Client, caplog: pytest.LogCaptureFixture
) -> None:
    planted = Planted()
    browser = client_of(shop.project.host)
    start = browser.get("/oauth2/authorize", shop.question())
    request_id = planted.plant("request", start["Location"].partition("request=")[2])
    page = browser.get(start["Location"])
    browser.get(f"/oauth2/continue?{start['Location'].partition('?')[2]}")

    # The page itself has it, for its button.
    assert request_id in page.content.decode()
    planted.assert_nowhere(caplog, as_owner)


def mistakes(shop: RelyingParty, visit: Visit, planted: Planted) -> None:
    """Every mistake that a developer can make, with real values in wrong places."""
    tokens = sign_in(shop, visit, planted)
    values = [tokens["access_token"], tokens["refresh_token"], shop.secret]
    for value in values:
        for name in WRONG_PLACES:
            planted.see(visit.client.get("/oauth2/authorize", shop.question(**{name: value})))
        redirect_uri = f"{shop.callback}?{urlencode({'code': value, 'token': value})}"
        planted.see(visit.client.get("/oauth2/authorize", shop.question(redirect_uri=redirect_uri)))
        sent = {"grant_type": value, "code": value, "refresh_token": value}
        fields, headers = shop.credentials()
        for form in ({**sent, "grant_type": "authorization_code"}, sent, {"code": value}):
            path = f"/oauth2/token?{urlencode(sent)}"
            planted.see(shop.server.post(path, urlencode(form), content_type=FORM, headers=headers))
        planted.see(shop.server.get(f"/oauth2/userinfo?access_token={value}"))
        pair = b64encode(f"{shop.application.client_id}:{value}x".encode()).decode()
        planted.see(
            shop.server.post(
                "/oauth2/token",
                "",
                content_type=FORM,
                headers={"Authorization": f"Basic {pair}"},
            )
        )
        planted.see(
            shop.server.post("/oauth2/token", {"client_secret": value, **fields}, headers=headers)
        )
    codes = [planted.plant("code", code_for(shop, visit)) for _each in range(4)]
    planted.see(shop.redeem(codes[0], redirect_uri="https://shop.example/other"))
    wrong = planted.plant("verifier", "wrong-" + "w" * 43)
    planted.see(shop.redeem(codes[1], code_verifier=wrong))
    planted.see(shop.redeem(codes[2], client_secret=planted.plant("secret", "mkcs_" + "s" * 43)))
    let_pass(seconds=100)
    planted.see(shop.redeem(codes[3]))
    planted.see(shop.refresh(planted.plant("refresh token", "mkrt_" + "r" * 43)))


def code_for(shop: RelyingParty, visit: Visit) -> str:
    return shop.send(visit, shop.question()).query["code"]


def test_the_mistakes_of_a_developer_are_told_without_the_values(
    shop: RelyingParty,
    signed_in: Visit,
    planted: Planted,
    as_owner: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mistakes(shop, signed_in, planted)

    recorded = DeveloperError.objects.get(cause="redirect_uri_unknown")
    assert recorded.facts["received"].startswith(f"{shop.callback}?")
    causes = set(DeveloperError.objects.values_list("cause", flat=True))
    assert len(causes) >= 8
    assert causes <= MISTAKES.keys()
    planted.assert_nowhere(caplog, as_owner)


def test_the_history_of_an_application_has_no_secret(
    shop: RelyingParty,
    planted: Planted,
    owner: User,
    as_owner: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    second = add_secret(shop.application, actor=owner)
    planted.plant("secret", second.value)
    remove_secret(second.stored, actor=owner)

    assert second.value not in repr(second)
    assert Event.objects.count() == 3
    planted.assert_nowhere(caplog, as_owner)


def test_a_secret_is_shown_once_and_to_editors_only(
    project: Project, as_editor: Client, viewer: User, caplog: pytest.LogCaptureFixture
) -> None:
    shop = register(project)
    planted = Planted()
    planted.plant("client secret", shop.secret)

    planted.assert_nowhere(caplog, as_editor)
    planted.assert_nowhere(caplog, sign_in_as(viewer))


@pytest.mark.parametrize("place", ["database", "log", "pages"])
def test_the_search_would_find_what_is_there(
    place: str,
    shop: RelyingParty,
    project: Project,
    as_owner: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    planted = Planted()
    value = planted.plant("value", "CANARY-" + "c" * 20)
    if place == "log":
        logging.getLogger("menkou").info("it is %s", value)
    elif place == "database":
        Project.objects.update(name=value)
    else:
        planted.pages.append(value)

    with pytest.raises(AssertionError, match=place):
        planted.assert_nowhere(caplog, as_owner)
