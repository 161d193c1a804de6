"""Two people edit one connection: the second is told what changed and loses nothing typed."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape

from connections.edit_conflicts import SALT, EditSnapshot
from connections.events import CONNECTION_CHANGED
from connections.forms.connection_form import TYPED_SECRET_KEPT
from connections.models import Connection
from connections.ordering import reorder_connections
from connections.secrets import fingerprint
from connections.services import change_connection, delete_connection, set_enabled
from projects.models import Event, Project, User
from tests.cast import (
    ACCOUNT_ID,
    APPID,
    APPSECRET,
    SETTINGS,
    make_connection,
    open_secret,
    proposal,
    sign_in_as,
    wechat_form,
)
from tests.connections.concurrent import all_at_once, overtaken
from tests.portal.page_reader import Page, said_in

PAGE = "/projects/acme/connections/wechat_web/"
THEIR_APPID, MY_APPID = "wx1111111111111111", "wx2222222222222222"
THEIR_ACCOUNT, MY_ACCOUNT = "gh_111111111111", "gh_222222222222"
THEIR_SECRET, MY_SECRET = "1" * 28 + "abcd", "2" * 28 + "efab"
UNTOUCHED = "You have not changed this field, so it shows the current value."
WHILE = "%(people)s changed this connection while you were editing."


@pytest.fixture
def connection(project: Project, owner: User) -> Connection:
    return make_connection(project, actor=owner, labels={"en": "Scan"})


class Editing:
    """Somebody who opened the connection's page, and sends what they typed whenever they like."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.opened = Page(client.get(PAGE))

    @property
    def seen(self) -> str:
        return seen_in(self.opened)

    def save(self, **typed: Any) -> Any:
        form = wechat_form(alias=None, client_secret="", label_en="Scan")
        return self.client.post(PAGE, {**form, "seen": self.seen, **typed})


def seen_in(page: Page) -> str:
    return page.one("input", name="seen").attributes["value"]


@pytest.fixture
def me(as_editor: Client, connection: Connection) -> Editing:
    """The editor, whose page was drawn before anything else happened."""
    return Editing(as_editor)


def they_save(connection: Connection, actor: User, **changes: Any) -> None:
    """What the owner saves in the meantime."""
    given = {"labels": {"en": "Scan"}, **changes}
    change_connection(connection, proposal=proposal(**given), actor=actor)


def row() -> dict[str, Any]:
    return Connection.objects.values("settings", "labels", "enabled").get()


def told(page: Page) -> dict[str, tuple[str, dict[str, str]]]:
    """What is said beside each field: the head, and the values by their names."""
    return {
        box.attributes["id"].removeprefix("id_").removesuffix("_conflict"): (
            box.one("p", class_="edit-conflict-head").text,
            {pair.one("dt").text: pair.one("dd").text for pair in box.every("div")},
        )
        for box in page.every(class_="edit-conflict")
    }


def pressed(page: Page) -> list[str]:
    bar = page.one("div", class_="save-bar")
    return [each.text for each in [*bar.every("button"), *bar.every("a")]]


# --- what the second one sees ---------------------------------------------------------------


def test_a_page_that_nobody_overtook_is_saved(me: Editing) -> None:
    answer = me.save(label_en="Use WeChat")

    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    assert row()["labels"] == {"en": "Use WeChat"}


def test_9_a_field_that_both_changed_shows_all_three_values_and_nothing_is_saved(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, settings={**SETTINGS, "account_id": THEIR_ACCOUNT})
    before = row()

    answer = me.save(account_id=MY_ACCOUNT)

    page = Page(answer)
    assert answer.status_code == 409
    assert told(page) == {
        "account_id": (
            "Changed by Olga just now",
            {
                "When you opened the page": ACCOUNT_ID,
                "Current value": THEIR_ACCOUNT,
                "Your value": MY_ACCOUNT,
            },
        )
    }
    assert page.value("account_id") == MY_ACCOUNT
    assert pressed(page) == [
        "Save my version",
        "Save as draft",
        "Check Checking…",
        "Discard my changes and reload",
    ]
    assert page.links["Discard my changes and reload"] == PAGE
    assert (row(), Event.objects.count()) == (before, 1)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_summary_says_who_and_when_and_leads_to_each_field(
    me: Editing, connection: Connection, owner: User, language: str
) -> None:
    they_save(
        connection,
        owner,
        labels={"en": "Theirs"},
        settings={**SETTINGS, "account_id": THEIR_ACCOUNT},
    )
    me.client.defaults["HTTP_ACCEPT_LANGUAGE"] = language

    page = Page(me.save())

    summary, *_others = page.every("div", class_="callout-warning")
    assert said_in(language, WHILE) % {"people": "Olga"} in summary.text
    (time,) = summary.every("time")
    event = Event.objects.get()
    assert time.attributes["datetime"][:19] == event.at.isoformat()[:19]
    links = [link.attributes["href"] for link in summary.every("a")]
    assert links == ["#id_account_id_conflict", "#id_label_en_conflict"]
    assert {link[1:] for link in links} <= set(page.by_id)


def test_a_field_that_only_they_changed_shows_their_value_and_is_not_reverted(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, settings={**SETTINGS, "account_id": THEIR_ACCOUNT})

    page = Page(me.save(label_en="Mine"))

    assert told(page) == {
        "account_id": (
            "Changed by Olga just now",
            {"When you opened the page": ACCOUNT_ID, "Current value": THEIR_ACCOUNT},
        )
    }
    assert UNTOUCHED in page.text
    assert (page.value("account_id"), page.value("label_en")) == (THEIR_ACCOUNT, "Mine")


def test_saving_mine_saves_what_the_page_shows(
    me: Editing, connection: Connection, owner: User, editor: User
) -> None:
    they_save(
        connection,
        owner,
        labels={"en": "Theirs"},
        settings={**SETTINGS, "account_id": THEIR_ACCOUNT},
    )
    page = Page(me.save(label_en="Mine"))

    answer = me.save(
        seen=seen_in(page), label_en=page.value("label_en"), account_id=page.value("account_id")
    )

    assert answer.status_code == 302
    assert (row()["labels"], row()["settings"]["account_id"]) == ({"en": "Mine"}, THEIR_ACCOUNT)
    event = Event.objects.order_by("pk")[1]
    assert (event.actor, event.changes) == (editor, {"label.en": ["Theirs", "Mine"]})


def test_a_third_change_while_deciding_is_told_as_well(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, labels={"en": "First"})
    page = Page(me.save(label_en="Mine"))
    they_save(connection, owner, labels={"en": "Second"})

    again = Page(me.save(seen=seen_in(page), label_en="Mine"))

    assert told(again)["label_en"][1] == {
        "When you opened the page": "First",
        "Current value": "Second",
        "Your value": "Mine",
    }


def test_each_field_names_the_person_who_changed_it_last(
    me: Editing, connection: Connection, project: Project, owner: User, stranger: User
) -> None:
    they_save(connection, stranger, settings={**SETTINGS, "account_id": THEIR_ACCOUNT})
    they_save(
        connection,
        owner,
        settings={**SETTINGS, "account_id": THEIR_ACCOUNT},
        labels={"en": "Theirs"},
    )
    set_enabled(connection, enabled=False, actor=owner)

    page = Page(me.save())

    assert {name: head for name, (head, _values) in told(page).items()} == {
        "account_id": "Changed by Sam just now",
        "label_en": "Changed by Olga just now",
    }
    assert "Sam, Olga changed this connection while you were editing." in page.text


def test_my_own_other_window_is_called_so(
    me: Editing, connection: Connection, editor: User
) -> None:
    they_save(connection, editor, labels={"en": "Theirs"})

    page = Page(me.save(label_en="Mine"))

    assert "You changed this connection in another window." in page.text


def test_a_ticked_box_and_an_emptied_label_are_told_in_words(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, labels={}, settings={**SETTINGS, "test_account": True})

    page = Page(me.save(label_en="Mine"))

    assert {name: values for name, (_head, values) in told(page).items()} == {
        "test_account": {"When you opened the page": "Off", "Current value": "On"},
        "label_en": {
            "When you opened the page": "Scan",
            "Current value": "empty",
            "Your value": "Mine",
        },
    }
    assert "checked" in page.with_id("id_test_account").attributes
    assert any("open" in each.attributes for each in page.every("details", class_="disclosure"))


def test_what_is_typed_is_compared_as_it_would_be_saved(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, settings={**SETTINGS, "account_id": THEIR_ACCOUNT})

    page = Page(me.save(account_id=f" {ACCOUNT_ID} "))

    assert "Your value" not in told(page)["account_id"][1]
    assert page.value("account_id") == THEIR_ACCOUNT


# --- what does not disturb ------------------------------------------------------------------


def test_two_who_typed_the_same_have_nothing_to_decide(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, labels={"en": "Same"})

    assert me.save(label_en="Same").status_code == 302

    assert Event.objects.count() == 1


def test_two_who_emptied_the_same_label_have_nothing_to_decide(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, labels={})

    assert me.save(label_en="").status_code == 302


def test_save_that_is_pressed_twice_is_no_conflict(me: Editing, connection: Connection) -> None:
    for _ in range(2):
        assert me.save(label_en="Mine", client_secret=MY_SECRET).status_code == 302

    assert Event.objects.count() == 1
    assert open_secret(connection, "client_secret") == MY_SECRET


@pytest.mark.parametrize("enabled", [False, True])
def test_a_switch_is_kept_and_does_not_disturb(
    as_editor: Client, connection: Connection, owner: User, *, enabled: bool
) -> None:
    Connection.objects.update(enabled=not enabled)
    me = Editing(as_editor)
    set_enabled(connection, enabled=enabled, actor=owner)

    answer = me.save(label_en="Mine", **({"enabled": ""} if enabled else {}))

    assert answer.status_code == 302
    assert (row()["enabled"], row()["labels"]) == (enabled, {"en": "Mine"})
    actions = [each.action for each in Event.objects.order_by("pk")]
    assert actions[1:] == [CONNECTION_CHANGED.key]


def test_a_switch_that_i_turned_is_turned_whatever_they_did(
    me: Editing, connection: Connection, owner: User
) -> None:
    set_enabled(connection, enabled=False, actor=owner)
    set_enabled(connection, enabled=True, actor=owner)

    assert me.save(enabled="").status_code == 302

    assert row()["enabled"] is False


def test_a_move_does_not_disturb(
    me: Editing, connection: Connection, project: Project, owner: User
) -> None:
    make_connection(project, alias="another")
    reorder_connections(project, moved="another", order=["another", "wechat_web"], actor=owner)

    assert me.save(label_en="Mine").status_code == 302


def test_a_request_that_does_not_say_what_it_saw_is_saved(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, labels={"en": "Theirs"})
    assert me.save(seen="", label_en="Mine").status_code == 302


@pytest.mark.parametrize("forged", ["nonsense", ".eJx", "a:b:c", "\x01"])
def test_what_no_page_of_ours_carries_is_refused(me: Editing, forged: str) -> None:
    before = row()
    for seen in (forged, f"{me.seen[:-1]}{'A' if me.seen[-1] != 'A' else 'B'}"):
        assert me.save(seen=seen, label_en="Mine").status_code == 400
    assert row() == before


def test_a_form_of_another_release_is_refused(me: Editing) -> None:
    before = row()
    other = signing.dumps({"connection": "1", "more": 2}, salt=SALT, compress=True)

    assert me.save(seen=other, label_en="Mine").status_code == 400
    assert row() == before


# --- secrets --------------------------------------------------------------------------------


def test_a_secret_that_they_replaced_is_told_without_any_value(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, secrets={"client_secret": THEIR_SECRET})

    answer = me.save(label_en="Mine")

    page = Page(answer)
    assert told(page) == {"client_secret": ("Replaced by Olga just now", {})}
    assert page.value("label_en") == "Mine"
    for secret in (THEIR_SECRET, APPSECRET):
        assert secret not in answer.text
        assert fingerprint(secret) not in answer.text
    assert me.save(seen=seen_in(page), label_en="Mine").status_code == 302
    assert open_secret(connection, "client_secret") == THEIR_SECRET


@pytest.mark.parametrize(
    "theirs", [{"secrets": {"client_secret": THEIR_SECRET}}, {"labels": {"en": "Theirs"}}]
)
def test_a_secret_that_i_typed_is_kept_without_being_shown(
    me: Editing, connection: Connection, owner: User, theirs: dict[str, Any]
) -> None:
    they_save(connection, owner, **theirs)
    stored = open_secret(connection, "client_secret")

    answer = me.save(client_secret=MY_SECRET)

    page = Page(answer)
    assert page.all_errors() == {}
    assert page.notices("client_secret") == [str(TYPED_SECRET_KEPT)]
    assert MY_SECRET not in answer.text
    assert fingerprint(MY_SECRET) not in answer.text
    assert open_secret(connection, "client_secret") == stored
    kept = page.one("input", name="kept").attributes["value"]
    assert me.save(seen=seen_in(page), kept=kept).status_code == 302
    assert open_secret(connection, "client_secret") == MY_SECRET


def test_a_secret_in_a_wrong_field_does_not_come_back_as_what_was_typed(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(connection, owner, settings={**SETTINGS, "account_id": THEIR_ACCOUNT})

    answer = me.save(account_id=MY_SECRET)

    assert answer.status_code == 409
    assert MY_SECRET not in answer.text


def test_an_app_that_moved_with_its_secret_is_not_moved_back_by_an_old_page(
    me: Editing, connection: Connection, owner: User
) -> None:
    they_save(
        connection,
        owner,
        settings={**SETTINGS, "client_id": THEIR_APPID},
        secrets={"client_secret": THEIR_SECRET},
    )

    page = Page(me.save(label_en="Mine"))

    assert list(told(page)) == ["client_id", "client_secret"]
    answer = me.save(
        seen=seen_in(page), client_id=page.value("client_id"), label_en=page.value("label_en")
    )
    assert answer.status_code == 302
    assert row()["settings"]["client_id"] == THEIR_APPID
    assert open_secret(connection, "client_secret") == THEIR_SECRET


def test_what_a_page_carries_has_no_secret_in_it(as_editor: Client, connection: Connection) -> None:
    seen = EditSnapshot.from_form(Editing(as_editor).seen)

    assert seen == EditSnapshot.take(connection)
    assert seen.state["secret.client_secret"] == fingerprint(APPSECRET)
    assert APPSECRET not in repr(seen)


# --- a connection that is gone --------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_who_deleted_it_is_said_and_what_was_typed_can_be_copied(
    me: Editing, connection: Connection, owner: User, language: str
) -> None:
    delete_connection(connection, actor=owner)
    me.client.defaults["HTTP_ACCEPT_LANGUAGE"] = language

    answer = me.save(
        client_id=MY_APPID, client_secret=MY_SECRET, account_id=MY_ACCOUNT, label_en="<Mine>"
    )

    page = Page(answer)
    assert answer.status_code == 410
    deleted = said_in(language, "%(who)s deleted this connection while you were editing it.") % {
        "who": "Olga"
    }
    assert deleted in page.text
    copied = [
        each.attributes["data-copy"]
        for each in page.every("button")
        if "data-copy" in each.attributes
    ]
    assert copied == [MY_APPID, MY_ACCOUNT, "<Mine>"]
    assert MY_SECRET not in answer.text
    assert not Connection.objects.exists()


def test_what_was_typed_there_shows_no_secret_from_a_wrong_field(
    me: Editing, connection: Connection, owner: User
) -> None:
    delete_connection(connection, actor=owner)
    answer = me.save(account_id=MY_SECRET)
    assert (answer.status_code, MY_SECRET in answer.text) == (410, False)


def test_another_connection_of_the_same_alias_is_not_touched(
    me: Editing, connection: Connection, project: Project, owner: User
) -> None:
    delete_connection(connection, actor=owner)
    make_connection(project, client_id=THEIR_APPID)
    before = row()

    assert me.save(client_id=MY_APPID, client_secret=MY_SECRET).status_code == 410

    assert row() == before


def test_what_was_seen_in_another_project_leads_nowhere(
    as_owner: Client, other_project: Project, stranger: User, connection: Connection
) -> None:
    theirs = make_connection(other_project)
    seen = EditSnapshot.take(theirs).sign()
    delete_connection(theirs, actor=stranger)
    before = row()

    sent = {**wechat_form(alias=None), "seen": seen}
    answer = as_owner.post(PAGE, sent)

    assert (answer.status_code, row()) == (404, before)
    assert escape("Sam") not in answer.text


# --- at the same moment ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_9_of_two_who_save_at_once_exactly_one_does(
    connection: Connection, owner: User, editor: User
) -> None:
    people = [Editing(sign_in_as(person)) for person in (owner, editor)]
    words = ["Olga's", "Ed's"]

    answers: list[HttpResponse] = all_at_once(
        [partial(person.save, label_en=word) for person, word in zip(people, words, strict=True)]
    )

    assert sorted(each.status_code for each in answers) == [302, 409]
    first = [each.status_code for each in answers].index(302)
    assert row()["labels"] == {"en": words[first]}
    assert [each.changes for each in Event.objects.all()] == [{"label.en": ["Scan", words[first]]}]
    assert told(Page(answers[1 - first]))["label_en"][1] == {
        "When you opened the page": "Scan",
        "Current value": words[first],
        "Your value": words[1 - first],
    }


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_save_at_once_exactly_one_does(connection: Connection, editor: User) -> None:
    people = [Editing(sign_in_as(editor)) for _ in range(8)]

    answers = all_at_once(
        [partial(each.save, label_en=f"Label {number}") for number, each in enumerate(people)]
    )

    assert sorted(each.status_code for each in answers) == [302] + [409] * 7
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_while_mine_waits_is_told(
    me: Editing, connection: Connection, owner: User
) -> None:
    answer = overtaken(
        lambda: me.save(label_en="Mine"),
        by=lambda: they_save(connection, owner, labels={"en": "Theirs"}),
    )

    assert answer.status_code == 409
    assert row()["labels"] == {"en": "Theirs"}


@pytest.mark.django_db(transaction=True)
def test_a_switch_that_commits_while_mine_waits_is_kept(
    me: Editing, connection: Connection, owner: User
) -> None:
    answer = overtaken(
        lambda: me.save(label_en="Mine"),
        by=lambda: set_enabled(connection, enabled=False, actor=owner),
    )

    assert answer.status_code == 302
    assert (row()["enabled"], row()["labels"]) == (False, {"en": "Mine"})


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_commits_while_mine_waits_is_told(
    me: Editing, connection: Connection, owner: User
) -> None:
    answer = overtaken(
        lambda: me.save(account_id=MY_ACCOUNT),
        by=lambda: delete_connection(connection, actor=owner),
    )

    assert answer.status_code == 410
    assert MY_ACCOUNT in answer.text
    assert not Connection.objects.exists()
    assert APPID in answer.text
