"""Who an end user is: found by what the provider says, created on first sight."""

from __future__ import annotations

from hashlib import sha256

from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet

from connections.claims import Claims
from connections.models import Connection, Identity, IdentityKey
from connections.signin.failures import SignInFailed
from projects.models import User


@transaction.atomic
def recognise(connection: Connection, claims: Claims) -> User:
    """Return the end user whom the claims describe, new or known; raises SignInFailed.

    The subject is asked first, then the further keys; a person known by a key alone gets the
    subject filled in, never a second account.
    """
    lock_person(connection, claims)
    identity = find(connection, claims) or create(connection, claims)
    if not identity.user.is_active:
        raise SignInFailed("person_inactive")
    remember(connection, identity, claims)
    return identity.user


def lock_person(connection: Connection, claims: Claims) -> None:
    """Let two first sign-ins of one person follow each other, until the transaction ends."""
    names = {(claims.namespace, claims.subject), *claims.keys}
    numbers = sorted(
        int.from_bytes(
            sha256(f"{connection.project_id}|{namespace}|{value}".encode()).digest()[:8],
            "big",
            signed=True,
        )
        for namespace, value in names
        if value
    )
    with database.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def find(connection: Connection, claims: Claims) -> Identity | None:
    """Return the identity by its subject, else by a key, brought up to date with the subject."""
    found = find_by_subject(connection, claims)
    by_key = find_by_key(connection, claims)
    if by_key is not None and not agrees(by_key, claims):
        raise SignInFailed("app_moved")
    if found is None and by_key is not None and claims.subject:
        by_key.namespace, by_key.subject = claims.namespace, claims.subject
    return found or by_key


def find_by_subject(connection: Connection, claims: Claims) -> Identity | None:
    """Return the identity that the subject names, if the claims have a subject."""
    if not claims.subject:
        return None
    return identities(connection).filter(namespace=claims.namespace, subject=claims.subject).first()


def find_by_key(connection: Connection, claims: Claims) -> Identity | None:
    """Return the identity that has one of the claims' further keys."""
    for namespace, value in claims.keys:
        identity = (
            identities(connection).filter(keys__namespace=namespace, keys__value=value).first()
        )
        if identity is not None:
            return identity
    return None


def agrees(identity: Identity, claims: Claims) -> bool:
    """Whether an identity found by a key may be the person that the subject names.

    In the same namespace another subject is another person. In another one it is not a
    contradiction: the administrator has said that the app belongs to another account now.
    """
    same_space = identity.namespace == claims.namespace
    return not (claims.subject and same_space and identity.subject != claims.subject)


def create(connection: Connection, claims: Claims) -> Identity:
    """Return the identity of a person seen for the first time, with the end user."""
    user = User(project=connection.project)
    user.set_unusable_password()
    user.save()
    namespace, subject = claims.primary
    return Identity.objects.create(
        project=connection.project,
        user=user,
        connection=connection,
        namespace=namespace,
        subject=subject,
    )


def remember(connection: Connection, identity: Identity, claims: Claims) -> None:
    """Save what this sign-in tells of the person."""
    identity.connection = connection
    identity.claims = claims.kept
    identity.save()
    for namespace, value in claims.keys:
        IdentityKey.objects.update_or_create(
            project=connection.project,
            namespace=namespace,
            value=value,
            defaults={"identity": identity},
        )
    user = identity.user
    user.name, user.picture = claims.name, claims.picture
    user.address, user.address_verified = claims.address, claims.address_verified
    user.save(update_fields=["name", "picture", "address", "address_verified"])


def identities(connection: Connection) -> QuerySet[Identity]:
    """The identities of the connection's project, with their people."""
    return Identity.objects.filter(project=connection.project).select_related("user")
