"""The parts of the History pages, made ready for the templates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from connections.forms import ConnectionForm, name_in_form
from connections.models import SignIn
from connections.providers import catalogue
from connections.providers.definition import Definition
from connections.signin.failures import fault_of
from connections.signin.references import shown
from connections.timeline import Entry
from portal.filters import deleted_name
from projects.models import Event, Project, Role

LONGEST = 200


@dataclass(frozen=True)
class Change:
    """One field of a change, in words."""

    label: str
    text: str


@dataclass(frozen=True)
class ChangeRow:
    """A change by a person."""

    at: datetime
    title: str
    target: str
    who: str
    changes: list[Change]


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
class Step:
    """Something that happened on the way of a sign-in."""

    text: str
    at: datetime | None = None
    milliseconds: int | None = None


@dataclass(frozen=True)
class Remedy:
    """A cause and what mends it, in one language."""

    language: str
    cause: str
    fix: str


@dataclass(frozen=True)
class Story:
    """All that is known of one sign-in."""

    sign_in: SignIn
    reference: str
    provider: str
    connection: str
    connection_url: str
    steps: list[Step]
    remedies: list[Remedy]
    milliseconds: int


def rows(project: Project, entries: Iterable[Entry]) -> list[ChangeRow | SignInRow]:
    """Return the entries, ready to be drawn."""
    providers = {str(each.pk): each.provider for each in project.connections.all()}
    return [
        change_row(each, providers) if isinstance(each, Event) else sign_in_row(project, each)
        for each in entries
    ]


def change_row(event: Event, providers: dict[str, str]) -> ChangeRow:
    """Return a change, field by field."""
    definition = definition_of(event, providers)
    return ChangeRow(
        at=event.at,
        title=event.get_action_display(),
        target=event.target_name,
        who=event.actor_name,
        changes=[
            Change(label_of(name, definition), difference(name, before, after))
            for name, (before, after) in in_order(event.changes, definition)
        ],
    )


def definition_of(event: Event, providers: dict[str, str]) -> Definition | None:
    """Return the provider of the connection that was changed, where it can be known."""
    told = [value for value in event.changes.get("provider", []) if value]
    return known(providers.get(event.target_id) or (told[0] if told else ""))


def known(provider: str) -> Definition | None:
    """Return the definition, or None where this release has none."""
    try:
        return catalogue.get(provider)
    except KeyError:
        return None


def fields_of(definition: Definition | None) -> dict[str, Any]:
    """Return the form's fields, in its order."""
    return (definition.form if definition else ConnectionForm).base_fields


def label_of(name: str, definition: Definition | None) -> str:
    """Return what the form calls a field; one that no form has keeps the name of the record."""
    own = {
        "name": _("Name"),
        "provider": _("Provider"),
        "order": _("Order"),
        "role": _("Role"),
    }
    field = fields_of(definition).get(name_in_form(name))
    return own.get(name) or (str(field.label) if field else name)


def in_order(changes: dict[str, Any], definition: Definition | None) -> list[tuple[str, Any]]:
    """Return the changes in the form's order; the database does not keep any."""
    order = list(fields_of(definition))
    names = sorted(changes, key=lambda name: (place_in(order, name_in_form(name)), name))
    return [(name, changes[name]) for name in names]


def place_in(order: Sequence[str], name: str) -> int:
    """Return where a name stands in an order; one that is not in it stands behind the others."""
    return order.index(name) if name in order else len(order)


def difference(name: str, before: Any, after: Any) -> str:
    """Return a field's change in words; of a secret only fingerprints are known."""
    if name == "order":
        # Names that are short, and each of them counts: none is cut off.
        return f"{', '.join(before)} → {', '.join(after)}"
    if name.startswith("secret."):
        return secret_difference(before, after)
    if name == "role":
        before, after = role_label(before), role_label(after)
    if before is None:
        return value(after)
    if after is None:
        return _("was %(before)s") % {"before": value(before)}
    return f"{value(before)} → {value(after)}"


def secret_difference(before: str | None, after: str | None) -> str:
    """Return a secret's change in words."""
    words = {"before": before, "after": after}
    if before is None:
        return _("set (fingerprint %(after)s)") % words
    if after is None:
        return _("removed (fingerprint %(before)s)") % words
    return _("changed (fingerprint %(before)s → %(after)s)") % words


def role_label(role: str | None) -> str | None:
    """Return a role in words."""
    return str(Role(role).label) if role in Role.values else role


def value(given: Any) -> str:
    """Return a value as people read it."""
    if given in ("", None):
        return _("empty")
    if isinstance(given, bool):
        return pgettext("state", "On") if given else pgettext("state", "Off")
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def sign_in_row(project: Project, sign_in: SignIn) -> SignInRow:
    """Return a sign-in with its cause."""
    fault = fault_of(known(sign_in.provider), sign_in.cause) if sign_in.cause else None
    return SignInRow(
        at=sign_in.ended_at,
        outcome=sign_in.outcome,
        outcome_label=sign_in.get_outcome_display(),
        connection=connection_name(sign_in),
        who=sign_in.user.name if sign_in.user else "",
        cause=str(fault.cause) if fault else "",
        code=sign_in.provider_code,
        reference=shown(sign_in.reference),
        story_url=story_url(project, sign_in),
    )


def story_url(project: Project, sign_in: SignIn) -> str:
    """Return where the whole story is told."""
    return reverse("portal:history_story", args=[project.slug, sign_in.reference])


def connection_name(sign_in: SignIn) -> str:
    """Return the connection's alias, which outlives it."""
    return sign_in.alias if sign_in.connection_id else deleted_name(sign_in.alias)


def story(sign_in: SignIn) -> Story:
    """Return the whole story of a sign-in."""
    definition = known(sign_in.provider)
    provider = str(definition.brand) if definition else sign_in.provider
    connection = sign_in.connection
    address = [sign_in.project.slug, sign_in.alias]
    return Story(
        sign_in=sign_in,
        reference=shown(sign_in.reference),
        provider=str(definition.name) if definition else sign_in.provider,
        connection=connection_name(sign_in),
        connection_url=reverse("portal:connection", args=address) if connection else "",
        steps=steps(sign_in, provider),
        remedies=remedies(sign_in, definition),
        milliseconds=round((sign_in.ended_at - sign_in.started_at).total_seconds() * 1000),
    )


def steps(sign_in: SignIn, provider: str) -> list[Step]:
    """Return what happened before the end, in order."""
    words = {"provider": provider}
    pressed = Step(_("Pressed the button on the sign-in page."), sign_in.started_at)
    if sign_in.returned_at is None:
        return [pressed, Step(_("Was not sent to %(provider)s.") % words)]
    return [
        pressed,
        Step(_("Was sent to %(provider)s.") % words),
        Step(_("Came back from %(provider)s.") % words, sign_in.returned_at),
        *(
            Step(call_words(call, words), milliseconds=sign_in.durations[call])
            for call in sorted(sign_in.durations, key=lambda call: (place_in(CALLS, call), call))
        ),
    ]


# The order in which a provider is asked; the database does not keep the order of a JSON object.
CALLS = ("discovery", "token", "keys", "userinfo")


def call_words(call: str, words: dict[str, str]) -> str:
    """Return what we asked the provider."""
    known_calls = {
        "token": _("Asked %(provider)s for an access token."),
        "userinfo": _("Asked %(provider)s for the person's profile."),
    }
    other = _("Asked %(provider)s: %(call)s.")
    return known_calls.get(call, other) % {**words, "call": call}


def remedies(sign_in: SignIn, definition: Definition | None) -> list[Remedy]:
    """Return the cause and what mends it in every language, the reader's first.

    Whoever asked the reader for help may speak another one.
    """
    if not sign_in.cause:
        return []
    fault = fault_of(definition, sign_in.cause)
    found = []
    reader = get_language()
    for language in sorted(dict(settings.LANGUAGES), key=lambda each: each != reader):
        with override(language):
            found.append(Remedy(language, str(fault.cause), str(fault.fix)))
    return found
