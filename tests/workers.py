"""Workers as they are deployed, over the database of the test."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection as database

from portal.devtools.child_environments import plain_environment
from portal.devtools.folders import ROOT
from portal.devtools.processes import wait_until

SECONDS = 60.0


@dataclass
class Worker:
    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=SECONDS)


def environment(**given: str) -> dict[str, str]:
    there = database.settings_dict
    address = f"{there['HOST']}:{there['PORT']}/{there['NAME']}"
    return {
        **plain_environment(),
        "DATABASE_URL": f"postgres://{there['USER']}:{there['PASSWORD']}@{address}",
        "MENKOU_ENV": "test",
        "MENKOU_KEYSET_FILE": settings.MENKOU_KEYSET_FILE,
        "MENKOU_PORTAL_HOST": settings.MENKOU_PORTAL_HOST,
        "MENKOU_PROJECT_DOMAIN": settings.MENKOU_PROJECT_DOMAIN,
        "SECRET_KEY": settings.SECRET_KEY,
        **given,
    }


@contextmanager
def running_workers(folder: Path, number: int = 1, **given: str) -> Iterator[list[Worker]]:
    """Start workers and wait until they are up; stop what still runs in the end."""
    started: list[Worker] = []
    with ExitStack() as stack:
        for _number in range(number):
            log = folder / f"worker-{len(list(folder.iterdir()))}.log"
            output = stack.enter_context(log.open("wb"))
            process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT,
                env=environment(**given),
                stdout=output,
                stderr=output,
            )
            started.append(Worker(process, log))
            stack.callback(process.wait, timeout=SECONDS)
            stack.callback(process.kill)
        for worker in started:
            assert wait_until(lambda worker=worker: "has started" in worker.said(), seconds=SECONDS)
        yield started


def clear_queue() -> None:
    """Remove all jobs: their tables are not Django's, so no test empties them."""
    with database.cursor() as cursor:
        cursor.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,"
            " procrastinate_workers"
        )


def jobs(task: str) -> list[tuple[str, int]]:
    """Return the state and the number of attempts of a task's jobs."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT status::text, attempts FROM procrastinate_jobs WHERE task_name = %s", [task]
        )
        return list(cursor.fetchall())


def let_time_pass() -> None:
    """Have everything due now, and every worker silent for a minute.

    Those that live say so within ten seconds, and their jobs are theirs until somebody looks.
    """
    with database.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
        )
        cursor.execute("TRUNCATE procrastinate_periodic_defers")
