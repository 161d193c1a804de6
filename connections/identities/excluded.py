"""Counts the people whom an access rule would no longer admit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

import idna
from django.db.models import Exists, OuterRef, Q, QuerySet

from connections.identities import namespaces
from connections.models import Connection, Identity
from projects.models import User


def people_of(connection: Connection) -> QuerySet[User]:
    """Return the people who have signed in by the connection."""
    ids = namespaces.user_ids_of(Connection.objects.filter(pk=connection.pk))
    return User.objects.filter(pk__in=ids)


def count_excluded_by_domains(connection: Connection, domains: Sequence[str]) -> int:
    """Return how many people have no verified address at one of the domains."""
    names = {*domains, *(in_unicode(each) for each in domains)}
    admitted = reduce(or_, (Q(address__iendswith=f"@{each}") for each in sorted(names)))
    return people_of(connection).exclude(admitted, address_verified=True).count()


def in_unicode(domain: str) -> str:
    """Return a domain as a provider may write it in an address."""
    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain


def count_excluded_by_tenants(connection: Connection, tenants: Sequence[str]) -> int:
    """Return how many people belong to none of the tenants, with which their subjects begin."""
    admitted = reduce(or_, (Q(subject__startswith=f"{each}:") for each in tenants))
    space = namespaces.current_namespaces(connection).subject
    mine = Identity.objects.filter(
        project=connection.project_id, user=OuterRef("pk"), namespace=space
    )
    return people_of(connection).filter(~Exists(mine.filter(admitted)), Exists(mine)).count()


def has_people(connection: Connection) -> bool:
    """Whether somebody could sign in by the connection without getting a new account."""
    spaces = namespaces.current_namespaces(connection)
    known = Identity.objects.filter(
        project=connection.project_id, namespace__in={spaces.subject, spaces.key} - {""}
    )
    return known.exists() or people_of(connection).exists()
