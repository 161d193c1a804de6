"""Finds the end user of a provider's claims, or creates one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.utils import timezone

from connections.access.rules import access_refusal
from connections.configured import definition_of
from connections.identities.namespaces import Namespaces, current_namespaces
from connections.models import Connection, Identity, IdentityKey, SignIn
from connections.sessions.ending import end_sessions_of
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from projects.models import User

# `place` is 0 for a match by subject, else the position of the key that matched. The person stays
# locked, so that nobody is blocked or deleted before the sign-in has ended.
FIND_SQL = """
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
ORDER BY named.place FOR NO KEY UPDATE OF person
"""

UPDATE_SQL = """
WITH person AS (
    UPDATE projects_user SET name = COALESCE(NULLIF(%(name)s, ''), name), picture = %(picture)s,
        address = COALESCE(NULLIF(%(address)s, ''), address),
        address_verified = CASE WHEN %(address)s = '' THEN address_verified
            ELSE %(address_verified)s END,
        last_login = %(now)s
    WHERE id = %(user)s
), identity AS (
    UPDATE connections_identity SET namespace = %(namespace)s, subject = %(subject)s,
        connection_id = %(connection)s, used_at = %(now)s
    WHERE id = %(identity)s
)
INSERT INTO connections_identitykey AS known (identity_id, project_id, namespace, value)
SELECT %(identity)s, %(project)s, key.namespace, key.value
FROM unnest(%(namespaces)s::text[], %(values)s::text[]) AS key (namespace, value)
ON CONFLICT ON CONSTRAINT identity_key_unique_in_project
DO UPDATE SET identity_id = EXCLUDED.identity_id WHERE known.identity_id <> EXCLUDED.identity_id
"""


@dataclass(frozen=True)
class KnownIdentity:
    """An identity that matched, with the fields of its user that a sign-in needs."""

    place: int
    id: int
    namespace: str
    subject: str
    person: User


@dataclass(frozen=True)
class Decision:
    """What a sign-in with these claims does; nothing is written yet."""

    # The identity by which the person is known; None for a new user.
    known: KnownIdentity | None = None
    # Whether a further key alone has led to it, so that it gets the subject of the claims.
    is_by_key: bool = False
    # A second account of the person, which is merged into that of `known`.
    merged: User | None = None
    # Why the person may not sign in.
    refusal: SignInFailed | None = None


def get_or_create_user(connection: Connection, claims: Claims) -> tuple[User, Claims]:
    """Return the existing or new end user for the claims; raises SignInFailed.

    The subject takes precedence over the further keys. A user known by a key alone gets the subject
    filled in, not a second account; and the claims, where they have none, get the one that is
    known. Call it in a transaction that holds the locks of the claims.
    """
    return apply_decision(connection, claims, decide(connection, claims))


def decide(connection: Connection, claims: Claims) -> Decision:
    """Return what a sign-in with the claims does: one statement, which locks the people found."""
    found = find_identities(connection, claims)
    by_subject = next((each for each in found if each.place == 0), None)
    by_key = next((each for each in found if each.place > 0), None)
    if by_key is not None and not is_compatible(by_key, claims):
        return Decision(refusal=SignInFailed("app_moved"))
    known = by_subject or by_key
    refusal = access_refusal(
        connection.settings, definition_of(connection), claims, is_known=known is not None
    )
    if known is None:
        return Decision(refusal=refusal)
    merged = None
    if by_key is not None and by_key.person != known.person and is_named_by_key(by_key, claims):
        merged = by_key.person
    people = [known.person, *([merged] if merged else [])]
    if refusal is not None:
        refusal.person = known.person.pk
    return Decision(known, by_subject is None, merged, find_refusal(people) or refusal)


def apply_decision(
    connection: Connection, claims: Claims, decision: Decision
) -> tuple[User, Claims]:
    """Return the user with the claims after writing what was decided; raises its refusal."""
    if decision.refusal is not None:
        raise decision.refusal
    known = decision.known
    if known is None:
        return create_user(connection, claims), claims
    if decision.merged is not None:
        merge_users(decision.merged, into=known.person)
    update_identity(connection, known, claims)
    if not claims.subject and known.namespace == claims.namespace:
        claims = replace(claims, subject=known.subject)
    return known.person, claims


def stored_claims(connection: Connection, user: User) -> Claims:
    """Return the ids by which the user signed in with the connection last.

    For a sign-in whose claims another request has received. Raises SignInFailed for a user without
    identities, who is deleted by now.
    """
    spaces = current_namespaces(connection)
    identities = list(user.identities.order_by("-used_at").prefetch_related("keys"))
    if not identities:
        raise SignInFailed("state")
    here = [each for each in identities if each.namespace in {spaces.subject, spaces.key}]
    return claims_of((here or identities)[0], spaces)


def claims_of(identity: Identity, spaces: Namespaces) -> Claims:
    """Return the ids of an identity as claims of a connection with these namespaces."""
    if identity.namespace != spaces.key:
        namespace, subject = identity.namespace, identity.subject
        keys: list[tuple[str, str]] = []
    else:
        namespace, subject = spaces.subject, ""
        keys = [(identity.namespace, identity.subject)]
    keys += [
        (key.namespace, key.value) for key in identity.keys.all() if key.namespace == spaces.key
    ]
    return Claims(namespace=namespace, subject=subject, keys=tuple(dict.fromkeys(keys)))


def advisory_locks(connection: Connection, claims: Claims) -> list[int]:
    """Return the advisory locks that serialise two first sign-ins of one person."""
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


def find_identities(connection: Connection, claims: Claims) -> list[KnownIdentity]:
    """Return the matching identities: by subject, then by the keys in order."""
    with database.cursor() as cursor:
        cursor.execute(
            FIND_SQL,
            # An empty subject matches nothing.
            {
                "namespace": claims.namespace,
                "subject": claims.subject,
                **key_parameters(connection, claims),
            },
        )
        rows = cursor.fetchall()
    return [
        KnownIdentity(place, number, namespace, subject, build_user(connection, *person))
        for place, number, namespace, subject, *person in rows
    ]


def build_user(connection: Connection, password: str, number: UUID, is_active: object) -> User:
    """Return a user with the fields that a sign-in needs."""
    # In the order of the model's fields, which is how Django takes the values.
    names = ["password", "id", "project_id", "is_active"]
    return User.from_db("default", names, [password, number, connection.project_id, is_active])


def is_compatible(identity: KnownIdentity, claims: Claims) -> bool:
    """Whether an identity found by a key can belong to the person with this subject.

    In the same namespace, another subject is another person. In another namespace it is not: the
    administrator has moved the app to another account at the provider.
    """
    same_space = identity.namespace == claims.namespace
    return not (claims.subject and same_space and identity.subject != claims.subject)


def is_named_by_key(identity: KnownIdentity, claims: Claims) -> bool:
    """Whether the identity is stored under a key of these claims, not under a subject."""
    return (identity.namespace, identity.subject) in claims.keys


def find_refusal(people: Iterable[User]) -> SignInFailed | None:
    """Return the failure for the first blocked user, or None."""
    blocked = next((each for each in people if not each.is_active), None)
    if blocked is None:
        return None
    failure = SignInFailed("person_inactive")
    failure.person = blocked.pk
    return failure


def merge_users(person: User, *, into: User) -> None:
    """Merge two end users who are one person according to the provider.

    A sign-in without a unionid may have created a second account, known only by an openid.
    """
    Identity.objects.filter(user=person).update(user=into)
    SignIn.objects.filter(user=person).update(user=into)
    # Applications know the account under an id that is gone now.
    end_sessions_of(person)
    person.delete()


def create_user(connection: Connection, claims: Claims) -> User:
    """Create the end user and their identity."""
    user = User(project=connection.project, last_login=timezone.now(), **user_fields(claims))
    user.set_unusable_password()
    user.save(force_insert=True)
    namespace, subject = claims.primary
    identity = Identity.objects.create(
        project=connection.project,
        user=user,
        connection=connection,
        namespace=namespace,
        subject=subject,
    )
    IdentityKey.objects.bulk_create(
        IdentityKey(identity=identity, project=connection.project, namespace=space, value=value)
        for space, value in claims.keys
    )
    return user


def update_identity(connection: Connection, known: KnownIdentity, claims: Claims) -> None:
    """Update user, identity and keys from the claims, in one statement."""
    # An identity known by a key alone gets the subject.
    namespace, subject = (
        (claims.namespace, claims.subject) if claims.subject else (known.namespace, known.subject)
    )
    with database.cursor() as cursor:
        cursor.execute(
            UPDATE_SQL,
            {
                **user_fields(claims),
                **key_parameters(connection, claims),
                "now": timezone.now(),
                "user": known.person.pk,
                "identity": known.id,
                "namespace": namespace,
                "subject": subject,
                "connection": connection.pk,
            },
        )


def user_fields(claims: Claims) -> dict[str, Any]:
    """Return the fields of a user that come from the claims."""
    return {
        "name": claims.name,
        "picture": claims.picture,
        "address": claims.address,
        "address_verified": claims.address_verified,
    }


def key_parameters(connection: Connection, claims: Claims) -> dict[str, Any]:
    """Return the SQL parameters for the keys of the claims."""
    return {
        "project": connection.project_id,
        "namespaces": [namespace for namespace, _value in claims.keys],
        "values": [value for _namespace, value in claims.keys],
    }
