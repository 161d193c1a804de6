"""A form that comes back with errors says so first: in the title, and where the focus is."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.portal.page_reader import Page
from tests.rows import each_row

FORMS = {
    "create a project": ("/projects/create/", {"name": "", "slug": ""}),
    "settings": ("/projects/acme/settings/", {"name": ""}),
    "add a connection": ("/projects/acme/connections/add/wechat_web/", {}),
    "add an application": ("/projects/acme/applications/add/", {"name": ""}),
    "invite": ("/projects/acme/settings/members/invite/", {"address": "", "role": "viewer"}),
    "account": ("/account/", {"name": "\u200b"}),
}


@each_row("form", FORMS, undo=True)
def test_the_title_and_the_focus_name_the_errors(as_owner: Client, form: str) -> None:
    path, wrong = FORMS[form]
    before = Page(as_owner.get(path)).one("title").text

    after = Page(as_owner.post(path, wrong))

    assert after.one("title").text == f"Error: {before}"
    summary = after.one(class_="callout-danger")
    assert (summary.attributes["tabindex"], "autofocus" in summary.attributes) == ("-1", True)


@pytest.mark.django_db
def test_the_sign_in_form_does_so_too() -> None:
    client = Client(headers={"host": "portal.test"})
    page = Page(client.post("/login", {"login": "nobody@example.com", "password": "wrong"}))
    assert page.one("title").text.startswith("Error: ")
