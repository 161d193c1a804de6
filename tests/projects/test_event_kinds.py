"""Kinds of event: registered by each app, in both languages, and strict about what is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from applications import events as application_events
from connections import events as connection_events
from connections.events import CONNECTION_CHANGED, fields_of_provider
from connections.models import Connection
from connections.providers import catalogue
from connections.secrets import check_keys
from connections.services import delete_connection
from projects.audit import events as project_events
from projects.audit import kinds as event_kinds
from projects.audit.events import MEMBER_ROLE_CHANGED, PROJECT_RENAMED
from projects.audit.kinds import (
    ACTOR,
    LONGEST_KEY,
    TARGET,
    EventKind,
    all_kinds,
    find_kind,
    register,
)
from projects.audit.log import record_event
from projects.models import Event, Project, User
from tests.cast import make_connection
from tests.rows import each_row

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("applications", "connections", "core", "portal", "projects")
# What members do to themselves.
BY_THE_TARGET = {"member:joined", "member:left"}
KINDS = pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.key)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> EventKind:
    """A kind that is registered for one test."""
    monkeypatch.setattr(event_kinds, "_registered", dict(event_kinds._registered))
    kind = a_kind("thing:created")
    register(kind)
    return kind


def a_kind(key: str) -> EventKind:
    return EventKind(key=key, name="Made up", sentence="Made up %(target)s")


def calls(name: str) -> Iterator[ast.Call]:
    """Every call of a function in our code."""
    for path in chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if f"{name}(" in source else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                yield node


class TestRegistry:
    def test_keys_are_never_renamed(self) -> None:
        # They are in databases: add to this list, and change nothing in it.
        assert {kind.key for kind in all_kinds()} == {
            "project:created",
            "project:renamed",
            "project:second-factor-required",
            "project:second-factor-optional",
            "project:try-required",
            "project:try-optional",
            "member:second-factor-reset",
            "project:history-exported",
            "connection:added",
            "connection:changed",
            "connection:published",
            "connection:restored",
            "connection:draft-saved",
            "connection:draft-published",
            "connection:draft-discarded",
            "connection:enabled",
            "connection:disabled",
            "connection:deleted",
            "connection:moved",
            "connection:failing",
            "connection:recovered",
            "connection:tried",
            "member:invited",
            "member:invitation-renewed",
            "member:invitation-revoked",
            "member:joined",
            "member:role-changed",
            "member:removed",
            "member:left",
            "application:added",
            "application:changed",
            "application:deleted",
            "application:secret-added",
            "application:secret-removed",
            "application:secret-expiry-set",
            "project:signing-keys-rotated",
            "user:blocked",
            "user:unblocked",
            "user:signed-out",
            "user:access-removed",
            "user:deleted",
        }

    def test_every_kind_in_the_code_is_registered(self) -> None:
        made = [
            keyword.value.value
            for call in [*calls("EventKind"), *calls("state_kind"), *calls("user_kind")]
            for keyword in call.keywords
            if keyword.arg == "key" and isinstance(keyword.value, ast.Constant)
        ]
        assert sorted(made) == sorted(kind.key for kind in all_kinds())

    def test_every_kind_that_the_code_writes_is_registered(self) -> None:
        written = {
            getattr(node, "attr", getattr(node, "id", ""))
            for call in calls("record_event")
            for node in ast.walk(call.args[0])
        }
        constants = vars(project_events) | vars(connection_events) | vars(application_events)
        found = {constants[name] for name in written if name.isupper()}
        assert found == set(all_kinds())

    @each_row(
        "key",
        ["", "created", "member:", ":created", "Member:joined", "member:joined:twice", "a b:c"]
        + ["member:joined\n", f"member:{'x' * LONGEST_KEY}"],
    )
    def test_a_malformed_key_is_refused(self, key: str) -> None:
        with pytest.raises(ValueError, match="is no key"):
            register(a_kind(key))

    def test_a_key_belongs_to_one_kind(self, made_up: EventKind) -> None:
        register(made_up)
        with pytest.raises(ValueError, match="Another event kind"):
            register(a_kind(made_up.key))
        assert find_kind(made_up.key) is made_up

    @KINDS
    def test_names_and_sentences_are_in_both_languages(self, kind: EventKind) -> None:
        for text in (kind.name, kind.sentence, *(each.label for each in kind.fields.values())):
            words = []
            for language in ("en", "zh-hans"):
                with translation.override(language):
                    words.append(str(text))
            english, chinese = words
            assert english.isascii()
            assert not chinese.isascii(), f"not translated: {english}"
        for language in ("en", "zh-hans"):
            with translation.override(language):
                assert str(kind.sentence).count(TARGET) == 1
                assert str(kind.sentence).count(ACTOR) == (kind.key not in BY_THE_TARGET)
                assert str(kind.sentence).count("%") == 2 - (kind.key in BY_THE_TARGET)

    def test_a_connections_fields_are_those_that_are_saved(self) -> None:
        for definition in catalogue.all_providers():
            expected = {"alias", "enabled", "label.en", "label.zh-hans"}
            expected |= {f"secret.{name}" for name in definition.secret_names}
            expected |= {each.name for each in definition.fields if each.is_stored}
            assert expected <= set(fields_of_provider(definition.id)), definition.id


class TestWriting:
    def test_a_kind_that_is_not_registered_is_refused(self, project: Project, owner: User) -> None:
        for key in ("application:created", PROJECT_RENAMED.key):
            with pytest.raises(ValueError, match="is not registered"):
                record_event(a_kind(key), project=project, actor=owner, target=project)
        assert not Event.objects.exists()

    @each_row(
        "kind, changes",
        [
            (PROJECT_RENAMED, {"name": ("a", "b"), "nmae": ("a", "b")}),
            (PROJECT_RENAMED, {"nmae": ("a", None)}),
            (MEMBER_ROLE_CHANGED, {"name": ("a", "b")}),
        ],
        undo=True,
    )
    def test_an_unknown_field_is_refused(
        self, project: Project, owner: User, kind: EventKind, changes: Any
    ) -> None:
        with pytest.raises(ValueError, match=f"{kind.key}' have no field"):
            record_event(kind, project=project, actor=owner, target=project, changes=changes)
        assert not Event.objects.exists()

    @each_row(
        "field, is_known",
        [
            ("client_id", True),
            ("account_id", True),
            ("alias", True),
            ("provider", True),
            ("label.zh-hans", True),
            ("secret.client_secret", True),
            # Another provider's.
            ("issuer", False),
            ("client_secret", False),
            ("secret.private_key", False),
            ("label.xx", False),
        ],
        undo=True,
    )
    def test_a_connections_fields_are_its_providers(
        self, project: Project, owner: User, field: str, is_known: bool
    ) -> None:
        connection = make_connection(project, secret="")
        for changes in ({field: (None, "b")}, {field: ("a", "b")}):
            try:
                record_event(
                    CONNECTION_CHANGED,
                    project=project,
                    actor=owner,
                    target=connection,
                    changes=changes,  # type: ignore[arg-type]
                )
            except ValueError:
                assert not is_known
            else:
                assert is_known
                assert Event.objects.latest("pk").target_type == "wechat_web"

    @pytest.mark.parametrize("provider", ["wechat_web", "carrier_pigeon"])
    def test_what_only_an_earlier_release_had_does_not_keep_a_connection(
        self, project: Project, owner: User, provider: str
    ) -> None:
        check_keys()
        connection = make_connection(project, wing_span="70 cm")
        Connection.objects.update(provider=provider)

        delete_connection(connection, actor=owner)

        event = Event.objects.get()
        assert event.changes["wing_span"] == ["70 cm", None]
        assert event.target_type == provider

    def test_a_field_is_formatted_by_its_own_rule(self) -> None:
        role = MEMBER_ROLE_CHANGED.fields["role"]
        assert role.format is not None
        assert [role.format(each) for each in ("owner", "pilot")] == ["Owner", "pilot"]

    def test_translations_are_never_stored(self, project: Project, owner: User) -> None:
        kind = PROJECT_RENAMED
        with translation.override("zh-hans"):
            record_event(
                kind,
                project=project,
                actor=owner,
                target=project,
                changes={"name": ("Acme", "Acme Ltd")},
            )
            chinese = [str(kind.name), str(kind.sentence % {"actor": "", "target": ""})]
            chinese += [str(field.label) for field in kind.fields.values()]
        (row,) = Event.objects.values()
        assert not any(text in str(row) for text in chinese)
        assert row["action"] == "project:renamed"
