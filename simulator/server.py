"""The server: gunicorn with one process, because the state is in memory, and with many threads."""

from __future__ import annotations

import os
import socket
import threading
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from simulator.loopback import Application, loopback_only
from simulator.state import simulator

THREADS = 64


class PollingWorker(ThreadWorker):  # type: ignore[misc]
    """A worker that ends held polls when it stops, instead of waiting for them."""

    def init_process(self) -> None:
        """Give kept-alive connections one second at exit, less than the parent waits."""
        self.cfg.set("graceful_timeout", 1)
        # A replacement worker continues with the stored state.
        simulator.resume(simulator.storage)
        super().init_process()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM."""
        _release_idle()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """SIGINT and SIGQUIT."""
        _release_idle()
        super().handle_quit(sig, frame)


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn on an already bound socket."""

    def __init__(self, listener: socket.socket) -> None:
        self._fd = listener.detach()
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings. Its own log would report every harmless disconnection."""
        chosen: dict[str, Any] = {
            "bind": f"fd://{self._fd}",
            "workers": 1,
            "threads": THREADS,
            "worker_class": PollingWorker,
            "graceful_timeout": 3,
            "keepalive": 5,
            "loglevel": "error",
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        """Return the WSGI application for this machine only."""
        os.environ["DJANGO_SETTINGS_MODULE"] = "simulator.settings"
        from django.core.wsgi import get_wsgi_application

        return loopback_only(get_wsgi_application())


def _release_idle() -> None:
    # In its own thread: a signal handler must not wait for a lock.
    threading.Thread(target=simulator.stop).start()
