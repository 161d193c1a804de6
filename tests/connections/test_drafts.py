"""Drafts and revisions: what becomes live when, with which secrets."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event as ThreadEvent
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from connections import events, key_rotation
from connections.candidates import live_candidate
from connections.drafts.revisions import find_revision
from connections.drafts.rows import edited_state, find_draft, secrets_with_draft
from connections.drafts.saving import DraftExists, discard_draft, draft_from_revision, save_draft
from connections.drafts.successful_trials import (
    TrialNeeded,
    fingerprint_of_values,
    has_successful_trial,
    record_successful_trial,
)
from connections.drafts.typed_secrets import FormOwner, keep_typed_secrets, read_typed_secrets
from connections.drafts.unpublished_candidates import draft_candidate
from connections.models import (
    Connection,
    Draft,
    DraftSecret,
    Revision,
    RevisionSecret,
    SignIn,
    StoredSecret,
)
from connections.providers import catalogue
from connections.secrets import check_keys, fingerprint
from connections.services import (
    ConnectionChanged,
    add_connection,
    change_connection,
    connection_state,
    set_enabled,
)
from core.keyring import keyset_file
from core.keyring.keyset import KeysetError, create_keyset
from portal.devtools.processes import wait_until
from projects.models import Event, Project, User
from projects.tenants.services import require_trial
from tests.cast import APPSECRET, SETTINGS, make_connection, open_secret, proposal
from tests.connections.concurrent import all_at_once, in_a_thread, overtaken
from tests.connections.sign_in_assertions import assert_signed_in
from tests.openid import CLIENT_SECRET, Guest, OpenID, connect, openid_settings
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

NEW_SECRET, OTHER_SECRET = "f" * 32, "e" * 32
MOVED = {**SETTINGS, "client_id": "wx1111111111111111"}


@pytest.fixture
def connection(project: Project, owner: User) -> Connection:
    return add(project, owner)


def add(project: Project, actor: User, **given: Any) -> Connection:
    return add_connection(
        project=project,
        definition=catalogue.get("wechat_web"),
        proposal=proposal(secrets={"client_secret": APPSECRET}),
        actor=actor,
        **given,
    )


def read(connection: Connection) -> Connection:
    """The connection as another request reads it now."""
    return Connection.objects.select_related("project").get(pk=connection.pk)


def draft(connection: Connection, actor: User, **changes: Any) -> Connection:
    return save_draft(read(connection), proposal=proposal(**changes), actor=actor)


def publish(connection: Connection, actor: User, **changes: Any) -> Connection:
    """Publish the draft as the portal does: with its own values, where none are given."""
    present = read(connection)
    found = find_draft(present)
    own: dict[str, Any] = (
        {"settings": found.settings, "labels": found.labels} if found is not None else {}
    )
    return change_connection(present, proposal=proposal(**{**own, **changes}), actor=actor)


def secret(connection: Connection) -> str:
    return open_secret(connection, "client_secret")


def last_event() -> Event:
    return Event.objects.order_by("-pk")[0]


def kinds() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("action", flat=True))


# --- drafts beside live values ---------------------------------------------------------------


def test_a_draft_changes_nothing_that_sign_ins_use(
    connection: Connection, owner: User, editor: User
) -> None:
    before, version = connection_state(connection), connection.updated_at

    draft(
        connection,
        editor,
        settings=MOVED,
        labels={"en": "Scan"},
        enabled=False,
        secrets={"client_secret": NEW_SECRET},
    )

    present = read(connection)
    assert (connection_state(present), present.updated_at) == (before, version)
    assert secret(present) == APPSECRET
    assert present.revisions.count() == 1
    event = last_event()
    assert (event.action, event.actor) == (events.DRAFT_SAVED.key, editor)
    assert event.changes == {
        "client_id": [SETTINGS["client_id"], MOVED["client_id"]],
        "enabled": [True, False],
        "label.en": [None, "Scan"],
        "secret.client_secret": [fingerprint(APPSECRET), fingerprint(NEW_SECRET)],
    }
    candidate = draft_candidate(present)
    assert candidate.connection.settings == MOVED
    assert candidate.secrets == {"client_secret": NEW_SECRET}
    assert NEW_SECRET not in repr(candidate)


@each_row(
    "settings, secrets, effective",
    [
        # Nothing typed: the live secret, while it is sent to the same app.
        ({"account_id": "gh_111111111111"}, {}, fingerprint(APPSECRET)),
        ({"client_id": MOVED["client_id"]}, {}, None),
        ({"client_id": MOVED["client_id"]}, {"client_secret": NEW_SECRET}, fingerprint(NEW_SECRET)),
    ],
    undo=True,
)
def test_a_live_secret_is_part_of_a_draft_only_for_the_same_app(
    project: Project,
    owner: User,
    settings: dict[str, Any],
    secrets: dict[str, str],
    effective: str | None,
) -> None:
    connection = add(project, owner)
    draft(connection, owner, settings={**SETTINGS, **settings}, secrets=secrets)

    assert edited_state(read(connection)).get("secret.client_secret") == effective
    publish(connection, owner)
    assert connection_state(read(connection)).get("secret.client_secret") == effective


def test_a_draft_secret_is_dropped_when_the_draft_goes_to_another_app(
    connection: Connection, owner: User
) -> None:
    draft(connection, owner, settings=MOVED, secrets={"client_secret": NEW_SECRET})
    other = {**SETTINGS, "client_id": "wx2222222222222222"}

    draft(connection, owner, settings=other)

    assert secrets_with_draft(read(connection), find_draft(read(connection))) == {}
    # Back at the live app, the live secret counts again, and the draft is none any more.
    draft(connection, owner)
    assert find_draft(read(connection)) is None
    assert secret(connection) == APPSECRET


def test_a_draft_secret_is_dropped_when_another_app_is_published(
    connection: Connection, owner: User
) -> None:
    draft(connection, owner, settings=MOVED, secrets={"client_secret": NEW_SECRET})

    publish(connection, owner, settings={**SETTINGS, "client_id": "wx2222222222222222"})

    assert not StoredSecret.objects.exists()


def test_values_that_are_live_leave_no_draft(connection: Connection, owner: User) -> None:
    draft(connection, owner)
    assert kinds() == [events.CONNECTION_ADDED.key]
    draft(connection, owner, labels={"en": "Scan"})
    draft(connection, owner)

    assert not Draft.objects.exists()
    assert kinds()[1:] == [events.DRAFT_SAVED.key, events.DRAFT_DISCARDED.key]


def test_publishing_a_draft_is_one_change_with_one_revision(
    connection: Connection, owner: User, editor: User
) -> None:
    draft(connection, owner, labels={"en": "Scan"}, secrets={"client_secret": NEW_SECRET})
    set_by_owner = DraftSecret.objects.get()

    publish(connection, editor)

    present = read(connection)
    assert (present.labels, secret(present)) == ({"en": "Scan"}, NEW_SECRET)
    stored = StoredSecret.objects.get()
    # Publishing opens no secret: it is the same ciphertext, and the record of who typed it.
    assert bytes(stored.ciphertext) == bytes(set_by_owner.ciphertext)
    assert (stored.set_by, stored.set_at) == (owner, set_by_owner.set_at)
    assert find_draft(present) is None
    assert not DraftSecret.objects.exists()
    newest = present.revisions.first()
    assert newest is not None
    assert (newest.number, newest.published_by, newest.labels) == (2, editor, {"en": "Scan"})
    assert last_event().action == events.DRAFT_PUBLISHED.key
    assert last_event().actor == editor


def test_discarding_a_draft_leaves_what_is_live(connection: Connection, owner: User) -> None:
    draft(connection, owner, labels={"en": "Scan"}, secrets={"client_secret": NEW_SECRET})

    discard_draft(read(connection), actor=owner)
    discard_draft(read(connection), actor=owner)

    assert not DraftSecret.objects.exists()
    assert (read(connection).labels, secret(connection)) == ({}, APPSECRET)
    assert kinds()[1:] == [events.DRAFT_SAVED.key, events.DRAFT_DISCARDED.key]
    assert last_event().changes["label.en"] == ["Scan", None]


def test_a_draft_that_somebody_else_changed_is_not_saved_over(
    connection: Connection, owner: User, editor: User
) -> None:
    seen = edited_state(read(connection))
    draft(connection, owner, labels={"en": "Scan"})

    for save in (save_draft, change_connection):
        with pytest.raises(ConnectionChanged):
            save(
                read(connection),
                proposal=proposal(labels={"en": "Mine"}),
                actor=editor,
                seen=seen,
            )
    assert find_draft(read(connection)).labels == {"en": "Scan"}  # type: ignore[union-attr]


# --- connections that were never published ---------------------------------------------------


def test_a_new_connection_can_be_a_draft_that_nobody_can_use(
    project: Project, owner: User, visitor: Visitor
) -> None:
    connection = add(project, owner, as_draft=True)

    assert (connection.is_unpublished, connection.enabled) == (True, False)
    assert kinds() == [events.DRAFT_SAVED.key]
    assert not connection.revisions.exists()
    set_enabled(connection, enabled=True, actor=owner)
    assert not read(connection).enabled
    assert "wechat_web/start" not in visitor.client.get("/login").text
    assert visitor.press().status_code == 404
    for path in ("start", "elsewhere"):
        assert visitor.client.get(f"/sso/wechat_web/{path}").status_code in {302, 404}
    callback = visitor.client.get("/sso/oauth2/callback/wechat_web", {"code": "x", "state": "y"})
    assert callback.status_code == 404
    assert not SignIn.objects.exists()

    draft(connection, owner, labels={"en": "Scan"}, secrets={"client_secret": NEW_SECRET})

    assert (read(connection).labels, secret(connection)) == ({"en": "Scan"}, NEW_SECRET)
    assert not read(connection).enabled

    published = publish(connection, owner, labels={"en": "Scan"})

    assert (published.enabled, published.is_unpublished) == (True, False)
    assert published.revisions.get().number == 1
    event = last_event()
    assert event.action == events.CONNECTION_PUBLISHED.key
    assert event.changes["secret.client_secret"] == [None, fingerprint(NEW_SECRET)]


# --- revisions -------------------------------------------------------------------------------


def test_every_published_state_is_kept_with_its_secret(connection: Connection, owner: User) -> None:
    publish(connection, owner, labels={"en": "Scan"})
    publish(connection, owner, labels={"en": "Scan"}, secrets={"client_secret": NEW_SECRET})
    publish(connection, owner, labels={"en": "Scan"}, enabled=False)

    assert [(each.number, each.labels) for each in connection.revisions.all()] == [
        (3, {"en": "Scan"}),
        (2, {"en": "Scan"}),
        (1, {}),
    ]
    kept = RevisionSecret.objects.order_by("pk")
    assert [each.fingerprint for each in kept] == [
        fingerprint(APPSECRET),
        fingerprint(APPSECRET),
        fingerprint(NEW_SECRET),
    ]
    assert [each.replaced_at is None for each in kept] == [False, False, True]


def test_what_another_release_saved_becomes_a_revision_before_it_is_replaced(
    project: Project, owner: User
) -> None:
    connection = make_connection(project, actor=owner)

    publish(connection, owner, labels={"en": "Scan"})
    Connection.objects.update(labels={"en": "By a script"})
    publish(connection, owner, labels={"en": "Last"})

    assert [each.labels.get("en", "") for each in connection.revisions.all()] == [
        "Last",
        "By a script",
        "Scan",
        "",
    ]


def restore(connection: Connection, number: int, actor: User) -> None:
    revision = find_revision(connection, number)
    assert revision is not None
    draft_from_revision(read(connection), revision, actor=actor)


def test_a_restored_revision_brings_back_its_secret(connection: Connection, owner: User) -> None:
    publish(connection, owner, settings=MOVED, secrets={"client_secret": NEW_SECRET})

    restore(connection, 1, owner)
    with pytest.raises(DraftExists):
        restore(connection, 2, owner)
    assert secret(read(connection)) == NEW_SECRET
    publish(connection, owner)

    present = read(connection)
    assert (present.settings, secret(present)) == (SETTINGS, APPSECRET)
    newest = present.revisions.first()
    assert newest is not None
    assert (newest.number, newest.restores) == (3, 1)
    event = last_event()
    assert (event.action, event.changes["revision"]) == (
        events.CONNECTION_RESTORED.key,
        [None, 1],
    )
    # The secret is live again, so it is no longer counted as replaced.
    live = RevisionSecret.objects.filter(fingerprint=fingerprint(APPSECRET))
    assert [each.replaced_at for each in live] == [None, None]


def test_a_restored_draft_that_was_edited_restores_nothing(
    connection: Connection, owner: User
) -> None:
    publish(connection, owner, labels={"en": "Scan"})
    restore(connection, 1, owner)

    draft(connection, owner, labels={"en": "Other"})
    publish(connection, owner)

    assert last_event().action == events.DRAFT_PUBLISHED.key
    assert Revision.objects.filter(restores=1).count() == 0


def test_a_removed_secret_is_missing_after_a_restoration(
    connection: Connection, owner: User
) -> None:
    publish(connection, owner, settings=MOVED, secrets={"client_secret": NEW_SECRET})
    RevisionSecret.objects.filter(revision__number=1).update(ciphertext=b"", key_id=0, last4="")

    restore(connection, 1, owner)

    assert draft_candidate(read(connection)).secrets == {}


def test_a_secret_that_stays_keeps_the_day_on_which_it_expires(
    connection: Connection, owner: User
) -> None:
    def dated(day: str) -> dict[str, Any]:
        return {**SETTINGS, "client_secret_expires_on": day}

    def day_in_draft() -> str:
        return str(find_draft(read(connection)).settings["client_secret_expires_on"])  # type: ignore[union-attr]

    publish(connection, owner, settings=dated("2030-01-01"))
    publish(
        connection,
        owner,
        settings=dated("2040-01-01"),
        labels={"en": "Scan"},
        secrets={"client_secret": NEW_SECRET},
    )

    restore(connection, 2, owner)
    assert day_in_draft() == "2030-01-01"
    discard_draft(read(connection), actor=owner)
    RevisionSecret.objects.filter(revision__number=2).update(ciphertext=b"", key_id=0, last4="")
    restore(connection, 2, owner)
    assert day_in_draft() == "2040-01-01"
    publish(connection, owner)
    assert secret(read(connection)) == NEW_SECRET


# --- successful trials -----------------------------------------------------------------------


def test_a_project_may_require_a_trial_of_exactly_these_values(
    project: Project, owner: User
) -> None:
    live = add(project, owner)
    require_trial(project, required=True, actor=owner)

    with pytest.raises(TrialNeeded):
        add_connection(
            project=project,
            definition=catalogue.get("wechat_web"),
            proposal=proposal(alias="second"),
            actor=owner,
        )
    with pytest.raises(TrialNeeded):
        publish(live, owner, secrets={"client_secret": NEW_SECRET})
    assert secret(read(live)) == APPSECRET
    # A label and the switch are no values to try.
    publish(live, owner, labels={"en": "Scan"}, enabled=False)

    draft(live, owner, secrets={"client_secret": NEW_SECRET})
    values = fingerprint_of_values(draft_candidate(read(live)))
    record_successful_trial(live, values)
    record_successful_trial(live, values)
    assert has_successful_trial(live, values)
    with pytest.raises(TrialNeeded):
        publish(live, owner, secrets={"client_secret": OTHER_SECRET})
    publish(live, owner)
    assert secret(read(live)) == NEW_SECRET

    live.delete()
    unpublished = add(project, owner, as_draft=True)
    with pytest.raises(TrialNeeded):
        publish(unpublished, owner)
    record_successful_trial(unpublished, fingerprint_of_values(draft_candidate(read(unpublished))))
    assert publish(unpublished, owner).enabled


def test_a_trial_counts_whatever_the_secret_key_and_the_expiry_dates(
    project: Project, owner: User, settings: Any
) -> None:
    connection = add(project, owner)
    require_trial(project, required=True, actor=owner)
    dated = {**SETTINGS, "client_secret_expires_on": "2040-01-01"}
    # No sign-in uses the day.
    publish(connection, owner, settings=dated)
    draft(connection, owner, settings=dated, secrets={"client_secret": NEW_SECRET})
    settings.SECRET_KEY = "k" * 50

    record_successful_trial(connection, fingerprint_of_values(draft_candidate(read(connection))))
    publish(connection, owner)

    assert secret(read(connection)) == NEW_SECRET
    live = fingerprint_of_values(live_candidate(read(connection)))
    assert has_successful_trial(connection, live)


# --- keys ------------------------------------------------------------------------------------


def test_secrets_of_drafts_revisions_and_forms_are_sealed_again_with_a_new_key(
    tmp_path: Path, settings: Any, project: Project, owner: User
) -> None:
    path = tmp_path / "keyset.json"
    create_keyset(path)
    settings.MENKOU_KEYSET_FILE = str(path)
    check_keys()
    connection = add(project, owner)
    publish(connection, owner, secrets={"client_secret": NEW_SECRET})
    draft(connection, owner, secrets={"client_secret": OTHER_SECRET})
    form = FormOwner(owner, project, connection.provider, connection)
    page_id = keep_typed_secrets(form, {"client_secret": OTHER_SECRET})
    RevisionSecret.objects.create(
        revision=connection.revisions.get(number=1), field="removed", ciphertext=b"", key_id=0
    )
    (old,) = keyset_file.key_ids(path)
    new = key_rotation.add_key(path)
    key_rotation.promote_key(path)

    assert key_rotation.count_secrets_by_key() == {old: 5}
    assert all(not step.unreadable for step in key_rotation.rewrap_secrets())

    assert key_rotation.count_secrets_by_key() == {new: 5}
    key_rotation.drop_key(path, old)
    assert draft_candidate(read(connection)).secrets == {"client_secret": OTHER_SECRET}
    assert read_typed_secrets(form, page_id) == {"client_secret": OTHER_SECRET}
    discard_draft(read(connection), actor=owner)
    restore(connection, 1, owner)
    publish(connection, owner)
    assert secret(read(connection)) == APPSECRET
    assert list(key_rotation.find_unreadable()) == []


def test_what_the_documentation_removes_lets_a_new_keyset_begin(
    tmp_path: Path, settings: Any, project: Project, owner: User
) -> None:
    """docs/keys.md, “When the keyset is lost”: nothing that the old keys sealed is in the way."""
    path = tmp_path / "keyset.json"
    create_keyset(path)
    settings.MENKOU_KEYSET_FILE = str(path)
    check_keys()
    connection = add(project, owner)
    publish(connection, owner, secrets={"client_secret": NEW_SECRET})
    draft(connection, owner, secrets={"client_secret": OTHER_SECRET})
    keep_typed_secrets(
        FormOwner(owner, project, connection.provider), {"client_secret": OTHER_SECRET}
    )
    new = tmp_path / "new.json"
    create_keyset(new)
    settings.MENKOU_KEYSET_FILE = str(new)
    with pytest.raises(KeysetError):
        check_keys()

    remedies = {type(each.row).__name__: each.remedy for each in key_rotation.find_unreadable()}
    assert "discard the draft" in remedies["DraftSecret"]
    assert "publish a new secret" in remedies["RevisionSecret"]
    RevisionSecret.objects.update(replaced_at=timezone.now())
    *_others, revised = (
        each.remedy
        for each in key_rotation.find_unreadable()
        if isinstance(each.row, RevisionSecret)
    )
    assert "30 days after" in revised

    section = Path("docs/keys.md").read_text().partition("## When the keyset is lost")[2]
    statements = re.findall(r"^ {7}((?:DELETE|UPDATE) .*;)$", section, re.MULTILINE)
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)

    check_keys()
    assert list(key_rotation.find_unreadable()) == []
    publish(connection, owner, secrets={"client_secret": APPSECRET})
    assert secret(read(connection)) == APPSECRET


# --- several at once -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("keyset")
def test_of_two_who_publish_at_once_both_are_kept_as_revisions(
    connection: Connection, owner: User, editor: User
) -> None:
    changes: list[dict[str, Any]] = [
        {"labels": {"en": f"Label {number}"}, "secrets": {"client_secret": f"{number}" * 32}}
        for number in range(4)
    ]
    actions: list[Callable[[], Connection]] = [
        lambda given=each: publish(connection, owner, **given)  # type: ignore[misc]
        for each in changes
    ]

    all_at_once(actions)

    numbers = [each.number for each in connection.revisions.all()]
    assert numbers == [5, 4, 3, 2, 1]
    newest = connection.revisions.get(number=5)
    assert newest.labels == read(connection).labels
    assert newest.secrets.get().fingerprint == StoredSecret.objects.get().fingerprint


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_beside_a_publication_uses_old_or_new_values_whole(
    visitor: Visitor, project: Project, wechat: WeChat, owner: User
) -> None:
    connection = add(project, owner)
    draft(connection, owner, labels={"en": "Scan"})
    visitor.press()
    code, state = wechat.code(), visitor.state

    answer = overtaken(
        lambda: visitor.come_back(code=code, state=state),
        by=lambda: publish(connection, owner),
    )

    assert_signed_in(answer, visitor)


@pytest.mark.django_db(transaction=True)
def test_a_new_secret_is_published_while_people_sign_in_without_a_failure(
    provider: OpenID, project: Project, owner: User
) -> None:
    """The provider accepts the old and the new secret, as long as somebody replaces one."""
    provider.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    connection = connect(project, "openid_connect", **openid_settings(provider.origin))
    values = proposal(
        alias=connection.alias,
        settings=connection.settings,
        secrets={"client_secret": NEW_SECRET},
    )
    ended, answers = ThreadEvent(), list[int]()

    def keep_signing_in() -> None:
        while not ended.is_set():
            guest = Guest(project, provider, connection)
            guest.client.defaults["REMOTE_ADDR"] = f"203.0.113.{len(answers) % 250}"
            answers.append(guest.sign_in().status_code)

    def sign_in_a_while() -> None:
        goal = len(answers) + 5
        assert wait_until(lambda: len(answers) > goal, seconds=20)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(in_a_thread, keep_signing_in)
        try:
            sign_in_a_while()
            save_draft(read(connection), proposal=values, actor=owner)
            sign_in_a_while()
            publish(connection, owner, alias=connection.alias)
            sign_in_a_while()
        finally:
            ended.set()
        running.result()

    assert set(answers) == {302}
    assert set(SignIn.objects.values_list("outcome", flat=True)) == {"ok"}
    sent = [each.form["client_secret"] for each in provider.asked if each.path == "/token"]
    first = sent.index(NEW_SECRET)
    assert set(sent[:first]) == {CLIENT_SECRET}
    assert set(sent[first:]) == {NEW_SECRET}


def test_no_table_holds_a_plain_secret(connection: Connection, owner: User) -> None:
    draft(connection, owner, secrets={"client_secret": NEW_SECRET})
    publish(connection, owner)
    tables = [
        model._meta.db_table
        for model in (Draft, DraftSecret, Revision, RevisionSecret, StoredSecret, Event)
    ]
    with database.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
            (text,) = cursor.fetchone()
            assert NEW_SECRET not in text
            assert NEW_SECRET.encode().hex() not in text
