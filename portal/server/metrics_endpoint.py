"""The endpoint for Prometheus, on its own address, with the metrics of all processes.

One of the workers listens there. When it ends, another one takes over within a second.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from django.db import DatabaseError
from django.db import connection as database
from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from core.jobs.state import read_queue_state
from core.observability.metrics import set_build_info
from core.observability.metrics_folder import lock_folder
from portal.server.process_metrics import sample_process

SAMPLE_SECONDS = 1.0

log = logging.getLogger("menkou.metrics")


class AllProcessesCollector(Collector):
    """The metrics of all processes of this server, running or ended, added up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def collect(self) -> Iterable[Metric]:
        """Return the current metrics."""
        with lock_folder(self.folder):
            return list(MultiProcessCollector(None, str(self.folder)).collect())  # type: ignore[no-untyped-call]


class JobsCollector(Collector):
    """Metrics of the job queue, shared by all machines; empty while the database is away."""

    def collect(self) -> Iterable[Metric]:
        """Return the metrics from the database."""
        try:
            state = read_queue_state()
        except DatabaseError:
            return []
        finally:
            database.close()
        jobs = GaugeMetricFamily(
            "menkou_jobs", "Jobs that wait, run or have failed.", labels=["task", "state"]
        )
        for labels, count in state.jobs.items():
            jobs.add_metric(labels, count)
        oldest = GaugeMetricFamily(
            "menkou_jobs_oldest_seconds",
            "Age of the oldest job that is not done.",
            value=state.oldest_seconds,
        )
        workers = GaugeMetricFamily(
            "menkou_job_workers", "Workers that carry out jobs.", value=state.workers
        )
        return [jobs, oldest, workers]

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering the collector runs no query."""
        return []


def start_metrics_thread(address: tuple[str, int], folder: Path) -> None:
    """Start the thread that samples this process and tries to listen on the address."""
    threading.Thread(
        target=run_metrics_loop, args=[address, folder], name="metrics", daemon=True
    ).start()


def run_metrics_loop(address: tuple[str, int], folder: Path) -> None:
    """Sample every second, and listen on the address as soon as it is free."""
    set_build_info()
    registry = CollectorRegistry()
    registry.register(AllProcessesCollector(folder))
    registry.register(JobsCollector())
    answering = False
    pause = threading.Event()
    while True:
        sample_process()
        answering = answering or try_to_listen(address, registry)
        pause.wait(SAMPLE_SECONDS)


def try_to_listen(address: tuple[str, int], registry: CollectorRegistry) -> bool:
    """Start to listen on the address; return False if it is taken."""
    host, port = address
    try:
        start_http_server(port, host, registry)
    except OSError:
        return False
    return True
