"""Warns of access rules that exclude the editor, or people who have signed in before."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections.fields.access import (
    DOMAINS,
    EXISTING,
    PEOPLE,
    TENANTS,
    ascii_domain,
    list_values,
)
from connections.fields.field import Check
from connections.identities import excluded
from connections.models import Connection, Identity
from connections.providers.definition import Definition
from projects.models import Project


def warn_of_excluded_people(
    found: Check,
    *,
    definition: Definition,
    project: Project,
    connection: Connection | None,
    editor_address: str,
) -> None:
    """Add a warning to each changed rule that excludes somebody who may not expect it."""
    warn_of_domains(found, connection, editor_address)
    if connection and definition.tenants and definition.tenants.is_in_subject:
        warn_of_tenants(found, connection)
    if found.values.get(PEOPLE) == EXISTING and found.has_changed(PEOPLE):
        known = (
            excluded.has_people(connection)
            if connection
            else Identity.objects.filter(project=project).exists()
        )
        if not known:
            text = _("Nobody has signed in with this provider yet, so nobody could sign in.")
            found.warn(PEOPLE, "nobody", text)


def warn_of_domains(found: Check, connection: Connection | None, editor_address: str) -> None:
    """Warn of domains that exclude the editor's own, or people who have signed in before."""
    domains = list_values(found.values, DOMAINS)
    if not domains or not found.has_changed(DOMAINS):
        return
    own = ascii_domain(editor_address.rpartition("@")[2])
    if own and own not in domains:
        text = _("Your own email address is at %(domain)s, which is not in the list.")
        found.warn(DOMAINS, "own_domain", text % {"domain": own})
    if connection:
        people = excluded.count_excluded_by_domains(connection, domains)
        warn_of_people(found, DOMAINS, people)


def warn_of_tenants(found: Check, connection: Connection) -> None:
    """Warn of tenants that exclude people who have signed in before."""
    tenants = list_values(found.values, TENANTS)
    if tenants and found.has_changed(TENANTS):
        warn_of_people(found, TENANTS, excluded.count_excluded_by_tenants(connection, tenants))


def warn_of_people(found: Check, field: str, people: int) -> None:
    """Warn of people who have signed in before and could not do so again, if there are any."""
    if people:
        text = ngettext(
            "%(people)d person who has signed in with this connection could no longer do so.",
            "%(people)d people who have signed in with this connection could no longer do so.",
            people,
        ) % {"people": people}
        found.warn(field, "excluded", text)
