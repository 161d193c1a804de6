"""How gunicorn serves Menkou; addresses and numbers come from the command line or environment."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings

from portal import environment, loading, starting
from portal.memory import settle, share_one_heap
from portal.observing.folder import bury, make_folder

share_one_heap()

with starting.readable_settings():
    workers = environment.number("MENKOU_WORKERS", default=2, least=1)
    # Some of them always answer everybody else, however slow a provider is: docs/architecture.md.
    threads = environment.number("MENKOU_THREADS", default=64, least=8)
    _metrics_address = environment.address("MENKOU_METRICS_ADDRESS")
starting.read_settings()
# Before the program is loaded, which decides where counts go.
_metrics_folder = make_folder() if _metrics_address else None

# Not gunicorn's own default, which PORT would open to everybody. A socket that systemd hands over
# goes before it, and so does --bind.
bind = "127.0.0.1:8000"
wsgi_app = "portal.wsgi:application"
worker_class = "gthread"
preload_app = True
timeout = 30
graceful_timeout = 10
keepalive = 5
# A request line of ours is far shorter; a code and a state fit many times.
limit_request_line = 4094
limit_request_fields = 50
# What a proxy says is believed as far as portal/settings.py says, and there alone: by default
# gunicorn lets whoever comes from this machine set SCRIPT_NAME and PATH_INFO in headers.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# Nobody commands a server but by signals; the socket would need a home folder to lie in.
control_socket_disable = True
# Its own words are scrubbed as ours are, also after it has read this file again.
logconfig_dict = settings.LOGGING
accesslog = None
errorlog = "-"
loglevel = "warning"


def on_starting(server: Any) -> None:
    """Refuse to start, in plain words, where the installation is not safe to run."""
    starting.refuse_unsafe_start()
    starting.refuse_uncollected_files()
    loading.load_providers()


def when_ready(server: Any) -> None:
    """Leave the counts to the workers, and do before the fork what each would do for itself."""
    if _metrics_folder:
        bury(_metrics_folder, os.getpid())
    loading.load_views()
    settle()


def post_worker_init(worker: Any) -> None:
    """Let Prometheus read the counts, once the worker can answer."""
    if _metrics_address and _metrics_folder:
        from portal.observing.exposition import show

        show(_metrics_address, _metrics_folder)


def child_exit(server: Any, worker: Any) -> None:
    """Keep what a worker counted that is gone."""
    if _metrics_folder:
        bury(_metrics_folder, worker.pid)
