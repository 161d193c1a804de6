"""Who an end user is: found by what the provider says, created on first sight."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.utils import timezone

from connections.claims import Claims
from connections.models import Connection, Identity, IdentityKey, SignIn
from connections.signin.failures import SignInFailed
from projects.models import User

# The place says by what: 0 the subject, then the further keys in their order.
FIND = """
SELECT named.place, identity.id, identity.namespace, identity.subject,
    person.password, person.id, person.is_active
FROM (
    SELECT id, 0 AS place FROM connections_identity
    WHERE project_id = %(project)s AND namespace = %(namespace)s AND subject = %(subject)s
    UNION ALL
    SELECT known.identity_id, key.place
    FROM unnest(%(namespaces)s::text[], %(values)s::text[]) WITH ORDINALITY
        AS key (namespace, value, place)
    JOIN connections_identitykey AS known ON known.project_id = %(project)s
        AND known.namespace = key.namespace AND known.value = key.value
) AS named
JOIN connections_identity AS identity ON identity.id = named.id
JOIN projects_user AS person ON person.id = identity.user_id
ORDER BY named.place
"""

REMEMBER = """
WITH person AS (
    UPDATE projects_user SET name = COALESCE(NULLIF(%(name)s, ''), name), picture = %(picture)s,
        address = %(address)s, address_verified = %(address_verified)s, last_login = %(now)s
    WHERE id = %(user)s
), identity AS (
    UPDATE connections_identity SET namespace = %(namespace)s, subject = %(subject)s,
        connection_id = %(connection)s, claims = %(kept)s::jsonb, used_at = %(now)s
    WHERE id = %(identity)s
)
INSERT INTO connections_identitykey AS known (identity_id, project_id, namespace, value)
SELECT %(identity)s, %(project)s, key.namespace, key.value
FROM unnest(%(namespaces)s::text[], %(values)s::text[]) AS key (namespace, value)
ON CONFLICT ON CONSTRAINT identity_key_unique_in_project
DO UPDATE SET identity_id = EXCLUDED.identity_id WHERE known.identity_id <> EXCLUDED.identity_id
"""


@dataclass(frozen=True)
class Known:
    """An identity as it was found, with what is asked of its person."""

    place: int
    id: int
    namespace: str
    subject: str
    person: User


def recognise(connection: Connection, claims: Claims) -> User:
    """Return the end user whom the claims describe, new or known; raises SignInFailed.

    The subject is asked first, then the further keys; a person known by a key alone gets the
    subject filled in, never a second account. Call it in a transaction that has taken the locks
    of the claims.
    """
    found = find(connection, claims)
    by_subject = next((each for each in found if each.place == 0), None)
    by_key = next((each for each in found if each.place > 0), None)
    if by_key is not None and not agrees(by_key, claims):
        raise SignInFailed("app_moved")
    known = by_subject or by_key
    if known is None:
        return create(connection, claims)
    refuse_blocked(known)
    if by_key is not None and by_key.person != known.person and is_named_by_key(by_key, claims):
        refuse_blocked(by_key)
        merge(by_key.person, into=known.person)
    remember(connection, known, claims)
    return known.person


def locks_of(connection: Connection, claims: Claims) -> list[int]:
    """Return the locks that let two first sign-ins of one person follow each other."""
    names = {(claims.namespace, claims.subject), *claims.keys}
    return sorted(
        int.from_bytes(
            sha256(f"{connection.project_id}|{namespace}|{value}".encode()).digest()[:8],
            "big",
            signed=True,
        )
        for namespace, value in names
        if value
    )


def find(connection: Connection, claims: Claims) -> list[Known]:
    """Return the identities that the claims name: by the subject, then by the keys in order."""
    with database.cursor() as cursor:
        cursor.execute(
            FIND,
            # Without a subject nobody is found by it: the namespace has no empty one.
            {"namespace": claims.namespace, "subject": claims.subject, **named(connection, claims)},
        )
        rows = cursor.fetchall()
    return [
        Known(place, number, namespace, subject, person_of(connection, *person))
        for place, number, namespace, subject, *person in rows
    ]


def person_of(connection: Connection, password: str, number: UUID, is_active: object) -> User:
    """Return the end user as far as a sign-in needs to know."""
    # In the order of the model's fields, which is how Django takes the values.
    names = ["password", "id", "project_id", "is_active"]
    return User.from_db("default", names, [password, number, connection.project_id, is_active])


def agrees(identity: Known, claims: Claims) -> bool:
    """Whether an identity found by a key may be the person that the subject names.

    In the same namespace another subject is another person. In another one it is not a
    contradiction: the administrator has said that the app belongs to another account now.
    """
    same_space = identity.namespace == claims.namespace
    return not (claims.subject and same_space and identity.subject != claims.subject)


def is_named_by_key(identity: Known, claims: Claims) -> bool:
    """Whether nothing but a key of these claims names the person, so that nobody else can be it."""
    return (identity.namespace, identity.subject) in claims.keys


def refuse_blocked(identity: Known) -> None:
    """Raise SignInFailed for somebody who was blocked in the project."""
    if not identity.person.is_active:
        raise SignInFailed("person_inactive")


def merge(person: User, *, into: User) -> None:
    """Make one end user of two who are one person, as the provider says now.

    An app that told no unionid may have made a second account, whose only name is an openid.
    """
    Identity.objects.filter(user=person).update(user=into)
    SignIn.objects.filter(user=person).update(user=into)
    person.delete()


def create(connection: Connection, claims: Claims) -> User:
    """Return the end user of a person seen for the first time."""
    shown_first = {**shown(claims), "name": claims.name or claims.stand_in}
    user = User(project=connection.project, last_login=timezone.now(), **shown_first)
    user.set_unusable_password()
    user.save(force_insert=True)
    namespace, subject = claims.primary
    identity = Identity.objects.create(
        project=connection.project,
        user=user,
        connection=connection,
        namespace=namespace,
        subject=subject,
        claims=claims.kept,
    )
    IdentityKey.objects.bulk_create(
        IdentityKey(identity=identity, project=connection.project, namespace=space, value=value)
        for space, value in claims.keys
    )
    return user


def remember(connection: Connection, known: Known, claims: Claims) -> None:
    """Save what this sign-in tells of a person, in one statement."""
    # Whoever was known by a key alone gets the subject; without one the name stays.
    namespace, subject = (
        (claims.namespace, claims.subject) if claims.subject else (known.namespace, known.subject)
    )
    with database.cursor() as cursor:
        cursor.execute(
            REMEMBER,
            {
                **shown(claims),
                **named(connection, claims),
                "now": timezone.now(),
                "user": known.person.pk,
                "identity": known.id,
                "namespace": namespace,
                "subject": subject,
                "connection": connection.pk,
                "kept": json.dumps(claims.kept),
            },
        )


def shown(claims: Claims) -> dict[str, Any]:
    """What pages show of a person."""
    return {
        "name": claims.name,
        "picture": claims.picture,
        "address": claims.address,
        "address_verified": claims.address_verified,
    }


def named(connection: Connection, claims: Claims) -> dict[str, Any]:
    """The parameters by which statements look for the claims' keys."""
    return {
        "project": connection.project_id,
        "namespaces": [namespace for namespace, _value in claims.keys],
        "values": [value for _namespace, value in claims.keys],
    }
