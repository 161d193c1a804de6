"""``manage.py mfa reset``: for an operator who has lost every second factor."""

from __future__ import annotations

import logging
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command

from connections.secrets import check_keys
from projects.audit.events import SECOND_FACTOR_RESET
from projects.models import Event, Project, User
from tests.cast import PASSWORD
from tests.portal.factors import arrive, is_signed_in, set_up_app
from tests.portal.page_reader import Page

pytestmark = pytest.mark.usefixtures("fresh_limits")


@pytest.fixture(autouse=True)
def keys(db: None) -> None:
    check_keys()


def run(*command: str) -> str:
    said = StringIO()
    call_command("mfa", *command, stdout=said)
    return said.getvalue()


def test_the_password_alone_signs_in_again_and_every_history_tells_it(
    owner: User, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    set_up_app(arrive(owner))
    assert not is_signed_in(arrive(owner))

    with caplog.at_level(logging.WARNING, "menkou.accounts"):
        said = run("reset", "OLGA@example.com")

    assert said == (
        "olga@example.com can now sign in with a password only.\n"
        "Browsers that are signed in stay signed in, but cannot open projects that require "
        "two-step verification. To sign all of them out, run "
        "`manage.py changepassword olga@example.com`.\n"
    )
    assert not Authenticator.objects.exists()
    assert is_signed_in(arrive(owner))
    (event,) = Event.objects.all()
    assert (event.project, event.action, event.actor, event.actor_name, event.target_name) == (
        project,
        SECOND_FACTOR_RESET.key,
        None,
        "manage.py",
        "Olga",
    )
    told = [each.getMessage() for each in caplog.records if each.name == "menkou.accounts"]
    assert told == [f"The second factors of operator {owner.pk} were removed by a command"]


def test_a_session_that_was_opened_with_one_opens_no_strict_project_afterwards(
    owner: User, project: Project
) -> None:
    browser = arrive(owner)
    set_up_app(browser)
    Project.objects.update(require_second_factor=True)
    assert browser.get("/projects/acme/").status_code == 200
    run("reset", owner.email)
    assert browser.get("/projects/acme/").status_code == 403


def test_others_keep_conflict(owner: User, editor: User) -> None:
    set_up_app(arrive(owner))
    set_up_app(arrive(editor))
    run("reset", owner.email)
    assert set(Authenticator.objects.values_list("user__email", flat=True)) == {editor.email}


def test_an_address_that_only_looks_alike_is_somebody_elses(db: None) -> None:
    mike = User.objects.create_user("mike@example.com", PASSWORD)
    set_up_app(arrive(mike))
    User.objects.create_user("mıke@example.com", PASSWORD)

    run("reset", "mıke@example.com")

    assert Authenticator.objects.filter(user=mike).exists()


def test_who_has_none_is_told_so(owner: User) -> None:
    assert run("reset", owner.email) == (
        "olga@example.com does not use two-step verification. Nothing was changed.\n"
    )
    assert not Event.objects.exists()


def test_nobody_is_named(db: None) -> None:
    with pytest.raises(CommandError, match="^No operator has the email address eve@example.com.$"):
        run("reset", "eve@example.com")


def test_the_history_page_says_whose_and_by_whom(owner: User) -> None:
    browser = arrive(owner)
    set_up_app(browser)
    run("reset", owner.email)
    text = Page(browser.get("/projects/acme/history/")).one("main").text
    assert "Member's two-step verification turned off" in text
    assert "manage.py" in text


def test_whoever_lost_them_is_told_by_e_mail(owner: User) -> None:
    set_up_app(arrive(owner))
    mail.outbox.clear()

    run("reset", owner.email)

    (message,) = mail.outbox
    assert message.to == [owner.email]
    assert message.subject == (
        "Menkou: two-step verification was turned off by the portal administrator"
    )
    assert "IP address" not in message.body
