"""Several people change one connection: the later one sees what was before, or that it is gone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from connections.events import (
    CONNECTION_CHANGED,
    CONNECTION_DELETED,
    CONNECTION_DISABLED,
    CONNECTION_ENABLED,
)
from connections.identities import users
from connections.models import Connection, Identity, PendingSignIn, SignIn
from connections.secrets import SecretMissing, fingerprint
from connections.services import change_connection, delete_connection, set_enabled
from connections.values.claims import Claims
from portal.projects.deletion import delete_project
from projects.models import Event, Project, User
from signin import flow
from tests.cast import APPID, SETTINGS, make_connection, open_secret, proposal, wechat_form
from tests.connections.concurrent import all_at_once, overtaken
from tests.connections.sign_in_assertions import TITLES, title_of
from tests.wechat import Visitor

PAGE = "/projects/acme/connections/wechat_web/"
MOVED = {**SETTINGS, "client_id": "wx1111111111111111"}
NEW_SECRET = "f" * 32


def change(connection: Connection, actor: User, **changes: Any) -> Connection:
    return change_connection(connection, proposal=proposal(**changes), actor=actor)


def copy_of(connection: Connection) -> Connection:
    """The connection as another request reads it now."""
    return Connection.objects.select_related("project").get(pk=connection.pk)


def history() -> list[tuple[str, dict[str, Any]]]:
    return [(each.action, each.changes) for each in Event.objects.order_by("pk")]


@pytest.fixture
def connection(project: Project, owner: User) -> Connection:
    return make_connection(project, actor=owner)


@pytest.fixture
def stale(connection: Connection) -> Connection:
    """The connection as a request read it before the others changed it."""
    return copy_of(connection)


# --- what a request read before may be old --------------------------------------------------


def test_4_an_old_page_does_not_take_a_new_secret_to_the_old_app(
    connection: Connection, stale: Connection, owner: User, editor: User
) -> None:
    change(connection, owner, settings=MOVED, secrets={"client_secret": NEW_SECRET})

    change(stale, editor)

    saved = copy_of(connection)
    assert (saved.settings, saved.updated_by) == (SETTINGS, editor)
    with pytest.raises(SecretMissing):
        open_secret(saved, "client_secret")
    assert history()[1:] == [
        (
            CONNECTION_CHANGED.key,
            {
                "client_id": [MOVED["client_id"], APPID],
                "secret.client_secret": [fingerprint(NEW_SECRET), None],
            },
        )
    ]


def test_a_change_returns_the_connection_as_it_was_saved(
    connection: Connection, stale: Connection, owner: User
) -> None:
    change(connection, owner, labels={"en": "Company WeChat"})

    changed = change(stale, owner, labels={"en": "Scan"})

    assert (changed.pk, changed.labels) == (connection.pk, {"en": "Scan"})


def test_a_switch_changes_nothing_but_the_switch(
    connection: Connection, stale: Connection, owner: User
) -> None:
    change(connection, owner, enabled=False, settings=MOVED, labels={"en": "Scan"})

    set_enabled(stale, enabled=True, actor=owner)

    saved = copy_of(connection)
    assert saved.enabled
    assert (saved.settings, saved.labels) == (MOVED, {"en": "Scan"})
    assert history()[1:] == [(CONNECTION_ENABLED.key, {})]


def test_the_history_of_a_deletion_says_what_was_deleted(
    connection: Connection, stale: Connection, owner: User
) -> None:
    change(connection, owner, settings=MOVED, secrets={"client_secret": NEW_SECRET})

    delete_connection(stale, actor=owner)

    action, changes = history()[1]
    assert action == CONNECTION_DELETED.key
    assert changes["client_id"] == [MOVED["client_id"], None]
    assert changes["secret.client_secret"] == [fingerprint(NEW_SECRET), None]


@pytest.mark.parametrize(
    "act",
    [
        lambda stale, actor: change(stale, actor, secrets={"client_secret": NEW_SECRET}),
        lambda stale, actor: set_enabled(stale, enabled=False, actor=actor),
        lambda stale, actor: set_enabled(stale, enabled=True, actor=actor),
        lambda stale, actor: delete_connection(stale, actor=actor),
    ],
    ids=["change", "switch off", "switch on", "delete"],
)
def test_what_was_deleted_is_gone_for_everybody(
    connection: Connection, stale: Connection, owner: User, act: Callable[..., object]
) -> None:
    delete_connection(connection, actor=owner)

    with pytest.raises(Connection.DoesNotExist):
        act(stale, owner)

    assert Connection.objects.count() == 0
    assert [action for action, _changes in history()] == [CONNECTION_DELETED.key]


# --- at the same moment ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_eight_parallel_deletions_one_happens(connection: Connection, owner: User) -> None:
    def delete() -> bool:
        try:
            delete_connection(copy, actor=owner)
        except Connection.DoesNotExist:
            return False
        return True

    copy = copy_of(connection)
    deleted = all_at_once([delete] * 8)

    assert sorted(deleted) == [False] * 7 + [True]
    assert [action for action, _changes in history()] == [CONNECTION_DELETED.key]


@pytest.mark.django_db(transaction=True)
def test_of_eight_parallel_switches_one_is_recorded(connection: Connection, owner: User) -> None:
    copies = [copy_of(connection) for _ in range(8)]

    def switch_off(copy: Connection) -> None:
        set_enabled(copy, enabled=False, actor=owner)

    all_at_once([partial(switch_off, copy) for copy in copies])

    assert not copy_of(connection).enabled
    assert history() == [(CONNECTION_DISABLED.key, {})]


@pytest.mark.django_db(transaction=True)
def test_parallel_changes_are_recorded_one_after_the_other(
    connection: Connection, owner: User
) -> None:
    words = [f"Label {number}" for number in range(8)]
    copies = [copy_of(connection) for _ in words]

    def relabel(copy: Connection, label: str) -> Connection:
        return change(copy, owner, labels={"en": label})

    all_at_once([partial(relabel, *pair) for pair in zip(copies, words, strict=True)])

    steps = [changes["label.en"] for _action, changes in history()]
    assert sorted(after for _before, after in steps) == words
    assert [before for before, _after in steps] == [None, *(after for _, after in steps[:-1])]
    saved = copy_of(connection)
    assert (len(steps), saved.labels) == (8, {"en": steps[-1][1]})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("", wechat_form(alias=None, client_secret=NEW_SECRET)),
        ("switch/", {}),
        ("switch/", {"enabled": "on"}),
        ("delete/", {"alias": "wechat_web"}),
    ],
    ids=["change", "switch off", "switch on", "delete"],
)
def test_a_page_whose_connection_is_being_deleted_is_not_found(
    connection: Connection, owner: User, as_owner: Client, path: str, form: dict[str, Any]
) -> None:
    answer = overtaken(
        lambda: as_owner.post(f"{PAGE}{path}", form),
        by=lambda: delete_connection(connection, actor=owner),
    )

    assert answer.status_code == 404
    assert Connection.objects.count() == 0
    assert [action for action, _changes in history()] == [CONNECTION_DELETED.key]


# --- people who sign in meanwhile -----------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_deletion_waits_for_a_person_who_comes_back(
    connection: Connection, visitor: Visitor, owner: User
) -> None:
    """Had it changed the person's identity first, each would wait for the other."""
    visitor.sign_in("LI")
    identity = Identity.objects.get()
    claims = Claims(namespace=identity.namespace, subject=identity.subject, name="Mei")

    overtaken(
        lambda: delete_connection(connection, actor=owner),
        by=lambda: flow.lock_connection(connection),
        then=lambda: users.get_or_create_user(connection, claims),
    )

    assert Identity.objects.get().user.name == "Mei"
    assert Connection.objects.count() == 0
    assert Identity.objects.get().connection is None


@pytest.mark.django_db(transaction=True)
def test_a_person_who_comes_back_during_a_deletion_is_told_so(
    connection: Connection, visitor: Visitor, owner: User
) -> None:
    visitor.press()
    code = visitor.wechat.code()

    answer = overtaken(
        lambda: visitor.come_back(code=code, state=visitor.state),
        by=lambda: delete_connection(connection, actor=owner),
    )

    assert (answer.status_code, title_of(answer)) == (400, TITLES["reject"])
    assert (visitor.wechat.calls("token"), SignIn.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_person_who_presses_the_button_during_a_deletion_is_told_so(
    connection: Connection, visitor: Visitor, owner: User
) -> None:
    answer = overtaken(visitor.press, by=lambda: delete_connection(connection, actor=owner))

    assert (answer.status_code, title_of(answer)) == (503, TITLES["config"])
    record = SignIn.objects.get()
    assert (record.outcome, record.cause, record.connection) == ("config", "disabled", None)
    assert PendingSignIn.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_person_who_presses_the_button_during_a_switch_off_is_told_so(
    connection: Connection, visitor: Visitor, owner: User
) -> None:
    answer = overtaken(
        visitor.press, by=lambda: set_enabled(connection, enabled=False, actor=owner)
    )

    assert (answer.status_code, title_of(answer)) == (503, TITLES["config"])
    record = SignIn.objects.get()
    assert (record.outcome, record.cause, record.connection) == ("config", "disabled", connection)
    assert PendingSignIn.objects.count() == 0


# --- a project that is being deleted ---------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_deleting_a_project_waits_for_a_person_who_comes_back(
    connection: Connection, visitor: Visitor, owner: User
) -> None:
    visitor.sign_in("LI")
    identity = Identity.objects.get()
    claims = Claims(namespace=identity.namespace, subject=identity.subject, name="Mei")

    overtaken(
        lambda: delete_project(connection.project, actor=owner),
        by=lambda: flow.lock_connection(connection),
        then=lambda: users.get_or_create_user(connection, claims),
    )

    assert (Project.objects.count(), Identity.objects.count(), SignIn.objects.count()) == (0, 0, 0)
    assert list(User.objects.all()) == [owner]


@pytest.mark.django_db(transaction=True)
def test_a_person_who_comes_back_while_the_project_is_deleted_finds_nothing(
    connection: Connection, visitor: Visitor, owner: User
) -> None:
    visitor.press()
    code = visitor.wechat.code()

    answer = overtaken(
        lambda: visitor.come_back(code=code, state=visitor.state),
        by=lambda: delete_project(connection.project, actor=owner),
    )

    assert (answer.status_code, title_of(answer)) == (400, TITLES["reject"])
    assert (Project.objects.count(), SignIn.objects.count(), User.objects.count()) == (0, 0, 1)


@pytest.mark.django_db(transaction=True)
def test_a_person_who_presses_the_button_while_the_project_is_deleted_finds_nothing(
    connection: Connection, visitor: Visitor, owner: User
) -> None:
    answer = overtaken(visitor.press, by=lambda: delete_project(connection.project, actor=owner))

    assert answer.status_code == 404
    assert (PendingSignIn.objects.count(), SignIn.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_every_one_of_eight_parallel_junk_callbacks_is_counted(
    connection: Connection, visitor: Visitor, junk_callbacks: Callable[[], int]
) -> None:
    def come_back() -> HttpResponse:
        return Visitor(visitor.project, visitor.wechat).come_back(code="c", state="s" * 32)

    answers = all_at_once([come_back] * 8)

    assert [each.status_code for each in answers] == [400] * 8
    assert junk_callbacks() == 8
