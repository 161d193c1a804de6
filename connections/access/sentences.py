"""The access rules of a connection as one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from connections.fields.access import (
    DOMAINS,
    EXISTING,
    ORGANIZATIONS,
    PEOPLE,
    TENANTS,
    list_values,
)
from connections.providers.definition import Definition
from connections.values.provider_names import with_provider

# Of a list, so many are named.
MOST_NAMED = 4


def access_sentence(definition: Definition, settings: Mapping[str, Any]) -> str:
    """Return whom the settings admit, in the language of the reader."""
    conditions = list_conditions(definition, settings)
    existing_only = settings.get(PEOPLE) == EXISTING
    if not conditions:
        if existing_only:
            return _("Existing users only. Nobody new can sign in.")
        text = _("Everybody who can sign in with %(provider)s, new and existing users.")
        return with_provider(text, str(definition.brand))
    together = pgettext("between conditions that count together", " and ").join(conditions)
    if existing_only:
        sentence = _("Only existing users with %(conditions)s. Nobody new can sign in.")
    else:
        sentence = _("Everybody with %(conditions)s, new and existing users.")
    return sentence % {"conditions": together}


def list_conditions(definition: Definition, settings: Mapping[str, Any]) -> list[str]:
    """Return what each rule requires, as a part of a sentence."""
    found = []
    if domains := list_values(settings, DOMAINS):
        text = _("a verified email address at %(values)s")
        found.append(text % {"values": name_values(domains)})
    own = str(settings.get(definition.tenant_setting) or "")
    for values in (
        (own,) if definition.tenant_setting and own else (),
        list_values(settings, TENANTS),
        list_values(settings, ORGANIZATIONS),
    ):
        if values:
            found.append(_("membership in %(values)s") % {"values": name_values(values)})
    return found


def name_values(values: Sequence[str]) -> str:
    """Return a list of which one value is enough; of a long one the beginning."""
    named = pgettext("between values of which one is enough", " or ").join(values[:MOST_NAMED])
    rest = len(values) - MOST_NAMED
    if rest <= 0:
        return named
    return ngettext("%(values)s or %(number)d other", "%(values)s or %(number)d others", rest) % {
        "values": named,
        "number": rest,
    }


def has_rule(settings: Mapping[str, Any]) -> bool:
    """Whether a rule of the section Access limits who may sign in."""
    return any(settings.get(name) for name in (PEOPLE, DOMAINS, TENANTS, ORGANIZATIONS))
