"""The job that checks connections and tells owners about those that fail or have recovered."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import connections as databases
from django.db import transaction
from procrastinate.contrib.django import app

from connections.checking.results import store_result
from connections.checking.schedule import claim_due_connection
from connections.checking.state import apply_scheduled_check
from connections.configured import known_definition
from connections.models import CheckedValues, Connection
from portal.connections.checking.notices import notify_owners
from signin.checking.run import check_live

# Checks that run at once, so that a provider that hangs holds up none of the others.
THREADS = 4
# After this time no further check is begun; what is left is done a minute later. A worker that is
# asked to stop waits for the checks that run.
SECONDS = 15.0

log = logging.getLogger("menkou.jobs")


class ChecksFailed(Exception):
    """Some checks ended with an error of ours; the log names it."""


@app.periodic(cron="* * * * *")
@app.task(
    name="connections.check",
    queueing_lock="connections.check",
    lock="connections.check",
    priority=-10,
)
def check_due_connections(timestamp: int) -> None:
    """Check the connections that are due, several at once.

    Raises ChecksFailed at the end if that failed for some of them.
    """
    ends = time.monotonic() + SECONDS
    with ThreadPoolExecutor(THREADS, thread_name_prefix="check") as pool:
        found = [pool.submit(check_until, ends) for _number in range(THREADS)]
    failed = sum(each.result() for each in found)
    if failed:
        raise ChecksFailed(f"{failed} connections")


def check_until(ends: float) -> int:
    """Check one connection after the other until none is due; return how many failed."""
    failed = 0
    try:
        while time.monotonic() < ends:
            connection = claim_due_connection()
            if connection is None:
                break
            failed += not check_one(connection)
    finally:
        databases.close_all()
    return failed


def check_one(connection: Connection) -> bool:
    """Check a connection as the schedule does; return False after an error of ours.

    One connection never keeps others from being checked.
    """
    try:
        if known_definition(connection) is None:
            return True
        scheme = "https" if settings.PRODUCTION else "http"
        steps = check_live(connection, scheme=scheme, own_host=False)
        with transaction.atomic():
            change = apply_scheduled_check(connection, steps)
            if change is not None:
                notify_owners(change)
            store_result(connection, steps, checked=CheckedValues.LIVE, person=None)
    except Exception as error:
        # A database error may quote values.
        log.error("Connection %s was not checked: %s", connection.pk, type(error).__name__)
        return False
    return True
