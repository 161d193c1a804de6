"""gunicorn's configuration; addresses and numbers come from command line and environment."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from gunicorn.http import message

from core.observability.metrics_folder import make_metrics_folder, merge_dead_process
from portal import environment
from portal.server import preflight, preloading
from portal.server.memory import freeze_memory, share_one_heap

share_one_heap()

with preflight.readable_settings():
    workers = environment.number("MENKOU_WORKERS", default=2, least=1)
    # Some always stay free, even if a provider is slow: docs/architecture.md.
    threads = environment.number("MENKOU_THREADS", default=64, least=8)
    _metrics_address = environment.address("MENKOU_METRICS_ADDRESS")
preflight.read_settings()
# Before prometheus_client is imported, which reads the folder's path.
_metrics_folder = make_metrics_folder() if _metrics_address else None

# gunicorn's default would listen on all interfaces if PORT is set. A systemd socket and --bind take
# precedence.
bind = "127.0.0.1:8000"
wsgi_app = "portal.wsgi:application"
worker_class = "gthread"
preload_app = True
timeout = 30
graceful_timeout = 10
keepalive = 5
# A callback with a long code. Codes of more than 16,384 characters get a page of ours.
limit_request_line = 32 * 1024
# gunicorn allows no more than this.
message.MAX_REQUEST_LINE = limit_request_line + 1
limit_request_fields = 50
# Only portal/settings.py decides which proxy headers are trusted: by default gunicorn lets local
# clients set SCRIPT_NAME and PATH_INFO in headers.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# The server is controlled by signals; the control socket would need a home folder.
control_socket_disable = True
# gunicorn's messages are scrubbed like ours, also after a reload of this file.
logconfig_dict = settings.LOGGING
accesslog = None
errorlog = "-"
loglevel = "warning"


def on_starting(server: Any) -> None:
    """Refuse to start with an error message if the installation is not safe."""
    preflight.refuse_unsafe_start()
    preflight.refuse_uncollected_files()
    preloading.load_providers()


def when_ready(server: Any) -> None:
    """Preload the program before the workers are forked, so that they share its memory."""
    if _metrics_folder:
        merge_dead_process(_metrics_folder, os.getpid())
    preloading.load_views()
    preloading.load_authorities()
    freeze_memory()


def post_worker_init(worker: Any) -> None:
    """Start the metrics thread of the worker."""
    if _metrics_address and _metrics_folder:
        from portal.server.metrics_endpoint import start_metrics_thread

        start_metrics_thread(_metrics_address, _metrics_folder)


def child_exit(server: Any, worker: Any) -> None:
    """Keep the counts of a worker that has ended."""
    if _metrics_folder:
        merge_dead_process(_metrics_folder, worker.pid)
