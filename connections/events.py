"""The events of connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from connections.fields.common import common_fields, label_languages
from connections.fields.field import Field
from connections.providers import catalogue
from connections.values.outcomes import Outcome
from core.text import join_names
from projects.audit.kinds import EventField, EventKind, Text


def fields_of_provider(provider: str) -> dict[str, EventField]:
    """Return the fields of a provider's connections, in the order of the form.

    Of a provider that this release does not have, only those that every connection has.
    """
    own = catalogue.get(provider).fields if catalogue.has(provider) else ()
    return {name_in_event(each): event_field(each) for each in (*common_fields(), *own)}


def name_in_event(field: Field) -> str:
    """Return what events call a field of the form."""
    if field.is_secret:
        return f"secret.{field.name}"
    language = label_languages().get(field.name)
    return f"label.{language}" if language else field.name


def event_field(field: Field) -> EventField:
    """Return what events need to know of a field of the form."""
    format_value = choice_format(field) if field.choices else None
    return EventField(field.label, format=format_value, is_secret=field.is_secret)


def choice_format(field: Field) -> Callable[[Any], str]:
    """Return what turns the chosen values into the words of the form.

    A value that is no choice of this release stays as it is.
    """
    labels = dict(field.choices)

    def text_of(value: Any) -> str:
        chosen = value if isinstance(value, list) else [value]
        return join_names(labels.get(str(each), str(each)) for each in chosen)

    return text_of


def provider_label(provider: str) -> str:
    """Return the name of a provider; one that this release does not have stays as it is."""
    return str(catalogue.get(provider).name) if catalogue.has(provider) else provider


def provider_of(connection: Any) -> str:
    """Return the type of a connection."""
    return str(connection.provider)


# The number of a revision whose values were used again.
REVISION = "revision"
# How many people get a new account by a change.
NEW_ACCOUNTS = "new_accounts"


def state_kind(*, key: str, name: Text, sentence: Text, **fields: EventField) -> EventKind:
    """Return a kind that records the state of a connection.

    A setting may outlive its field, and a connection its provider.
    """
    return EventKind(
        key=key,
        name=name,
        sentence=sentence,
        fields={"provider": EventField(_("Provider"), format=provider_label), **fields},
        type_of=provider_of,
        fields_of_type=fields_of_provider,
        removes_former_fields=True,
    )


CONNECTION_ADDED = state_kind(
    key="connection:added",
    name=_("Connection added"),
    sentence=_("%(actor)s added the connection %(target)s"),
)
CONNECTION_CHANGED = state_kind(
    key="connection:changed",
    name=_("Connection changed"),
    sentence=_("%(actor)s changed the connection %(target)s"),
    **{NEW_ACCOUNTS: EventField(_("Users who get a new account"))},
)
CONNECTION_PUBLISHED = state_kind(
    key="connection:published",
    name=_("Connection published"),
    sentence=_("%(actor)s published the connection %(target)s"),
)
CONNECTION_RESTORED = state_kind(
    key="connection:restored",
    name=_("Connection restored"),
    sentence=_("%(actor)s restored an earlier revision of the connection %(target)s"),
    **{
        REVISION: EventField(_("Revision")),
        NEW_ACCOUNTS: EventField(_("Users who get a new account")),
    },
)
DRAFT_SAVED = state_kind(
    key="connection:draft-saved",
    name=_("Draft saved"),
    sentence=_("%(actor)s saved a draft of the connection %(target)s"),
    **{REVISION: EventField(_("Revision"))},
)
DRAFT_PUBLISHED = state_kind(
    key="connection:draft-published",
    name=_("Draft published"),
    sentence=_("%(actor)s published the draft of the connection %(target)s"),
    **{NEW_ACCOUNTS: EventField(_("Users who get a new account"))},
)
DRAFT_DISCARDED = state_kind(
    key="connection:draft-discarded",
    name=_("Draft discarded"),
    sentence=_("%(actor)s discarded a draft of the connection %(target)s"),
)
CONNECTION_ENABLED = EventKind(
    key="connection:enabled",
    name=_("Connection turned on"),
    sentence=_("%(actor)s turned on the connection %(target)s"),
)
CONNECTION_DISABLED = EventKind(
    key="connection:disabled",
    name=_("Connection turned off"),
    sentence=_("%(actor)s turned off the connection %(target)s"),
)
CONNECTION_DELETED = state_kind(
    key="connection:deleted",
    name=_("Connection deleted"),
    sentence=_("%(actor)s deleted the connection %(target)s"),
)
CONNECTION_MOVED = EventKind(
    key="connection:moved",
    name=_("Button order changed"),
    sentence=_("%(actor)s moved the button of the connection %(target)s"),
    fields={"order": EventField(_("Order"), format=join_names)},
)
# The actor of what no person did.
SYSTEM = "Menkou"
CONNECTION_FAILING = EventKind(
    key="connection:failing",
    name=_("Connection started to fail"),
    sentence=_("%(actor)s found that the connection %(target)s no longer works"),
)
CONNECTION_RECOVERED = EventKind(
    key="connection:recovered",
    name=_("Connection recovered"),
    sentence=_("%(actor)s found that the connection %(target)s works again"),
)


def outcome_label(outcome: Any) -> str:
    """Return an outcome as people read it; one that this release does not know stays as it is."""
    return str(Outcome(outcome).label) if outcome in Outcome.values else str(outcome)


def way_label(way: Any) -> str:
    """Return how a sign-in was tried."""
    labels = {"here": gettext("in the portal's browser"), "link": gettext("by a link")}
    return labels.get(str(way), str(way))


def values_label(source: Any) -> str:
    """Return which values were tried."""
    labels = {"live": gettext("published values"), "draft": gettext("draft")}
    return labels.get(str(source), str(source))


TRIAL_FINISHED = EventKind(
    key="connection:tried",
    name=_("Sign-in tried"),
    sentence=_("%(actor)s tried signing in with the connection %(target)s"),
    fields={
        "outcome": EventField(_("Outcome"), format=outcome_label),
        "way": EventField(_("Tried"), format=way_label),
        "values": EventField(pgettext_lazy("of a trial", "Values"), format=values_label),
    },
)

KINDS = (
    CONNECTION_ADDED,
    CONNECTION_CHANGED,
    CONNECTION_PUBLISHED,
    CONNECTION_RESTORED,
    DRAFT_SAVED,
    DRAFT_PUBLISHED,
    DRAFT_DISCARDED,
    CONNECTION_ENABLED,
    CONNECTION_DISABLED,
    CONNECTION_DELETED,
    CONNECTION_MOVED,
    CONNECTION_FAILING,
    CONNECTION_RECOVERED,
    TRIAL_FINISHED,
)
