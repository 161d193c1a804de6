"""The worker: a process that carries out jobs until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from django.conf import settings
from procrastinate.app import WorkerOptions
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector

from core.postgresql.direct import connection_parameters

# Jobs wait for other servers most of the time.
CONCURRENCY = 4
# Connections of the queue itself: one for LISTEN comes on top, and one for each running job.
QUEUE_CONNECTIONS = 2
# Behind a pooler that drops notifications, a job waits this long at most.
POLL_SECONDS = 5.0
RECONNECT_SECONDS = 2.0
# Classes of Django that a connection of the library cannot use.
DJANGO_PARAMETERS = ("cursor_factory", "context")
# `menkou healthcheck worker` allows six times as long.
HEARTBEAT_SECONDS = 5.0

OPTIONS: WorkerOptions = {
    "concurrency": CONCURRENCY,
    "fetch_job_polling_interval": POLL_SECONDS,
    # Successful jobs need no record; failed jobs stay until `prune` removes them.
    "delete_jobs": "successful",
    "install_signal_handlers": False,
}

log = logging.getLogger("menkou.jobs")


def run_worker() -> None:
    """Carry out jobs until SIGTERM or SIGINT; jobs that run are finished first."""
    asyncio.run(_run())


async def _run() -> None:
    loop = asyncio.get_running_loop()
    # The default has fewer threads than there are jobs at once where a machine has few cores.
    loop.set_default_executor(ThreadPoolExecutor(max_workers=CONCURRENCY + 4))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("The worker has started")
    beating = asyncio.create_task(_beat(settings.MENKOU_HEARTBEAT_FILE))
    while not stop.is_set():
        await _run_until(stop)
        if not stop.is_set():
            # The library's worker ends when the database has been away for half a minute.
            log.warning("The worker lost the database and tries again")
            await _wait_for_first(stop.wait(), asyncio.sleep(RECONNECT_SECONDS))
    beating.cancel()
    log.info("The worker has stopped")


async def _beat(path: str) -> None:
    """Touch the file as long as the worker's loop runs, also while the database is away."""
    while path:
        try:
            Path(path).touch()
        except OSError as error:
            log.error("%s cannot be written: %s", path, error.strerror)
            return
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def _run_until(stop: asyncio.Event) -> None:
    try:
        with app.replace_connector(_connector()) as connected:
            # Not cancelled: a pool that is cancelled while it opens leaves tasks that never end.
            async with connected.open_async():
                working = asyncio.create_task(connected.run_worker_async(**OPTIONS))
                await _wait_for_first(working, stop.wait())
                # A cancelled worker takes no further job and waits for those that run.
                working.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await working
    except (ConnectorException, psycopg.Error) as error:
        # libpq's message quotes the connection's address.
        log.warning("The queue cannot be reached: %s", type(error).__name__)


def _connector() -> PsycopgConnector:
    # Notifications of new jobs arrive only over a direct connection.
    parameters = {
        name: value
        for name, value in connection_parameters().items()
        if name not in DJANGO_PARAMETERS
    }
    parameters["application_name"] = "menkou worker"
    return PsycopgConnector(kwargs=parameters, min_size=1, max_size=QUEUE_CONNECTIONS)


async def _wait_for_first(*awaitables: object) -> None:
    tasks = [asyncio.ensure_future(each) for each in awaitables]  # type: ignore[call-overload]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks[1:]:
        task.cancel()
