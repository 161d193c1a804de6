"""Editing, deleting and checking a connection, and what becomes of its secret."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection as database
from django.test import Client

from connections.configured import namespace_of
from connections.events import CONNECTION_CHANGED, CONNECTION_DELETED
from connections.models import Connection, Identity, StoredSecret
from connections.secrets import fingerprint
from projects.models import Event, Project, User
from tests.cast import (
    ACCOUNT_ID,
    APPID,
    APPSECRET,
    make_connection,
    open_secret,
    sign_in_as,
    wechat_form,
)
from tests.openid import connect, openid_settings
from tests.portal.page_reader import Page, said_in
from tests.portal.test_access import OF_A_PROJECT, path_of
from tests.rows import each_row

PAGE = "/projects/acme/connections/wechat_web/"
NEW_SECRET = "fedcba9876543210fedcba987654abcd"
ASKED_AGAIN = (
    "Enter it again. You changed where it is sent, and the saved one is not sent to a new place."
)


@pytest.fixture
def connection(project: Project, owner: User) -> Connection:
    return make_connection(project, actor=owner)


def edit(client: Client, **typed: Any) -> Any:
    return client.post(PAGE, wechat_form(**{"alias": None, "client_secret": "", **typed}))


def sealed(connection: Connection) -> dict[str, Any]:
    return StoredSecret.objects.filter(connection=connection).values().get()


def saved(connection: Connection) -> dict[str, Any]:
    return Connection.objects.filter(pk=connection.pk).values().get()


class TestSecret:
    def test_an_empty_field_keeps_it(self, as_editor: Client, connection: Connection) -> None:
        before = sealed(connection)
        answer = edit(as_editor, label_en="Scan")
        assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
        assert sealed(connection) == before
        assert saved(connection)["labels"] == {"en": "Scan"}
        (event,) = Event.objects.all()
        assert (event.action, event.changes) == (
            CONNECTION_CHANGED.key,
            {"label.en": [None, "Scan"]},
        )

    def test_a_new_one_takes_its_place(
        self, as_editor: Client, editor: User, connection: Connection
    ) -> None:
        before = sealed(connection)
        assert edit(as_editor, client_secret=NEW_SECRET).status_code == 302
        after = sealed(connection)
        assert open_secret(connection, "client_secret") == NEW_SECRET
        assert (after["last4"], after["fingerprint"], after["set_by_id"]) == (
            "abcd",
            fingerprint(NEW_SECRET),
            editor.pk,
        )
        assert after["set_at"] > before["set_at"]
        assert [event.changes for event in Event.objects.all()] == [
            {"secret.client_secret": [fingerprint(APPSECRET), fingerprint(NEW_SECRET)]}
        ]

    def test_4_another_appid_asks_for_it_again_and_touches_nothing(
        self, as_editor: Client, connection: Connection
    ) -> None:
        row, secret = saved(connection), sealed(connection)
        for language in ("en", "zh-hans"):
            as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = language
            page = Page(edit(as_editor, client_id="wx1111111111111111"))
            assert page.all_errors() == {"client_secret": [said_in(language, ASKED_AGAIN)]}
            assert page.value("client_id") == "wx1111111111111111"
        assert (saved(connection), sealed(connection)) == (row, secret)
        assert not Event.objects.exists()

    def test_another_appid_with_its_secret_is_saved(
        self, as_editor: Client, connection: Connection
    ) -> None:
        answer = edit(as_editor, client_id="wx1111111111111111", client_secret=NEW_SECRET)
        assert answer.status_code == 302
        assert saved(connection)["settings"]["client_id"] == "wx1111111111111111"
        assert open_secret(connection, "client_secret") == NEW_SECRET

    def test_another_account_id_needs_no_new_one(
        self, as_editor: Client, connection: Connection
    ) -> None:
        before = sealed(connection)
        assert edit(as_editor, account_id="gh_111111111111").status_code == 302
        assert sealed(connection) == before

    def test_one_that_is_missing_is_asked_for(
        self, as_editor: Client, connection: Connection
    ) -> None:
        connection.secrets.all().delete()
        assert Page(edit(as_editor)).all_errors() == {"client_secret": ["This field is required."]}
        assert edit(as_editor, client_secret=NEW_SECRET).status_code == 302

    @pytest.mark.parametrize("role", ["owner", "viewer"])
    def test_the_page_tells_when_and_by_whom_it_was_set_and_how_it_ends(
        self, request: pytest.FixtureRequest, project: Project, owner: User, role: str
    ) -> None:
        secret = f"{uuid.uuid4().hex[:-4]}9a7f"
        make_connection(project, secret=secret, actor=owner)
        StoredSecret.objects.update(set_at=datetime(2026, 11, 12, 9, 30, tzinfo=UTC))
        page = Page(sign_in_as(request.getfixturevalue(role)).get(PAGE))
        assert "Set on 12 Nov 2026 by Olga, ends in …9a7f" in page.text
        assert secret[-5:] not in page.source
        assert secret[:8] not in page.source

    def test_a_short_one_tells_nothing_of_itself(
        self, as_owner: Client, project: Project, owner: User
    ) -> None:
        make_connection(project, secret="tiny-canary", actor=owner)
        page = Page(as_owner.get(PAGE))
        assert "by Olga" in page.text
        assert "ends in" not in page.text
        assert "nary" not in page.source


class TestOtherFields:
    def test_what_is_saved_is_shown(self, as_editor: Client, connection: Connection) -> None:
        page = Page(as_editor.get(PAGE))
        assert (page.value("client_id"), page.value("account_id")) == (APPID, ACCOUNT_ID)
        assert page.value("client_secret") is None
        assert "id_alias" not in page.by_id
        assert page.with_id("id_client_id").attributes["data-saved"] == APPID

    def test_the_alias_is_not_changed_by_posting_one(
        self, as_editor: Client, connection: Connection
    ) -> None:
        assert edit(as_editor, alias="other").status_code == 302
        assert saved(connection)["alias"] == "wechat_web"
        assert not Event.objects.exists()

    def test_labels_and_switch_are_changed_with_their_event(
        self, as_editor: Client, editor: User, connection: Connection
    ) -> None:
        edit(as_editor, label_en="Scan", label_zh_hans="扫码", enabled=None)
        row = saved(connection)
        assert (row["labels"], row["enabled"]) == ({"en": "Scan", "zh-hans": "扫码"}, False)
        (event,) = Event.objects.all()
        assert (event.actor, event.changes) == (
            editor,
            {
                "enabled": [True, False],
                "label.en": [None, "Scan"],
                "label.zh-hans": [None, "扫码"],
            },
        )

    def test_an_emptied_label_is_the_providers_own_again(
        self, as_editor: Client, connection: Connection
    ) -> None:
        Connection.objects.update(labels={"en": "Scan"})
        edit(as_editor, label_en="")
        assert saved(connection)["labels"] == {}

    def test_saving_without_a_change_is_no_event(
        self, as_editor: Client, connection: Connection
    ) -> None:
        assert edit(as_editor).status_code == 302
        assert not Event.objects.exists()

    def test_an_unusual_value_that_was_accepted_once_is_not_asked_about_again(
        self, as_editor: Client, project: Project
    ) -> None:
        make_connection(project, client_id="wx0123", account_id="gh_0123")
        edited = {"client_id": "wx0123", "account_id": "gh_0123", "label_en": "Scan"}
        assert edit(as_editor, **edited).status_code == 302

    def test_a_new_unusual_value_is(self, as_editor: Client, connection: Connection) -> None:
        page = Page(edit(as_editor, account_id="gh_0123"))
        assert page.accepts == "account_id.shape"
        assert saved(connection)["settings"]["account_id"] == ACCOUNT_ID
        accepted = edit(as_editor, account_id="gh_0123", accept_warnings="account_id.shape")
        assert accepted.status_code == 302

    def test_a_connection_is_not_the_twin_of_itself(
        self, as_editor: Client, connection: Connection
    ) -> None:
        assert Page(edit(as_editor, client_secret=NEW_SECRET, label_en="x" * 41)).accepts is None

    def test_a_mix_up_is_refused_and_nothing_is_lost(
        self, as_editor: Client, connection: Connection
    ) -> None:
        row = saved(connection)
        page = Page(edit(as_editor, account_id=APPID, label_en="Scan"))
        assert list(page.all_errors()) == ["account_id"]
        assert page.value("label_en") == "Scan"
        assert saved(connection) == row

    def test_a_provider_that_this_release_does_not_know_is_not_found(
        self, as_editor: Client, connection: Connection
    ) -> None:
        Connection.objects.update(provider="from_the_future")
        for path in (PAGE, f"{PAGE}delete/"):
            assert as_editor.get(path).status_code == 404
        assert "from_the_future" not in as_editor.get("/projects/acme/connections/").text


class TestViewer:
    def test_a_viewer_reads_everything_and_can_send_nothing(
        self, as_viewer: Client, connection: Connection
    ) -> None:
        main = Page(as_viewer.get(PAGE)).one("main")
        assert not list(main.every("form"))
        assert not [each for each in main.every("input") if each.attributes["type"] != "radio"]
        for text in (APPID, ACCOUNT_ID, "wechat_web", "acme.login.test"):
            assert text in main.text
        assert not [href for href in self.hrefs(main) if href.endswith(("/delete/", "/add/"))]

    @staticmethod
    def hrefs(main: Any) -> list[str]:
        return [link.attributes["href"] for link in main.every("a")]


class TestNewAccounts:
    """An edit by which those who have signed in would be somebody else from then on."""

    MOVED = {
        "client_id": "wx1111111111111111",
        "account_id": "gh_ffffffffffff",
        "client_secret": NEW_SECRET,
    }
    QUESTION = (
        "1 person has signed in with this connection. If you save this change, this person gets a "
        "new account at the next sign-in. The old account is kept, but this connection no longer "
        "leads to it."
    )

    @pytest.fixture
    def person(self, connection: Connection) -> User:
        return self.signed_in(connection)

    def signed_in(self, connection: Connection) -> User:
        project = connection.project
        person = User.objects.create(project=project, password=UNUSABLE_PASSWORD_PREFIX)
        namespace = namespace_of(connection)
        TestDelete.knows(connection, person, str(person.pk), namespace=namespace)
        return person

    def test_the_form_asks_and_keeps_what_was_typed(
        self, as_editor: Client, connection: Connection, person: User
    ) -> None:
        row = saved(connection)
        for language in ("en", "zh-hans"):
            as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = language
            page = Page(edit(as_editor, **self.MOVED))
            asked = self.QUESTION if language == "en" else "1 位用户"
            assert asked in page.text
            assert page.value("client_id") == "wx1111111111111111"
            assert page.value("account_id") == "gh_ffffffffffff"
            assert NEW_SECRET not in page.source
        assert saved(connection) == row
        assert not Event.objects.exists()

    def test_with_consent_it_is_saved_and_the_history_says_so(
        self, as_editor: Client, connection: Connection, person: User
    ) -> None:
        accepts = Page(edit(as_editor, **self.MOVED)).accepts

        answer = edit(as_editor, **self.MOVED, accept_warnings=accepts)

        assert answer.status_code == 302
        assert saved(connection)["settings"]["account_id"] == "gh_ffffffffffff"
        assert Event.objects.get().changes["new_accounts"] == [None, 1]
        history = Page(as_editor.get("/projects/acme/history/")).text
        assert "Users who get a new account" in history

    def test_consent_to_one_change_is_none_to_another(
        self, as_editor: Client, connection: Connection, person: User
    ) -> None:
        accepts = Page(edit(as_editor, **self.MOVED)).accepts

        other = {**self.MOVED, "account_id": "gh_eeeeeeeeeeee"}
        answer = edit(as_editor, **other, accept_warnings=accepts)

        assert answer.status_code == 200
        assert self.QUESTION in Page(answer).text
        assert saved(connection)["settings"]["account_id"] == ACCOUNT_ID

    def test_the_question_is_there_as_soon_as_the_field_is_left(
        self, as_editor: Client, project: Project
    ) -> None:
        connection = connect(project, "linkedin")
        self.signed_in(connection)
        answer = as_editor.post(
            f"/projects/acme/connections/{connection.alias}/validate/",
            {"client_id": "86another1234x", "enabled": "on"},
            headers={"HX-Request": "true", "HX-Trigger-Name": "client_id"},
        )
        assert self.QUESTION in Page(answer).text

    def test_somebody_who_signs_in_between_the_check_and_the_save_is_asked_about(
        self, as_editor: Client, connection: Connection
    ) -> None:
        due, busy = threading.Event(), threading.Event()

        def sign_in_first(execute: Any, sql: str, *rest: Any) -> Any:
            if "FOR UPDATE" in sql:
                due.set()
            # What is refused is rolled back, and this person's sign-in with it: so once more then.
            if due.is_set() and not busy.is_set() and 'FROM "connections_connection"' in sql:
                busy.set()
                if not Identity.objects.exists():
                    self.signed_in(connection)
                busy.clear()
            return execute(sql, *rest)

        with database.execute_wrapper(sign_in_first):
            answer = edit(as_editor, **self.MOVED)

        assert answer.status_code == 200
        assert self.QUESTION in Page(answer).text


class TestDelete:
    def test_the_alias_must_be_typed(self, as_editor: Client, connection: Connection) -> None:
        for typed in ("", "wechat", "WECHAT_WEB", "Sign in with WeChat"):
            page = Page(as_editor.post(f"{PAGE}delete/", {"alias": typed, "x": "x"}))
            assert page.errors("alias") == [
                "The alias does not match. Type wechat_web to delete the connection."
                if typed
                else "This field is required."
            ]
        assert Connection.objects.filter(pk=connection.pk).exists()
        assert not Event.objects.exists()

    def test_it_is_gone_with_its_secret_and_its_event_stays(
        self, as_editor: Client, editor: User, connection: Connection
    ) -> None:
        answer = as_editor.post(f"{PAGE}delete/", {"alias": " wechat_web "})

        assert (answer.status_code, answer.headers["location"]) == (
            302,
            "/projects/acme/connections/",
        )
        assert not Connection.objects.exists()
        assert not StoredSecret.objects.exists()
        (event,) = Event.objects.all()
        assert (event.action, event.actor, event.target_id, event.target_name) == (
            CONNECTION_DELETED.key,
            editor,
            str(connection.pk),
            "wechat_web",
        )
        assert event.changes["secret.client_secret"] == [fingerprint(APPSECRET), None]
        page = Page(as_editor.get(answer.headers["location"]))
        assert page.messages == ["Connection deleted."]

    @pytest.mark.parametrize(
        ("only_here", "also_elsewhere", "losses"),
        [
            (
                1,
                0,
                [
                    "1 user has signed in with this connection.",
                    "1 of them has no other way to sign in.",
                ],
            ),
            (
                2,
                1,
                [
                    "3 users have signed in with this connection.",
                    "2 of them have no other way to sign in.",
                ],
            ),
        ],
    )
    def test_it_says_how_many_people_lose_what(
        self,
        as_editor: Client,
        connection: Connection,
        project: Project,
        only_here: int,
        also_elsewhere: int,
        losses: list[str],
    ) -> None:
        another = make_connection(project, alias="another", client_id="wx1111111111111111")
        for number in range(only_here + also_elsewhere):
            person = User.objects.create(project=project, password=UNUSABLE_PASSWORD_PREFIX)
            self.knows(connection, person, f"here-{number}")
            if number >= only_here:
                self.knows(another, person, f"there-{number}")
        page = Page(as_editor.get(f"{PAGE}delete/"))
        assert [item.text for item in page.one(class_="losses").every("li")] == losses

    def test_it_says_who_can_come_back(
        self, as_editor: Client, connection: Connection, project: Project
    ) -> None:
        issuer = "https://login.example.com"
        typed = openid_settings(issuer, token_endpoint=f"{issuer}/token")
        own = connect(project, "openid_connect", **typed)
        for each in (connection, own):
            person = User.objects.create(project=project, password=UNUSABLE_PASSWORD_PREFIX)
            self.knows(each, person, "1", namespace=namespace_of(each))

        found_again = Page(as_editor.get(f"{PAGE}delete/")).text
        lost = Page(as_editor.get(f"/projects/acme/connections/{own.alias}/delete/")).text

        assert "get their old accounts back" in found_again
        assert "known by this connection alone" not in found_again
        assert "1 person is known by this connection alone" in lost
        assert "get their old accounts back" not in lost

    def test_it_says_when_nobody_loses_anything(
        self, as_editor: Client, connection: Connection
    ) -> None:
        page = Page(as_editor.get(f"{PAGE}delete/"))
        assert (
            "No users have signed in with this connection. Deleting it affects no one." in page.text
        )
        assert not list(page.every(class_="losses"))

    @staticmethod
    def knows(
        connection: Connection,
        person: User,
        subject: str,
        namespace: str = "wechat:gh_0123456789ab",
    ) -> None:
        Identity.objects.create(
            project=connection.project,
            user=person,
            connection=connection,
            namespace=namespace,
            subject=subject,
        )


class TestCheckOfOneField:
    ADD = "/projects/acme/connections/add/wechat_web/validate/"
    EDIT = f"{PAGE}validate/"

    def check(self, client: Client, url: str, name: str, **typed: Any) -> Any:
        return client.post(url, wechat_form(**typed), headers={"HX-Trigger-Name": name})

    @each_row("name", ["client_id", "account_id", "label_en", "alias"], undo=True)
    def test_it_answers_with_that_field_alone_ready_to_be_checked_again(
        self, as_editor: Client, name: str
    ) -> None:
        answer = self.check(as_editor, self.ADD, name)
        page = Page(answer)
        assert answer.status_code == 200
        assert page.fields == [name]
        assert list(page.by_id)[0] == f"id_{name}"
        assert page.with_id(f"id_{name}").attributes["hx-post"] == self.ADD
        assert not list(page.every("form"))

    def test_on_the_page_of_a_connection_it_does_the_same(
        self, as_editor: Client, connection: Connection
    ) -> None:
        offered = Page(as_editor.get(PAGE)).with_id("id_client_id").attributes["hx-post"]
        assert offered == self.EDIT
        page = Page(self.check(as_editor, offered, "client_id", client_id=ACCOUNT_ID))
        assert page.fields == ["client_id"]
        assert page.errors("client_id")[0].startswith("This is an 原始ID")
        assert page.with_id("id_client_id").attributes["hx-post"] == self.EDIT

    def test_it_says_what_is_wrong_and_what_was_done(self, as_editor: Client) -> None:
        wrong = Page(self.check(as_editor, self.ADD, "client_id", client_id=ACCOUNT_ID))
        assert wrong.errors("client_id")[0].startswith("This is an 原始ID")
        odd = Page(self.check(as_editor, self.ADD, "client_id", client_id="WX0123"))
        assert odd.warnings("client_id") == [
            "This does not look like the usual value. Check that you copied the right one, whole."
        ]
        assert odd.notices("client_id") == ["Converted to lower case."]
        assert odd.value("client_id") == "wx0123"

    def test_it_speaks_the_readers_language(self, as_editor: Client) -> None:
        as_editor.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
        page = Page(self.check(as_editor, self.ADD, "alias", alias="login"))
        reserved = "This name is reserved. Choose another one."
        assert page.errors("alias") == [said_in("zh-hans", reserved)]

    @each_row("name", ["client_secret", "nothing", "", "accept_warnings"], undo=True)
    def test_secrets_and_unknown_names_are_not_found(
        self, as_editor: Client, connection: Connection, name: str
    ) -> None:
        for url in (self.ADD, self.EDIT):
            assert self.check(as_editor, url, name).status_code == 404

    def test_the_alias_of_a_saved_connection_is_not_found(
        self, as_editor: Client, connection: Connection
    ) -> None:
        assert self.check(as_editor, self.EDIT, "alias").status_code == 404

    def test_nothing_is_saved(self, as_editor: Client, connection: Connection) -> None:
        before = saved(connection), sealed(connection)
        self.check(as_editor, self.EDIT, "label_en", label_en="Scan", client_secret=NEW_SECRET)
        self.check(as_editor, self.ADD, "label_en", alias="another")
        assert (saved(connection), sealed(connection)) == before
        assert Connection.objects.count() == 1
        assert not Event.objects.exists()

    @each_row("name", ["client_id", "account_id", "label_en", "alias"], undo=True)
    def test_no_secret_is_sent_back(self, as_editor: Client, name: str) -> None:
        canary = uuid.uuid4().hex
        answer = self.check(as_editor, self.ADD, name, **{name: canary, "client_secret": canary})
        assert canary not in answer.text
        assert Page(answer).errors(name) != []


ROLES = ("owner", "editor", "viewer", "stranger")


def test_11_12_the_secret_is_in_no_page_of_anybody_and_in_no_record(
    request: pytest.FixtureRequest, as_owner: Client, project: Project
) -> None:
    first, second = uuid.uuid4().hex, uuid.uuid4().hex
    as_owner.post(path_of("portal:connection_add"), wechat_form(client_secret=first))
    edit(as_owner, client_secret=second, label_en="Scan")

    clients = [sign_in_as(request.getfixturevalue(role)) for role in ROLES]
    pages = [client.get(path_of(name)).text for client in clients for name in OF_A_PROJECT]
    records = [str(list(model.objects.values())) for model in (Event, Connection, StoredSecret)]
    connection = Connection.objects.get()
    assert open_secret(connection, "client_secret") == second
    for secret in (first, second):
        assert not [page for page in pages if secret in page or secret[-5:] in page]
        assert not [record for record in records if secret in record]
        assert secret.encode() not in bytes(StoredSecret.objects.get().ciphertext)
    assert any(f"…{second[-4:]}" in page for page in pages)
