"""The section Access of a connection's page: warnings, the sentence, and the record."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from connections.fields.access import DOMAINS, EXISTING, PEOPLE, TENANTS
from connections.forms.connection_form import ConnectionForm
from connections.models import Connection, Identity
from connections.providers import catalogue
from projects.models import Project, User
from tests.cast import make_connection, wechat_form
from tests.portal.page_reader import Page
from tests.samples import microsoft
from tests.samples.guests import connected
from tests.samples.sample import sample_of

PAGE = "/projects/acme/connections/wechat_web/"


def add_user(connection: Connection, subject: str, address: str, *, verified: bool = True) -> None:
    user = User.objects.create(
        project=connection.project, password="!", address=address, address_verified=verified
    )
    Identity.objects.create(
        project=connection.project,
        user=user,
        connection=connection,
        namespace=connection.provider,
        subject=subject,
    )


def warnings_of(connection: Connection, *, editor: str = "", **rules: str) -> dict[str, Any]:
    form = ConnectionForm(
        {**sample_of(connection.provider).filled_in, **connection.settings, **rules},
        definition=catalogue.get(connection.provider),
        project=connection.project,
        connection=connection,
        editor_address=editor,
    )
    form.full_clean()
    return {name: list(map(str, found)) for name, found in form.warnings.items()}


@pytest.mark.django_db
class TestWarnings:
    def test_of_a_domain_that_excludes_people(self, project: Project) -> None:
        connection = connected("github", project, {})
        add_user(connection, "1", "ada@acme.com")
        add_user(connection, "2", "bob@acme.com", verified=False)
        add_user(connection, "3", "eve@evilacme.com")
        add_user(connection, "4", "")
        add_user(connection, "5", "URS@BÜCHER.example".lower())
        found = warnings_of(
            connection, editor="ed@acme.com", **{DOMAINS: "acme.com\nbücher.example"}
        )
        assert found == {
            DOMAINS: ["3 people who have signed in with this connection could no longer do so."]
        }
        found = warnings_of(
            connection, editor="ed@agency.com", **{DOMAINS: "acme.com\nevilacme.com"}
        )
        assert found[DOMAINS][0] == (
            "Your own email address is at agency.com, which is not in the list."
        )

    def test_not_of_a_rule_that_is_already_saved(self, project: Project) -> None:
        connection = connected("github", project, {"accept_warnings": ""})
        add_user(connection, "1", "eve@evil.com")
        connection.settings = {**connection.settings, DOMAINS: "acme.com"}
        connection.save()
        assert warnings_of(connection, editor="ed@agency.com") == {}

    def test_of_a_tenant_that_excludes_people(self, project: Project) -> None:
        connection = connected("microsoft", project, {})
        add_user(connection, f"{microsoft.TENANT}:1", "ada@acme.com")
        add_user(connection, f"{'b' * 8}-0000-cccc-1111-dddd2222eeee:1", "bob@acme.com")
        found = warnings_of(connection, **{TENANTS: microsoft.TENANT.upper()})
        assert found == {
            TENANTS: ["1 person who has signed in with this connection could no longer do so."]
        }

    def test_of_existing_users_only_where_nobody_exists(self, project: Project) -> None:
        connection = connected("github", project, {})
        said = ["Nobody has signed in with this provider yet, so nobody could sign in."]
        assert warnings_of(connection, **{PEOPLE: EXISTING}) == {PEOPLE: said}
        add_user(connection, "1", "")
        assert warnings_of(connection, **{PEOPLE: EXISTING}) == {}


def test_of_whom_a_draft_excludes_is_warned_when_it_is_published(
    as_editor: Client, project: Project
) -> None:
    connection = make_connection(project)
    form = wechat_form(alias=None, client_secret="", access_people=EXISTING)
    for label in ("Scan", "Scan here"):
        answer = as_editor.post(PAGE, {**form, "action": "draft", "label_en": label})
        assert answer.status_code == 302
    bar, *_others = Page(as_editor.get(PAGE)).every("input", name="seen")
    seen = bar.attributes["value"]

    answer = as_editor.post(f"{PAGE}publish/", {"seen": seen})

    assert "Nobody has signed in with this provider yet" in answer.content.decode()
    assert PEOPLE not in Connection.objects.get().settings
    add_user(connection, "1", "")
    Identity.objects.update(namespace="wechat:gh_0123456789ab")
    assert as_editor.post(f"{PAGE}publish/", {"seen": seen}).status_code == 302
    assert Connection.objects.get().settings[PEOPLE] == EXISTING


def test_a_rule_is_saved_recorded_and_summed_up(
    as_editor: Client, as_viewer: Client, project: Project
) -> None:
    connection = make_connection(project)
    add_user(connection, "1", "")
    Identity.objects.update(namespace="wechat:gh_0123456789ab")
    answer = as_editor.post(PAGE, wechat_form(alias=None, client_secret="", access_people=EXISTING))
    assert answer.status_code == 302, answer.content.decode()
    assert Connection.objects.get().settings[PEOPLE] == EXISTING
    event = project.events.latest("at")
    assert event.changes[PEOPLE] == [None, EXISTING]
    sentence = "Existing users only. Nobody new can sign in."
    for client in (as_editor, as_viewer):
        page = client.get(PAGE).content.decode()
        assert sentence in page
        assert sentence in client.get("/projects/acme/connections/").content.decode()
    history = as_viewer.get("/projects/acme/history/").content.decode()
    assert "Who may sign in" in history

    # Back to everybody: nothing of it stays in the settings.
    as_editor.post(PAGE, wechat_form(alias=None, client_secret=""))
    assert PEOPLE not in Connection.objects.get().settings


def test_the_sentence_follows_what_is_typed(as_editor: Client, project: Project) -> None:
    make_connection(project)
    answer = as_editor.post(
        f"{PAGE}validate/",
        wechat_form(alias=None, client_secret=None, access_people=EXISTING),
        headers={"HX-Request": "true", "HX-Trigger-Name": PEOPLE},
    )
    found = Page(answer).one("div", id="access-sentence")
    assert found.text == "Existing users only. Nobody new can sign in."
    answer = as_editor.post(
        f"{PAGE}validate/",
        wechat_form(alias=None, client_secret=None),
        headers={"HX-Request": "true", "HX-Trigger-Name": "account_id"},
    )
    assert "access-sentence" not in answer.content.decode()
