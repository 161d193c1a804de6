"""Warns of a button label that another connection of the project has."""

from __future__ import annotations

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.configured import label_in
from connections.fields.common import label_languages
from connections.fields.field import Check, Sibling
from connections.providers import catalogue
from connections.providers.definition import Definition

EQUAL_LABEL = _(
    "The connection “{alias}” has the same label in {language}. People could not tell the two "
    "buttons apart. Enter another label."
)


def warn_of_equal_labels(definition: Definition, found: Check) -> None:
    """Add a warning to each label, entered or default, that another connection has.

    Not if the two share a button, or if the label was entered earlier.
    """
    names = label_languages()
    entered = {language: found.values.get(name) or "" for name, language in names.items()}
    labels = {language: label for language, label in entered.items() if label}
    proposed = Sibling("", definition.id, {}, labels)
    others = [
        each
        for each in found.context.siblings
        if catalogue.has(each.provider) and not share_a_button(definition, found, each)
    ]
    for name, language in names.items():
        label = label_in(proposed, language).casefold()
        equal = [each.alias for each in others if label_in(each, language).casefold() == label]
        if equal and not found.failed(name):
            language_name = dict(settings.LANGUAGES)[language]
            text = format_lazy(EQUAL_LABEL, alias=equal[0], language=language_name)
            found.warn(name, "equal_label", text)


def share_a_button(definition: Definition, found: Check, other: Sibling) -> bool:
    """Whether the connection and another one have the same users and share a button."""
    common = definition.one_button(found.values)
    return (
        bool(common)
        and definition.id != other.provider
        and catalogue.get(other.provider).one_button(other.settings) == common
    )
