"""What people do with connections: the change, its line of history, or neither."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, IntegrityError

from connections.events import (
    CONNECTION_ADDED,
    CONNECTION_CHANGED,
    CONNECTION_DELETED,
    CONNECTION_DISABLED,
    CONNECTION_ENABLED,
)
from connections.models import Connection, Identity, SignIn, StoredSecret
from connections.providers import catalogue
from connections.secrets import fingerprint
from connections.services import (
    AffectedUsers,
    add_connection,
    change_connection,
    count_affected_users,
    delete_connection,
    set_enabled,
)
from core.keyring.keyset import KeysetError
from projects.models import Event, Project, User
from tests.cast import (
    ACCOUNT_ID,
    APPID,
    APPSECRET,
    SETTINGS,
    make_connection,
    open_secret,
    proposal,
)
from tests.wechat import Visitor

NEW_SECRET = "f" * 32
WEB2 = "wx1111111111111111"


def add(project: Project, actor: User, **changes: Any) -> Connection:
    return add_connection(
        project=project,
        definition=catalogue.get("wechat_web"),
        proposal=proposal(secrets={"client_secret": APPSECRET}, **changes),
        actor=actor,
    )


def change(connection: Connection, actor: User, **changes: Any) -> Connection:
    return change_connection(connection, proposal=proposal(**changes), actor=actor)


def last_event() -> Event:
    return Event.objects.order_by("-pk")[0]


def version(project: Project) -> int:
    return Project.objects.get(pk=project.pk).version


@pytest.fixture
def connection(project: Project, owner: User) -> Connection:
    """A saved connection, whose own line of history is forgotten."""
    made = add(project, owner)
    Event.objects.all().delete()
    return made


def test_adding_a_connection_saves_it_sealed_with_one_event(project: Project, owner: User) -> None:
    made = add(project, owner, labels={"en": "Company WeChat"})

    saved = Connection.objects.get()
    assert saved == made
    assert (saved.provider, saved.alias, saved.enabled) == ("wechat_web", "wechat_web", True)
    assert (saved.settings, saved.labels) == (SETTINGS, {"en": "Company WeChat"})
    assert (saved.position, saved.updated_by) == (0, owner)
    assert open_secret(saved, "client_secret") == APPSECRET
    event = Event.objects.get()
    assert (event.project, event.actor, event.actor_name) == (project, owner, "Olga")
    assert (event.action, event.target_id) == (CONNECTION_ADDED.key, str(saved.pk))
    assert event.target_name == "wechat_web"
    assert event.changes == {
        "account_id": [None, ACCOUNT_ID],
        "alias": [None, "wechat_web"],
        "client_id": [None, APPID],
        "enabled": [None, True],
        "label.en": [None, "Company WeChat"],
        "provider": [None, "wechat_web"],
        "secret.client_secret": [None, fingerprint(APPSECRET)],
        "test_account": [None, False],
    }
    assert version(project) == 1


def test_a_new_connection_is_last(project: Project, other_project: Project, owner: User) -> None:
    make_connection(other_project)

    aliases = ["zeta", "alpha", "mid"]
    made = [add(project, owner, alias=alias) for alias in aliases]

    assert [each.position for each in made] == [0, 1, 2]
    assert [each.alias for each in project.connections.all()] == aliases


def test_an_alias_is_used_once_in_a_project_and_again_in_another(
    project: Project, other_project: Project, owner: User
) -> None:
    add(project, owner)
    add(other_project, owner)

    with pytest.raises(IntegrityError, match="alias_unique_in_project"):
        add(project, owner)

    assert Connection.objects.count() == 2


def test_a_change_is_recorded_field_by_field(connection: Connection, editor: User) -> None:
    change(
        connection,
        editor,
        labels={"zh-hans": "公司微信"},
        enabled=False,
        settings={**SETTINGS, "test_account": True},
        secrets={"client_secret": NEW_SECRET},
    )

    event = Event.objects.get()
    assert (event.action, event.actor) == (CONNECTION_CHANGED.key, editor)
    assert event.changes == {
        "enabled": [True, False],
        "label.zh-hans": [None, "公司微信"],
        "secret.client_secret": [fingerprint(APPSECRET), fingerprint(NEW_SECRET)],
        "test_account": [False, True],
    }
    saved = Connection.objects.get()
    assert (saved.updated_by, saved.enabled) == (editor, False)
    assert open_secret(saved, "client_secret") == NEW_SECRET
    assert version(connection.project) == 2


def test_an_empty_secret_keeps_the_saved_one_as_it_is(connection: Connection, editor: User) -> None:
    before = StoredSecret.objects.values().get()

    change(connection, editor, labels={"en": "Company WeChat"})

    after = StoredSecret.objects.values().get()
    assert bytes(after.pop("ciphertext")) == bytes(before.pop("ciphertext"))
    assert after == before
    assert Event.objects.get().changes == {"label.en": [None, "Company WeChat"]}


def test_4_a_changed_client_id_drops_a_secret_that_was_not_typed(
    connection: Connection, editor: User
) -> None:
    change(connection, editor, settings={**SETTINGS, "client_id": WEB2})

    assert StoredSecret.objects.count() == 0
    assert Event.objects.get().changes == {
        "client_id": [APPID, WEB2],
        "secret.client_secret": [fingerprint(APPSECRET), None],
    }


def test_a_changed_client_id_takes_the_secret_that_was_typed(
    connection: Connection, editor: User
) -> None:
    change(
        connection,
        editor,
        settings={**SETTINGS, "client_id": WEB2},
        secrets={"client_secret": NEW_SECRET},
    )

    assert open_secret(Connection.objects.get(), "client_secret") == NEW_SECRET


def test_a_changed_account_id_keeps_the_secret(connection: Connection, editor: User) -> None:
    change(connection, editor, settings={**SETTINGS, "account_id": "gh_ffffffffffff"})

    assert open_secret(Connection.objects.get(), "client_secret") == APPSECRET
    assert Event.objects.get().changes == {"account_id": [ACCOUNT_ID, "gh_ffffffffffff"]}


def test_saving_without_a_change_is_no_event(connection: Connection, editor: User) -> None:
    change(connection, editor)

    assert Event.objects.count() == 0


def test_the_same_secret_typed_again_is_no_event(connection: Connection, editor: User) -> None:
    change(connection, editor, secrets={"client_secret": APPSECRET})

    assert Event.objects.count() == 0
    assert StoredSecret.objects.get().set_by == editor


def test_switching_is_recorded_once(connection: Connection, editor: User) -> None:
    set_enabled(connection, enabled=False, actor=editor)
    set_enabled(connection, enabled=False, actor=editor)
    set_enabled(connection, enabled=True, actor=editor)

    events = Event.objects.order_by("pk")
    assert [(each.action, each.changes) for each in events] == [
        (CONNECTION_DISABLED.key, {}),
        (CONNECTION_ENABLED.key, {}),
    ]
    saved = Connection.objects.get()
    assert (saved.enabled, saved.updated_by) == (True, editor)
    # The sign-in page is drawn anew once too often, which does no harm.
    assert version(connection.project) == 4


def test_deleting_a_connection_keeps_its_people_and_its_history(
    connection: Connection, visitor: Visitor, owner: User
) -> None:
    visitor.sign_in("LI")
    identifier = str(connection.pk)

    delete_connection(connection, actor=owner)

    event = Event.objects.get()
    assert (event.action, event.target_id) == (CONNECTION_DELETED.key, identifier)
    assert event.target_name == "wechat_web"
    assert event.changes["client_id"] == [APPID, None]
    assert event.changes["secret.client_secret"] == [fingerprint(APPSECRET), None]
    assert (Connection.objects.count(), StoredSecret.objects.count()) == (0, 0)
    sign_in = SignIn.objects.get()
    assert (sign_in.connection, sign_in.alias, sign_in.outcome) == (None, "wechat_web", "ok")
    identity = Identity.objects.get()
    assert (identity.connection, identity.user.name) == (None, "李雷😀")


# --- all or nothing -----------------------------------------------------------------------


@pytest.fixture
def unrecordable(owner: User) -> User:
    """Somebody whose name makes the line of history fail in the database."""
    User.objects.filter(pk=owner.pk).update(name="Olga")
    owner.name = "nul \x00"
    return owner


def test_an_addition_that_cannot_be_recorded_does_not_happen(
    project: Project, unrecordable: User
) -> None:
    with pytest.raises(DataError, match="NUL"):
        add(project, unrecordable)

    assert (Connection.objects.count(), StoredSecret.objects.count()) == (0, 0)
    assert version(project) == 0


def test_a_change_that_cannot_be_recorded_does_not_happen(
    connection: Connection, unrecordable: User
) -> None:
    before = version(connection.project)

    with pytest.raises(DataError, match="NUL"):
        change(connection, unrecordable, settings={**SETTINGS, "client_id": WEB2})

    saved = Connection.objects.get()
    assert saved.settings == SETTINGS
    assert open_secret(saved, "client_secret") == APPSECRET
    assert version(connection.project) == before


def test_a_switch_that_cannot_be_recorded_does_not_happen(
    connection: Connection, unrecordable: User
) -> None:
    with pytest.raises(DataError, match="NUL"):
        set_enabled(connection, enabled=False, actor=unrecordable)

    assert Connection.objects.get().enabled is True


def test_a_deletion_that_cannot_be_recorded_does_not_happen(
    connection: Connection, unrecordable: User
) -> None:
    with pytest.raises(DataError, match="NUL"):
        delete_connection(connection, actor=unrecordable)

    assert (Connection.objects.count(), StoredSecret.objects.count()) == (1, 1)


def test_without_keys_nothing_is_saved(project: Project, owner: User, settings: Any) -> None:
    settings.MENKOU_KEYSET_FILE = "/nowhere/keyset.json"

    with pytest.raises(KeysetError):
        add(project, owner)

    assert (Connection.objects.count(), Event.objects.count()) == (0, 0)
    assert version(project) == 0


# --- whom a deletion concerns ---------------------------------------------------------------


def test_nobody_is_lost_with_an_unused_connection(project: Project) -> None:
    assert count_affected_users(make_connection(project)) == AffectedUsers(
        people=0, stranded=0, not_found_again=0
    )


def test_people_without_another_way_in_are_stranded(visitor: Visitor, project: Project) -> None:
    connection = make_connection(project)
    visitor.sign_in("LI")
    visitor.sign_in("LI")
    visitor.sign_in("JOSE")

    assert count_affected_users(connection) == AffectedUsers(
        people=2, stranded=2, not_found_again=0
    )


def test_people_with_another_way_in_are_not_stranded(visitor: Visitor, project: Project) -> None:
    first = make_connection(project)
    second = make_connection(project, alias="web2", secret="1" * 32, client_id=WEB2)
    visitor.sign_in("LI")
    visitor.sign_in("LI", alias="web2", appid=WEB2)
    visitor.sign_in("JOSE")

    assert count_affected_users(first) == AffectedUsers(people=2, stranded=1, not_found_again=0)
    assert count_affected_users(second) == AffectedUsers(people=1, stranded=0, not_found_again=0)


def test_a_way_in_that_is_switched_off_does_not_count(visitor: Visitor, project: Project) -> None:
    first = make_connection(project)
    second = make_connection(project, alias="web2", secret="1" * 32, client_id=WEB2)
    visitor.sign_in("LI", alias="web2", appid=WEB2)
    visitor.sign_in("LI")
    Connection.objects.filter(pk=second.pk).update(enabled=False)

    assert count_affected_users(first) == AffectedUsers(people=1, stranded=1, not_found_again=0)
    assert count_affected_users(second) == AffectedUsers(people=1, stranded=0, not_found_again=0)


def test_failed_sign_ins_and_other_projects_do_not_count(
    visitor: Visitor, project: Project, other_project: Project
) -> None:
    connection = make_connection(project)
    make_connection(other_project)
    visitor.press()
    visitor.come_back(state=visitor.state)
    elsewhere = Visitor(other_project, visitor.wechat)
    elsewhere.sign_in("LI")

    assert count_affected_users(connection) == AffectedUsers(
        people=0, stranded=0, not_found_again=0
    )
