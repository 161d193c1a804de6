"""An application's page says what has become of the messages that somebody has signed out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from applications.models import Application, LogoutDelivery
from applications.services import ApplicationFields, add_application
from projects.models import Project
from tests.portal.page_reader import Page
from tests.rows import each_row
from tests.workers import clear_queue, jobs

TASK = "applications.logout"


@pytest.fixture
def shop(project: Project) -> Application:
    fields = ApplicationFields(
        name="Shop",
        redirect_uris=["https://shop.example/callback"],
        backchannel_logout_uri="https://shop.example/logout",
    )
    return add_application(project, fields, actor=None)[0]


def make(application: Application, **given: Any) -> LogoutDelivery:
    """A message of two hours ago."""
    delivery = application.deliveries.create(sid=uuid4(), user=uuid4(), **given)
    LogoutDelivery.objects.filter(pk=delivery.pk).update(
        created_at=timezone.now() - timedelta(hours=2)
    )
    return delivery


def rows_of(page: Page) -> list[str]:
    (found,) = [each for each in page.every("section") if "Logout messages" in each.text]
    return [each.text for each in found.every("li")]


def open_page(browser: Client, application: Application) -> Page:
    return Page(browser.get(application.get_absolute_url()))


def test_it_says_what_has_become_of_each(as_viewer: Client, shop: Application) -> None:
    assert rows_of(open_page(as_viewer, shop)) == []
    now = timezone.now()
    make(shop)
    make(shop, attempts=2, answer="timeout")
    make(shop, attempts=1, answer="200", delivered_at=now)
    for answer in ("500", "tls_certificate", "key", "private_address", "new_one"):
        make(shop, attempts=5, answer=answer, failed_at=now)
    assert rows_of(open_page(as_viewer, shop)) == [
        "Given up 2 hours ago new_one · 5 attempts",
        "Given up 2 hours ago The address is in a private network · 5 attempts",
        "Given up 2 hours ago The signing key cannot be opened · 5 attempts",
        "Given up 2 hours ago No encrypted connection: check the certificate · 5 attempts",
        "Given up 2 hours ago HTTP status 500 · 5 attempts",
        "Delivered 2 hours ago HTTP status 200 · 1 attempt",
        "Waiting 2 hours ago No response in time · 2 attempts",
        "Waiting 2 hours ago",
    ]
    assert not any("Send again" in each for each in rows_of(open_page(as_viewer, shop)))


def test_only_the_newest_are_shown(as_viewer: Client, shop: Application) -> None:
    for number in range(25):
        make(shop, attempts=number)
    rows = rows_of(open_page(as_viewer, shop))
    assert (len(rows), rows[0].endswith("24 attempts")) == (20, True)


def test_an_application_without_an_address_has_none(as_viewer: Client, shop: Application) -> None:
    make(shop)
    Application.objects.update(backchannel_logout_uri="")
    assert "Logout messages" not in open_page(as_viewer, shop).text


@pytest.mark.django_db(transaction=True)
def test_one_that_was_given_up_is_sent_again(as_editor: Client, shop: Application) -> None:
    clear_queue()
    now = timezone.now()
    make(shop, attempts=1, answer="200", delivered_at=now)
    delivery = make(shop, attempts=5, answer="500", failed_at=now)
    page = open_page(as_editor, shop)
    (path,) = [
        each.attributes["action"]
        for each in page.every("form")
        if "logout-messages" in each.attributes.get("action", "")
    ]
    answers = [Page(as_editor.post(path, follow=True)) for _click in range(2)]
    assert "The message is sent again in a moment." in answers[0].text
    assert "Only messages that were given up" in answers[1].text
    assert len(jobs(TASK)) == 1
    delivery.refresh_from_db()
    assert (delivery.failed_at, delivery.attempts) == (None, 0)
    assert rows_of(answers[0])[0] == "Waiting 2 hours ago"
    clear_queue()


@each_row("state", ["waiting", "delivered", "other application", "other project"], undo=True)
def test_no_other_message_is_sent_again(
    as_editor: Client, shop: Application, other_project: Project, state: str
) -> None:
    now = timezone.now()
    given: dict[str, Any] = {"failed_at": now}
    owner, status = shop, 302
    if state in {"waiting", "delivered"}:
        given = {} if state == "waiting" else {"delivered_at": now}
    else:
        project = other_project if state == "other project" else shop.project
        fields = ApplicationFields(name="Other", redirect_uris=["https://other.example/"])
        owner, status = add_application(project, fields, actor=None)[0], 404
    delivery = make(owner, attempts=1, **given)
    before = LogoutDelivery.objects.values().get()
    path = f"{shop.get_absolute_url()}logout-messages/{delivery.pk}/send-again/"
    assert as_editor.post(path).status_code == status
    assert LogoutDelivery.objects.values().get() == before
    assert jobs(TASK) == []
