"""Where the people of a connection are known, and who would no longer be found after a change.

A sign-in finds a person by the subject in the connection's namespace, or by the further key. Both
are made of settings, so an edit can lead to other ones: then those who have signed in would get a
new account each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from connections.configured import definition_of, namespace_of
from connections.models import Connection, Identity, IdentityKey, SignIn
from projects.models import User


@dataclass(frozen=True)
class Namespaces:
    """Where subjects and further keys are unique; "" where there is none."""

    subject: str
    key: str

    @property
    def code(self) -> str:
        """A short name for them, which stands for nothing else."""
        return sha256(f"{self.subject} {self.key}".encode()).hexdigest()[:12]


def current_namespaces(connection: Connection) -> Namespaces:
    """Return where the connection's people are known now."""
    return build_namespaces(connection, namespace_of(connection), connection.settings)


def namespaces_after(connection: Connection, settings: Mapping[str, Any]) -> Namespaces:
    """Return where they are known once the connection has these settings.

    A namespace that is the connection's own stays, while the server is the same, also where that
    server has proved by now who it is: nobody but the connection's people is known there. A
    namespace that was proved never stays without the proof, or whoever edits a connection could
    speak for the people of others.
    """
    definition = definition_of(connection)
    if namespace_of(connection) == definition.own_namespace(connection.pk, settings):
        subject = namespace_of(connection)
    else:
        subject = definition.namespace_of(connection.pk, settings)
    return build_namespaces(connection, subject, settings)


def namespaces_of_new_connection(connection: Connection) -> Namespaces:
    """Return where the people of a new connection with the same settings are known."""
    subject = definition_of(connection).namespace(connection.settings)
    return build_namespaces(connection, subject, connection.settings)


def build_namespaces(
    connection: Connection, subject: str, settings: Mapping[str, Any]
) -> Namespaces:
    """Return the namespaces of subjects and of the further keys beside them."""
    return Namespaces(subject, definition_of(connection).key_namespace(subject, settings))


def namespace_to_keep(connection: Connection, settings: Mapping[str, Any]) -> str:
    """Return the namespace to keep with these settings, or "" where it is the one they say."""
    subject = namespaces_after(connection, settings).subject
    computed = definition_of(connection).namespace_of(connection.pk, settings)
    return "" if subject == computed else subject


def count_lost_users(connection: Connection, new: Namespaces) -> int:
    """Return how many people have signed in by the connection and would get a new account."""
    old = current_namespaces(connection)
    if new == old:
        return 0
    project = connection.project_id
    same = {old.subject, old.key} & {new.subject, new.key} - {""}
    mine = Identity.objects.filter(project=project, user=OuterRef("pk"))
    keys = IdentityKey.objects.filter(project=project, identity=OuterRef("pk"))
    again = Identity.objects.filter(
        project=project,
        namespace=new.subject,
        subject=OuterRef("subject"),
        user=OuterRef("user"),
    )
    known = mine.filter(
        Q(namespace__in={old.subject, old.key} - {""}) | Exists(keys.filter(namespace=old.key))
    )
    found = mine.filter(
        Q(namespace__in=same) | Exists(keys.filter(namespace__in=same)) | Exists(again)
    )
    people = User.objects.filter(pk__in=user_ids_of(Connection.objects.filter(pk=connection.pk)))
    return people.filter(Exists(known)).exclude(Exists(found)).count()


def user_ids_of(connections: QuerySet[Connection]) -> QuerySet[Any]:
    """Return the ids of the people who have signed in by one of the connections.

    An identity names the connection that was used last; one provider's apps may share it.
    """
    last = Identity.objects.filter(connection__in=connections).values("user")
    earlier = SignIn.objects.filter(connection__in=connections, user__isnull=False).values("user")
    return last.union(earlier)
