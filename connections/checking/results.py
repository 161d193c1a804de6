"""The stored results of checks."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from connections.checking.locks import lock_against_changes
from connections.checking.steps import CheckStep, overall_verdict
from connections.models import CheckedValues, CheckResult, Connection
from projects.models import User


@transaction.atomic
def store_result(
    connection: Connection,
    steps: Sequence[CheckStep],
    *,
    checked: CheckedValues,
    person: User | None,
) -> CheckResult | None:
    """Store a check. Returns None if the connection was deleted meanwhile.

    Without a person it was a scheduled one. Of scheduled checks in a row with the same verdict the
    last is kept.
    """
    verdict = overall_verdict(steps)
    changed_at = lock_against_changes(connection)
    if changed_at is None:
        return None
    revision = None
    if checked == CheckedValues.LIVE and changed_at == connection.updated_at:
        revision = connection.revisions.values_list("number", flat=True).first()
    if person is None:
        last = CheckResult.objects.filter(connection=connection, is_scheduled=True).first()
        if last is not None and last.verdict == verdict:
            last.delete()
    return CheckResult.objects.create(
        connection=connection,
        person=person,
        is_scheduled=person is None,
        checked=checked,
        revision=revision,
        verdict=verdict,
        steps=[each.as_json() for each in steps],
    )


def latest_results(connection: Connection) -> list[CheckResult]:
    """Return the latest check by a person and the latest scheduled one, the newer first."""
    checks = CheckResult.objects.filter(connection=connection).select_related("person")
    latest = checks.order_by("is_scheduled", "-id").distinct("is_scheduled")
    return sorted(latest, key=lambda each: each.at, reverse=True)
