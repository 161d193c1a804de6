"""Calls to other servers while a form is checked: few forms at a time, and little time for each.

A form can name any server, including one that answers slowly or never. The first call takes a slot
of the concurrency limiter and starts the deadline; later calls for the same form share both.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack
from contextvars import ContextVar
from uuid import UUID

from core.http import client as http_client
from core.http import resolver
from core.limits.concurrency import FORMS, LimiterFull, limiter
from core.postgresql.release import release_db_connection

# The cause of the failure where too many forms are being checked: connections/values/failures.py.
BUSY = "checks_busy"


class FormCalls:
    """The calls for one form."""

    def __init__(self, project_id: UUID, fixed_hosts: frozenset[str], held: ExitStack) -> None:
        self._project_id = project_id
        self._fixed_hosts = fixed_hosts
        self._resources = held
        self._has_begun = False
        self._was_refused = False

    def begin(self) -> None:
        """Hold a slot, a deadline and a lookup limit until the form is checked."""
        if self._has_begun:
            return
        if self._was_refused:
            raise http_client.RequestFailed(BUSY)
        try:
            self._resources.enter_context(limiter.acquire(self._project_id, FORMS))
        except LimiterFull:
            # The form's other fields must not queue again.
            self._was_refused = True
            raise http_client.RequestFailed(BUSY) from None
        self._resources.enter_context(http_client.deadline())
        self._resources.enter_context(
            resolver.on_behalf_of(self._project_id, fixed_hosts=self._fixed_hosts)
        )
        self._has_begun = True


_calls: ContextVar[FormCalls] = ContextVar("form_calls")


@contextlib.contextmanager
def allow_calls(project_id: UUID, *, fixed_hosts: frozenset[str]) -> Iterator[None]:
    """Let the checks of a form in the block call other servers."""
    with ExitStack() as held:
        token = _calls.set(FormCalls(project_id, fixed_hosts, held))
        try:
            yield
        finally:
            _calls.reset(token)


def begin_call() -> None:
    """Prepare for a call to another server; raises RequestFailed if too many forms are waiting.

    Every form check must call this before it calls a server, and only within `allowed`.
    """
    release_db_connection()
    _calls.get().begin()
