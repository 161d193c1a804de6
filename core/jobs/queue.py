"""Adding jobs to the queue in PostgreSQL (docs/decisions/20-jobs.md).

A task lives in the package that owns its subject, in a module that `PROCRASTINATE_IMPORT_PATHS`
names. It may run more than once: a worker that is killed leaves its job to another one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import OperationalError, transaction
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, JobDeferrer, Status
from procrastinate.manager import JobManager
from procrastinate.tasks import Task

from core.jobs import state

# An id has at most 36 characters.
MAX_ARGUMENT_LENGTH = 64
# Jobs of a worker without a heartbeat for this long are given to another worker.
STALLED_SECONDS = 30

log = logging.getLogger("menkou.jobs")

Function = TypeVar("Function", bound=Callable[..., Any])
Argument = str | int


@dataclass(frozen=True)
class Backoff(BaseRetryStrategy):
    """Waits that double from the first one up to the longest one."""

    attempts: int
    first_seconds: int = 10
    longest_seconds: int = 3600

    def seconds_after(self, attempts: int) -> int:
        """Return how long to wait after this many attempts before the one that failed last."""
        return int(min(self.longest_seconds, self.first_seconds * 2 ** min(attempts, 30)))

    def is_last(self, job: Job) -> bool:
        """Whether the job is not tried again if this attempt fails."""
        return job.attempts + 1 >= self.attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again; nothing after the last attempt or a permanent failure."""
        if self.is_last(job) or isinstance(exception, PermanentFailure):
            return None
        return RetryDecision(retry_in={"seconds": self.seconds_after(job.attempts)})


@dataclass(frozen=True)
class FixedWaits(BaseRetryStrategy):
    """A given wait after each attempt that fails."""

    seconds: tuple[int, ...]

    def is_last(self, job: Job) -> bool:
        """Whether the job is not tried again if this attempt fails."""
        return job.attempts >= len(self.seconds)

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again; nothing after the last attempt or a permanent failure."""
        if self.is_last(job) or isinstance(exception, PermanentFailure):
            return None
        return RetryDecision(retry_in={"seconds": self.seconds[job.attempts]})


class PermanentFailure(Exception):
    """The job cannot succeed, however often it is tried."""


def enqueue(task: Task[Any, Any, Any], **arguments: Argument) -> None:
    """Add a job as part of the transaction that is open; without a transaction, at once.

    Arguments are ids and short names. They are stored and logged in clear text, so secrets, links
    and email addresses belong in a sealed row of their own. A task with a queueing lock that is
    in the queue already is not added again.
    """
    for name, value in arguments.items():
        if len(str(value)) > MAX_ARGUMENT_LENGTH:
            raise ValueError(f"{name} is too long for an id: put the data in a row of its own.")
    # Inside a worker the library's own `defer` would leave Django's transaction.
    deferrer = JobDeferrer(job_manager=JobManager(DjangoConnector()), job=task.configure().job)
    try:
        # A database error must not abort the surrounding transaction.
        with transaction.atomic():
            deferrer.defer(**arguments)
    except AlreadyEnqueued:
        return
    except ConnectorException as error:
        raise OperationalError("The job was not added.") from error
    if not state.count_workers():
        log.warning("No worker runs: %s waits until `menkou worker` is started", task.name)


@app.periodic(cron="* * * * *")
@app.task(name="jobs.retry_stalled", queueing_lock="jobs.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Return the jobs of workers that were killed to the queue.

    It takes no lock: a worker killed during this task would hold it for ever.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # The next run of the same schedule is in the queue already.
            await manager.finish_job(job, status=Status.ABORTED, delete_job=True)
        else:
            log.warning("%s was interrupted and is tried again", job.task_name)
