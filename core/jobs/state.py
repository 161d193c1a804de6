"""Counts of jobs in the queue and of running workers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection as database

# A worker writes its heartbeat every ten seconds.
ALIVE_SECONDS = 60

COUNTS = """
SELECT task_name, status::text, count(*) FROM procrastinate_jobs
WHERE status IN ('todo', 'doing', 'failed') GROUP BY task_name, status
"""
OLDEST = """
SELECT COALESCE(EXTRACT(EPOCH FROM now() - min(event.at)), 0)
FROM procrastinate_jobs job JOIN procrastinate_events event ON event.job_id = job.id
WHERE event.type = 'deferred' AND job.status IN ('todo', 'doing')
"""
WORKERS = """
SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)
"""
STATES = {"todo": "waiting", "doing": "running", "failed": "failed"}


@dataclass(frozen=True)
class QueueState:
    """Jobs by task and state, the age of the oldest that is not done, and the workers alive."""

    jobs: dict[tuple[str, str], int]
    oldest_seconds: float
    workers: int


def read_queue_state() -> QueueState:
    """Return the present state."""
    with database.cursor() as cursor:
        cursor.execute(COUNTS)
        jobs = {(task, STATES[status]): count for task, status, count in cursor.fetchall()}
        cursor.execute(OLDEST)
        oldest = float(cursor.fetchone()[0])
    return QueueState(jobs, oldest, count_workers())


def count_workers() -> int:
    """Return how many workers run, on all machines."""
    with database.cursor() as cursor:
        cursor.execute(WORKERS, [ALIVE_SECONDS])
        return int(cursor.fetchone()[0])
