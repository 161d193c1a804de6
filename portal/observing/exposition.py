"""Prometheus reads the counts of all processes at an address of its own, never at ours.

One of the workers answers there. When it ends, another takes the address within a second.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from portal.observing.folder import alone_in
from portal.observing.metrics import tell_build
from portal.observing.sampling import sample

EVERY_SECONDS = 1.0

log = logging.getLogger("menkou.metrics")


class OfAllProcesses(Collector):
    """The counts of every process of this server, living or dead, added up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def collect(self) -> Iterable[Metric]:
        """Return them as they are at this moment."""
        with alone_in(self.folder):
            return list(MultiProcessCollector(None, str(self.folder)).collect())  # type: ignore[no-untyped-call]


def show(address: tuple[str, int], folder: Path) -> None:
    """Begin to sample this process and, where no other one does, to answer at the address."""
    threading.Thread(
        target=show_for_ever, args=[address, folder], name="metrics", daemon=True
    ).start()


def show_for_ever(address: tuple[str, int], folder: Path) -> None:
    """Sample every second; take the address as soon as it is free."""
    tell_build()
    registry = CollectorRegistry()
    registry.register(OfAllProcesses(folder))
    answering = False
    pause = threading.Event()
    while True:
        sample()
        answering = answering or take(address, registry)
        pause.wait(EVERY_SECONDS)


def take(address: tuple[str, int], registry: CollectorRegistry) -> bool:
    """Answer at the address from now on, if nobody does; return whether we do."""
    host, port = address
    try:
        start_http_server(port, host, registry)
    except OSError:
        return False
    return True
