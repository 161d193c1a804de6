"""Whatever reference a page shows, History finds it, also where the browser had lost its cookie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from connections.models import Connection, PendingSignIn, SignIn
from projects.models import Project, User
from tests.cast import client_of
from tests.connections.sign_in_assertions import reference_on, text_of
from tests.samples.guests import guest_at
from tests.samples.sample import Guest

BROWSER = django_settings.BROWSER_COOKIE_NAME
LOST = "Your browser did not send the cookie that was set when this sign-in was started."


def another_browser(guest: Guest, key: str = "") -> None:
    guest.client = client_of(guest.project.host)
    if key:
        guest.client.cookies[BROWSER] = key


def without_its_cookie(guest: Guest) -> None:
    another_browser(guest)


def with_another_cookie(guest: Guest) -> None:
    another_browser(guest, "k" * 32)


def too_late(guest: Guest) -> None:
    PendingSignIn.objects.update(
        started_at=timezone.now() - timedelta(minutes=30),
        expires_at=timezone.now() - timedelta(minutes=20),
    )


def too_late_without_its_cookie(guest: Guest) -> None:
    too_late(guest)
    another_browser(guest)


def used(guest: Guest) -> None:
    returned(guest)
    too_late(guest)
    key = guest.client.cookies[BROWSER].value
    another_browser(guest, key)


def used_elsewhere(guest: Guest) -> None:
    returned(guest)
    another_browser(guest)


def blocked(guest: Guest) -> None:
    returned(guest)
    User.objects.filter(project=guest.project).update(is_active=False)
    another_browser(guest, guest.client.cookies[BROWSER].value)


def died(guest: Guest) -> None:
    PendingSignIn.objects.update(taken_at=timezone.now() - timedelta(minutes=20))


def turned_off(guest: Guest) -> None:
    Connection.objects.update(enabled=False)


def pruned(guest: Guest) -> None:
    """Nobody knows the state any more."""
    PendingSignIn.objects.all().delete()


@dataclass(frozen=True)
class Case:
    """What happens before a callback, and the page and the record that it ends with."""

    meanwhile: Callable[[Guest], None]
    cause: str = "other_browser"
    status: int = 400
    words: str = "stopped for your security"
    is_recorded: bool = True


CASES = [
    Case(without_its_cookie, words=LOST),
    Case(with_another_cookie, words=LOST),
    Case(used_elsewhere, words=LOST),
    Case(too_late, "expired", words="This took too long. Please start again."),
    Case(too_late_without_its_cookie, words=LOST),
    Case(used, "", words="This sign-in has already ended."),
    Case(died, "interrupted", words="The sign-in was interrupted."),
    Case(turned_off, "disabled", 503, "currently unavailable"),
    # The record is of a success.
    Case(blocked, "person_inactive", 403, "This account is blocked.", is_recorded=False),
    Case(pruned, "state", is_recorded=False),
]


# By a redirect, by a form, and by a form with the state in RelayState.
@pytest.fixture(params=["github", "apple", "saml"])
def guest(request: Any, project: Project, settings: Any) -> Iterator[Guest]:
    with guest_at(request.param, project, settings) as visitor:
        yield visitor


ONE = pytest.mark.parametrize("guest", ["github"], indirect=True)


def returned(guest: Guest) -> HttpResponse:
    """Come back as the provider sends people back who have agreed."""
    return guest.come_back(guest.script.sample.returns)


def test_v3_28_a_shown_reference_is_found_in_history(guest: Guest, as_owner: Client) -> None:
    for case in CASES:
        with transaction.atomic():
            assert_its_reference_is_found(guest, as_owner, case)
            transaction.set_rollback(True)


def assert_its_reference_is_found(guest: Guest, as_owner: Client, case: Case) -> None:
    guest.begin_again()
    guest.press(next="/orders")
    case.meanwhile(guest)
    name = case.meanwhile.__name__

    answer = returned(guest)

    assert (answer.status_code, case.words in text_of(answer)) == (case.status, True), name
    reference = reference_on(answer)
    if not case.is_recorded:
        assert reference == "", name
        return
    found = as_owner.get("/projects/acme/history/", {"reference": reference})
    assert found.status_code == 302, name
    story = as_owner.get(found.headers["location"])
    assert (story.status_code, reference in text_of(story)) == (200, True), name
    sign_in = SignIn.objects.get(reference=reference.replace("-", ""))
    assert sign_in.cause == case.cause, name
    assert ("%2Forders" in answer.content.decode()) == (case.cause != "other_browser"), name


@ONE
def test_28_a_start_from_another_website_shows_no_reference(guest: Guest) -> None:
    answer = guest.client.post(
        f"/sso/{guest.connection.alias}/start", headers={"origin": "https://evil.example"}
    )

    assert (answer.status_code, reference_on(answer)) == (400, "")


@ONE
def test_a_start_that_is_refused_is_found_in_history(guest: Guest, as_owner: Client) -> None:
    turned_off(guest)

    answer = guest.client.post(
        f"/sso/{guest.connection.alias}/start", headers={"sec-fetch-site": "same-origin"}
    )

    assert answer.status_code == 503
    found = as_owner.get("/projects/acme/history/", {"reference": reference_on(answer)})
    assert found.status_code == 302
