"""A configured connection together with the catalogue entry of its provider."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from django.utils.translation import get_language

from connections.models import Connection
from connections.providers import catalogue
from connections.providers.definition import Definition

ENGLISH = "en"


class HasProvider(Protocol):
    """An object with a provider id."""

    @property
    def provider(self) -> str:
        """The id of a catalogue entry."""
        ...


class HasLabels(HasProvider, Protocol):
    """An object with a provider id and button labels."""

    @property
    def labels(self) -> dict[str, str]:
        """The configured button labels, by language."""
        ...


def definition_of(connection: HasProvider) -> Definition:
    """Return the catalogue entry; raises KeyError if this release does not have it."""
    return catalogue.get(connection.provider)


def known_definition(connection: HasProvider) -> Definition | None:
    """Return the catalogue entry, or None if this release does not have it."""
    try:
        return definition_of(connection)
    except KeyError:
        return None


def button_label(connection: HasLabels) -> str:
    """Return the words on the button, in the reader's language."""
    return label_in(connection, get_language() or ENGLISH)


def label_in(connection: HasLabels, language: str) -> str:
    """Return the words on the button in a language."""
    if own := connection.labels.get(language):
        return own
    definition = definition_of(connection)
    default = definition.button_label(language)
    # English stands in for a language into which the default is not translated.
    if ENGLISH in connection.labels and default == definition.button_label(ENGLISH):
        return connection.labels[ENGLISH]
    return default


def namespace_of(connection: Connection) -> str:
    """Return where the subjects that the connection's provider names are unique."""
    if connection.kept_namespace:
        return connection.kept_namespace
    return definition_of(connection).namespace_of(connection.pk, connection.settings)


def same_people(connection: Connection, others: Iterable[Connection]) -> list[str]:
    """Return the aliases of the other connections that identify the same people."""
    common = definition_of(connection).one_button(connection.settings)
    return [
        each.alias
        for each in others
        if common
        and each.provider != connection.provider
        and definition_of(each).one_button(each.settings) == common
    ]


def is_secret_missing(connection: Connection) -> bool:
    """Whether a secret that the provider requires is not set."""
    stored = {each.field for each in connection.secrets.all()}
    return not definition_of(connection).required_secrets <= stored
