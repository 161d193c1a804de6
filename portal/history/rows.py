"""Template context of the History pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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
from connections.values.outcomes import Outcome
from connections.values.provider_names import with_provider
from portal.history.change_rows import ChangeRow, change_row, find_users
from portal.history.filters import deleted_name
from portal.history.sentences import Piece, cut_sentence
from projects.models import Event, Project
from signin.references import format_reference


@dataclass(frozen=True)
class SignInRow:
    """A sign-in."""

    at: datetime
    outcome: str
    sentence: list[Piece]
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


def sign_in_row(project: Project, sign_in: SignIn) -> SignInRow:
    """Return a sign-in with its cause."""
    fault = find_fault(known_definition(sign_in), sign_in.cause) if sign_in.cause else None
    return SignInRow(
        at=sign_in.ended_at,
        outcome=sign_in.outcome,
        sentence=sentence_of(sign_in),
        cause=str(fault.cause) if fault else "",
        code=sign_in.provider_code,
        reference=format_reference(sign_in.reference),
        story_url=story_url(project, sign_in),
    )


def sentence_of(sign_in: SignIn) -> list[Piece]:
    """Return who signed in with which connection, or how it failed."""
    sentences = {
        Outcome.OK: _("%(actor)s signed in with %(target)s"),
        Outcome.CANCELLED: _("%(actor)s cancelled signing in with %(target)s"),
        Outcome.RETRY: _("%(actor)s did not complete signing in with %(target)s"),
        Outcome.CONFIG: _("%(actor)s could not sign in with %(target)s: needs attention"),
        Outcome.TEMPORARY: _("%(actor)s could not sign in with %(target)s: provider error"),
        Outcome.REJECT: _("%(actor)s could not sign in with %(target)s: blocked for security"),
        Outcome.POLICY: _("%(actor)s could not sign in with %(target)s: not allowed"),
    }
    # Who it was is known once the provider has said so, and until the user is deleted.
    someone = pgettext("history", "A user")
    return cut_sentence(
        sentences[Outcome(sign_in.outcome)],
        actor=sign_in.user.shown_name if sign_in.user else someone,
        target=connection_name(sign_in),
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


def position_in(order: Sequence[str], name: str) -> int:
    """Return the position of a name in an order; unknown names come last."""
    return order.index(name) if name in order else len(order)


# The order of the calls to a provider; PostgreSQL does not preserve the order of JSON objects.
CALLS = ("discovery", "metadata", "token", "keys", "verification", "userinfo")


def describe_call(call: str, provider: str) -> str:
    """Return the text for a call to the provider."""
    known_calls = {
        "discovery": _("Requested the discovery document of %(provider)s"),
        "metadata": _("Requested the metadata of %(provider)s"),
        "keys": _("Requested the keys of %(provider)s"),
        "verification": _("Asked %(provider)s to verify the ID token"),
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
