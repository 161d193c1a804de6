"""Revisions: a complete copy of each published state, secrets included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from connections.models import Connection, Revision, RevisionSecret
from connections.secrets import copied_columns, fingerprints
from core.keyring.canary import sealing_key
from projects.models import User


def ensure_revision(connection: Connection) -> None:
    """Make sure that the live values have a revision, before they are replaced.

    They have none if another release of the program, or a script, saved them.
    """
    latest = connection.revisions.prefetch_related("secrets").first()
    if latest is None or not are_equal(revision_state(latest), live_state(connection)):
        record_revision(connection, actor=connection.updated_by, published_at=connection.updated_at)


def record_revision(
    connection: Connection,
    *,
    actor: User | None,
    restores: int | None = None,
    published_at: Any = None,
) -> Revision:
    """Copy the live values to a new revision. Call it while the connection is locked."""
    # Copies are counted before a key is dropped.
    sealing_key()
    latest = connection.revisions.first()
    revision = Revision.objects.create(
        connection=connection,
        number=latest.number + 1 if latest else 1,
        labels=connection.labels,
        settings=connection.settings,
        published_at=published_at or timezone.now(),
        published_by=actor,
        restores=restores,
    )
    live = list(connection.secrets.all())
    RevisionSecret.objects.bulk_create(
        RevisionSecret(revision=revision, field=each.field, **copied_columns(each)) for each in live
    )
    mark_replaced(connection, fingerprints(live))
    return revision


def mark_replaced(connection: Connection, live: Mapping[str, str]) -> None:
    """Note which secrets are no longer live, given the fingerprints of those that are."""
    secrets = RevisionSecret.objects.filter(revision__connection=connection)
    live_again, replaced = [], []
    for each in secrets.only("field", "fingerprint", "replaced_at"):
        is_live = live.get(each.field) == each.fingerprint
        if is_live and each.replaced_at:
            live_again.append(each.pk)
        elif not is_live and not each.replaced_at:
            replaced.append(each.pk)
    secrets.filter(pk__in=live_again).update(replaced_at=None)
    secrets.filter(pk__in=replaced).update(replaced_at=timezone.now())


def find_revision(connection: Connection, number: int) -> Revision | None:
    """Return the revision of this number, or None."""
    return (
        connection.revisions.filter(number=number)
        .select_related("published_by")
        .prefetch_related("secrets")
        .first()
    )


def live_state(connection: Connection) -> dict[str, Any]:
    """Return the live values as revisions record them: without the switch."""
    return recorded_state(
        connection.labels, connection.settings, fingerprints(connection.secrets.all())
    )


def revision_state(revision: Revision) -> dict[str, Any]:
    """Return the values of a revision, secrets as fingerprints."""
    return recorded_state(revision.labels, revision.settings, fingerprints(revision.secrets.all()))


def recorded_state(
    labels: Mapping[str, str], settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> dict[str, Any]:
    """Return values by the names that the history has for them."""
    return {
        **settings,
        **{f"label.{language}": label for language, label in labels.items()},
        **{f"secret.{field}": value for field, value in secrets.items()},
    }


def are_equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two states have the same values.

    A field that is empty or off counts as one that is missing, as an older release saved it.
    """
    first, second = ({name: each[name] for name in each if each[name]} for each in (one, other))
    return first == second
