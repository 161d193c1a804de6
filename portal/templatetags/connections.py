"""Template filters for connections."""

from __future__ import annotations

from collections.abc import Sequence

from django.template import Library

from connections import configured
from connections.configured import HasLabels, HasProvider
from connections.expiry.parts import ExpiringPart, first_needing_attention
from connections.models import Connection
from connections.providers.definition import Definition
from core.text import join_sentences

register = Library()


@register.filter
def definition(connection: HasProvider) -> Definition:
    """Return the catalogue entry of the connection's provider."""
    return configured.definition_of(connection)


@register.filter
def button_label(connection: HasLabels | None) -> str:
    """Return the connection's button label, or "" for None."""
    return configured.button_label(connection) if connection else ""


@register.filter
def secret_missing(connection: Connection | None) -> bool:
    """Whether a secret that the provider requires is not set."""
    return connection is not None and configured.is_secret_missing(connection)


@register.filter
def followed_by(first: object, second: object) -> str:
    """Return two sentences in one line; after a Chinese full stop there is no space."""
    return join_sentences([str(first), str(second or "")])


@register.filter
def needing_attention(parts: Sequence[ExpiringPart]) -> ExpiringPart | None:
    """Return the part that is the first to expire, if it has expired or soon will."""
    return first_needing_attention(parts)
