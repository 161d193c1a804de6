"""Template context of the History pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from connections.configured import known_definition
from connections.models import SignIn
from connections.providers.definition import Definition
from connections.timeline import Entry
from connections.values.facts import LABELS
from connections.values.failures import find_fault
from portal.history.filters import deleted_name
from projects.audit.events import USER_KINDS
from projects.audit.kinds import TARGET, EventField, find_kind
from projects.models import Event, EventOrigin, Project, User
from signin.pages import with_provider
from signin.references import format_reference

USER_ACTIONS = frozenset(kind.key for kind in USER_KINDS)
MAX_VALUE_LENGTH = 200
# Of a value with a format of its own, such as a list.
MAX_TEXT_LENGTH = 10_000


@dataclass(frozen=True)
class Change:
    """One field of a change, in words."""

    label: str
    text: str


@dataclass(frozen=True)
class ChangeRow:
    """A change by a person: what happened, cut where the target's name stands."""

    at: datetime
    before_target: str
    target: str
    after_target: str
    # Of an end user's page; empty for everything else, and for one who is deleted.
    target_url: str
    who: str
    changes: list[Change]
    # The request that made the change, for 90 days.
    origin: EventOrigin | None


@dataclass(frozen=True)
class SignInRow:
    """A sign-in."""

    at: datetime
    outcome: str
    outcome_label: str
    connection: str
    who: str
    cause: str
    code: str
    reference: str
    story_url: str


@dataclass(frozen=True)
class SignInStep:
    """A step of a sign-in."""

    text: str
    at: datetime | None = None
    milliseconds: int | None = None


@dataclass(frozen=True)
class Fact:
    """A fact about a failure with its label; an empty text means that nothing was received."""

    label: str | Promise
    text: str


@dataclass(frozen=True)
class LocalizedFault:
    """A cause and its remedy in one language."""

    language: str
    cause: str
    remedy: str


@dataclass(frozen=True)
class Story:
    """The details of one sign-in."""

    sign_in: SignIn
    reference: str
    provider: str
    connection: str
    connection_url: str
    steps: list[SignInStep]
    facts: list[Fact]
    remedies: list[LocalizedFault]
    milliseconds: int


def history_rows(project: Project, entries: Sequence[Entry]) -> list[ChangeRow | SignInRow]:
    """Return the rows of these entries."""
    users = find_users(project, [each for each in entries if isinstance(each, Event)])
    return [
        change_row(each, users) if isinstance(each, Event) else sign_in_row(project, each)
        for each in entries
    ]


def find_users(project: Project, events: Iterable[Event]) -> dict[str, User]:
    """Return the end users that events are about, by id. Events have no names of users."""
    ids = {each.target_id for each in events if each.action in USER_ACTIONS}
    found = User.objects.filter(project=project, pk__in=ids) if ids else ()
    return {str(each.pk): each for each in found}


def change_row(event: Event, users: Mapping[str, User]) -> ChangeRow:
    """Return a change, field by field."""
    before_target, _target, after_target = sentence_of(event).partition(TARGET)
    user = users.get(event.target_id) if event.action in USER_ACTIONS else None
    return ChangeRow(
        at=event.at,
        before_target=before_target,
        target=user.shown_name if user else event.target_name,
        target_url=reverse("portal:user", args=[event.project.slug, user.pk]) if user else "",
        after_target=after_target,
        who=event.actor_name,
        changes=changes_of(event),
        origin=getattr(event, "origin", None),
    )


def sentence_of(event: Event) -> str:
    """Return what happened, with a place for the target's name."""
    kind = find_kind(event.action)
    if kind:
        return str(kind.sentence)
    unknown = _("A change that this version of Menkou does not know (%(kind)s): %(target)s")
    return unknown % {"kind": event.action, "target": TARGET}


def changes_of(event: Event) -> list[Change]:
    """Return the fields in the order of their kind, then those that this release does not know."""
    kind = find_kind(event.action)
    fields = kind.all_fields(event.target_type) if kind else {}
    fields |= {name: former_field(name) for name in sorted(event.changes.keys() - fields.keys())}
    return [
        Change(str(field.label), describe_change(field, event.changes[name]))
        for name, field in fields.items()
        if name in event.changes
    ]


def former_field(name: str) -> EventField:
    """Return a field that this release does not know; it keeps the name of the record."""
    return EventField(name, is_secret=name.startswith("secret."))


def position_in(order: Sequence[str], name: str) -> int:
    """Return the position of a name in an order; unknown names come last."""
    return order.index(name) if name in order else len(order)


def describe_change(field: EventField, recorded: list[Any]) -> str:
    """Return a field's change as text; for a secret only fingerprints are known."""
    before, after = recorded
    if field.is_secret:
        return describe_secret_change(before, after)
    if before is None:
        return field_value(field, after)
    if after is None:
        return _("was %(before)s") % {"before": field_value(field, before)}
    return f"{field_value(field, before)} → {field_value(field, after)}"


def field_value(field: EventField, given: Any) -> str:
    """Return a recorded value as people read it; the beginning of a long one."""
    text = field.format(given) if field.format else display_value(given)
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH]}…"


def describe_secret_change(before: str | None, after: str | None) -> str:
    """Return a secret's change in words."""
    words = {"before": before, "after": after}
    if before is None:
        return _("set (fingerprint %(after)s)") % words
    if after is None:
        return _("removed (fingerprint %(before)s)") % words
    return _("changed (fingerprint %(before)s → %(after)s)") % words


def display_value(given: Any) -> str:
    """Return a value as people read it."""
    if given in ("", None):
        return _("empty")
    if isinstance(given, bool):
        return pgettext("state", "On") if given else pgettext("state", "Off")
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"


def sign_in_row(project: Project, sign_in: SignIn) -> SignInRow:
    """Return a sign-in with its cause."""
    fault = find_fault(known_definition(sign_in), sign_in.cause) if sign_in.cause else None
    return SignInRow(
        at=sign_in.ended_at,
        outcome=sign_in.outcome,
        outcome_label=sign_in.get_outcome_display(),
        connection=connection_name(sign_in),
        who=sign_in.user.shown_name if sign_in.user else "",
        cause=str(fault.cause) if fault else "",
        code=sign_in.provider_code,
        reference=format_reference(sign_in.reference),
        story_url=story_url(project, sign_in),
    )


def story_url(project: Project, sign_in: SignIn) -> str:
    """Return the URL of the sign-in's details."""
    return reverse("portal:history_story", args=[project.slug, sign_in.reference])


def connection_name(sign_in: SignIn) -> str:
    """Return the connection's alias, which is recorded with the sign-in."""
    return sign_in.alias if sign_in.connection_id else deleted_name(sign_in.alias)


def sign_in_story(sign_in: SignIn) -> Story:
    """Return the details of a sign-in."""
    definition = known_definition(sign_in)
    provider = str(definition.brand) if definition else sign_in.provider
    connection = sign_in.connection
    address = [sign_in.project.slug, sign_in.alias]
    return Story(
        sign_in=sign_in,
        reference=format_reference(sign_in.reference),
        provider=str(definition.name) if definition else sign_in.provider,
        connection=connection_name(sign_in),
        connection_url=reverse("portal:connection", args=address) if connection else "",
        steps=sign_in_steps(sign_in, provider),
        facts=list_facts(sign_in.facts),
        remedies=localized_faults(sign_in, definition),
        milliseconds=round((sign_in.ended_at - sign_in.started_at).total_seconds() * 1000),
    )


def list_facts(facts: Mapping[str, str]) -> list[Fact]:
    """Return the facts about a failure, without those that this release does not know."""
    return [Fact(label, facts[name]) for name, label in LABELS.items() if name in facts]


def sign_in_steps(sign_in: SignIn, provider: str) -> list[SignInStep]:
    """Return the steps of a sign-in in order."""
    pressed = SignInStep(_("Clicked the button on the sign-in page"), sign_in.started_at)
    if sign_in.returned_at is None:
        return [
            pressed,
            SignInStep(with_provider(_("Was not redirected to %(provider)s"), provider)),
        ]
    return [
        pressed,
        SignInStep(with_provider(_("Redirected to %(provider)s"), provider)),
        SignInStep(with_provider(_("Returned from %(provider)s"), provider), sign_in.returned_at),
        *(
            SignInStep(describe_call(call, provider), milliseconds=sign_in.durations[call])
            for call in sorted(sign_in.durations, key=lambda call: (position_in(CALLS, call), call))
        ),
    ]


# The order of the calls to a provider; PostgreSQL does not preserve the order of JSON objects.
CALLS = ("discovery", "metadata", "token", "keys", "verification", "userinfo")


def describe_call(call: str, provider: str) -> str:
    """Return the text for a call to the provider."""
    known_calls = {
        "discovery": _("Requested the discovery document of %(provider)s"),
        "metadata": _("Requested the metadata of %(provider)s"),
        "keys": _("Requested the keys of %(provider)s"),
        "verification": _("Had the ID token verified by %(provider)s"),
        "token": _("Requested an access token from %(provider)s"),
        "userinfo": _("Requested the user's profile from %(provider)s"),
    }
    other = _("Sent a request to %(provider)s: %(call)s")
    return with_provider(known_calls.get(call, other), provider, call=call)


def localized_faults(sign_in: SignIn, definition: Definition | None) -> list[LocalizedFault]:
    """Return the cause and remedy in every language, the reader's first.

    The end user who asked for help may read another language.
    """
    if not sign_in.cause:
        return []
    fault = find_fault(definition, sign_in.cause)
    found = []
    reader = get_language()
    for language in sorted(dict(settings.LANGUAGES), key=lambda each: each != reader):
        with override(language):
            found.append(LocalizedFault(language, str(fault.cause), str(fault.remedy)))
    return found
