"""Whether a connection is failing, from what its checks find (docs/decisions/27-checks.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from connections import events
from connections.checking.locks import lock_against_changes
from connections.checking.steps import AT_OWN_HOST, CheckStep, StepName, find_failed, read_step
from connections.models import CheckedValues, CheckResult, CheckState, Connection, StepVerdict
from projects.audit.log import record_event
from projects.models import Project, User

# Causes of a failed request, which does not show whether the credentials are right.
UNANSWERED = frozenset(
    {
        "private_address",
        "timeout",
        "tls",
        "tls_certificate",
        "tls_expired",
        "tls_host",
        "tls_issuer",
        "unreachable",
    }
)


@dataclass(frozen=True)
class FailingConnection:
    """A connection that is failing, since when, and the step that fails."""

    connection: Connection
    since: datetime
    step: CheckStep


@dataclass(frozen=True)
class Transition:
    """A connection that has started to fail, or has recovered: `step` is what failed."""

    connection: Connection
    has_recovered: bool
    step: CheckStep


def failing_connections(project: Project) -> list[FailingConnection]:
    """Return the project's enabled connections that are failing, by one query."""
    states = CheckState.objects.filter(
        connection__project=project, connection__enabled=True, failing_since__isnull=False
    ).select_related("connection")
    return [
        FailingConnection(each.connection, each.failing_since, read_step(each.failing_step))
        for each in states.order_by("connection__position", "connection__created_at")
        if each.failing_since
    ]


def find_failing(connection: Connection) -> FailingConnection | None:
    """Return since when a connection is failing and why, or None."""
    found = CheckState.objects.filter(connection=connection, failing_since__isnull=False).first()
    if found is None or found.failing_since is None or not connection.enabled:
        return None
    return FailingConnection(connection, found.failing_since, read_step(found.failing_step))


@transaction.atomic
def apply_scheduled_check(connection: Connection, steps: Sequence[CheckStep]) -> Transition | None:
    """Record what a scheduled check found. Returns a transition to tell the owners about.

    Does nothing if the connection was changed or deleted after `connection` was read.
    """
    state = lock_state(connection)
    if state is None:
        return None
    failed = find_failed(steps)
    if failed is None:
        return recover(state, connection, steps)
    if state.failing_since is not None:
        state.failing_step = failed.as_json()
        state.save(update_fields=["failing_step"])
        # Null if the values were changed meanwhile.
        Connection.objects.filter(pk=connection.pk).update(check_failed_at=now())
        return None
    if not is_definite(failed) and state.suspected_step != failed.name:
        state.suspected_step = failed.name
        state.save(update_fields=["suspected_step"])
        return None
    state.suspected_step = ""
    state.failing_since = now()
    state.failing_step = failed.as_json()
    state.save(update_fields=["suspected_step", "failing_since", "failing_step"])
    Connection.objects.filter(pk=connection.pk).update(check_failed_at=now())
    record_event(
        events.CONNECTION_FAILING,
        project=connection.project,
        actor=None,
        actor_name=events.SYSTEM,
        target=connection,
    )
    return Transition(connection, has_recovered=False, step=failed)


@transaction.atomic
def apply_manual_check(
    connection: Connection, steps: Sequence[CheckStep], *, person: User
) -> Transition | None:
    """Record what somebody's check of the live values found. Returns a recovery to tell about.

    Does nothing if the connection was changed or deleted after `connection` was read.
    """
    state = lock_state(connection)
    if state is None:
        return None
    if find_failed(steps) is not None:
        Connection.objects.filter(pk=connection.pk).update(check_failed_at=now())
    elif verdict_at(steps, StepName.CREDENTIALS) != StepVerdict.DOUBTFUL:
        Connection.objects.filter(pk=connection.pk).update(check_failed_at=None)
    scheduled = [each for each in steps if each.name not in AT_OWN_HOST]
    return None if find_failed(scheduled) else recover(state, connection, steps, person=person)


def recover(
    state: CheckState,
    connection: Connection,
    steps: Sequence[CheckStep],
    *,
    person: User | None = None,
) -> Transition | None:
    """Note that nothing failed; return the recovery if the connection was failing.

    A failing connection has recovered only if the step that failed was checked and passes.
    """
    if state.failing_since is None:
        if state.suspected_step:
            state.suspected_step = ""
            state.save(update_fields=["suspected_step"])
        return None
    step = read_step(state.failing_step)
    if verdict_at(steps, step.name) not in {StepVerdict.PASSED, None}:
        return None
    state.failing_since, state.failing_step, state.suspected_step = None, {}, ""
    state.save(update_fields=["failing_since", "failing_step", "suspected_step"])
    if not fails_at_another_step(connection, steps):
        Connection.objects.filter(pk=connection.pk).update(check_failed_at=None)
    record_event(
        events.CONNECTION_RECOVERED,
        project=connection.project,
        actor=person,
        actor_name="" if person else events.SYSTEM,
        target=connection,
    )
    return Transition(connection, has_recovered=True, step=step)


def fails_at_another_step(connection: Connection, steps: Sequence[CheckStep]) -> bool:
    """Whether somebody's last check of the live values failed at a step that has not passed now."""
    last = CheckResult.objects.filter(
        connection=connection, is_scheduled=False, checked=CheckedValues.LIVE
    ).first()
    passed = {str(each.name) for each in steps if each.verdict != StepVerdict.FAILED}
    return last is not None and any(
        each["verdict"] == StepVerdict.FAILED and each["name"] not in passed for each in last.steps
    )


def is_definite(step: CheckStep) -> bool:
    """Whether a failure needs no second one: the provider rejected the credentials."""
    if step.name == StepName.VALUES:
        return True
    return step.name == StepName.CREDENTIALS and step.cause not in UNANSWERED


def verdict_at(steps: Sequence[CheckStep], name: StepName) -> StepVerdict | None:
    """Return the verdict of a step, or None if the check does not have it."""
    return next((each.verdict for each in steps if each.name == name), None)


def lock_state(connection: Connection) -> CheckState | None:
    """Lock the connection's state, or return None if the connection was changed or deleted."""
    if lock_against_changes(connection) != connection.updated_at:
        return None
    CheckState.objects.get_or_create(connection=connection, defaults={"next_at": now()})
    return CheckState.objects.select_for_update().get(connection=connection)
