"""How gunicorn serves Menkou; addresses and numbers come from the command line or environment."""

from __future__ import annotations

from typing import Any

from portal import environment

wsgi_app = "portal.wsgi:application"
worker_class = "gthread"
workers = environment.number("MENKOU_WORKERS", default=2, least=1)
# Some of them always answer everybody else, however slow a provider is: docs/architecture.md.
threads = environment.number("MENKOU_THREADS", default=64, least=8)
preload_app = True
timeout = 30
graceful_timeout = 10
keepalive = 5
# A request line of ours is far shorter; a code and a state fit many times.
limit_request_line = 4094
limit_request_fields = 50
accesslog = None
errorlog = "-"
loglevel = "warning"


def on_starting(server: Any) -> None:
    """Refuse to start, in plain words, where the installation is not safe to run."""
    from portal.starting import refuse_unsafe_start

    refuse_unsafe_start()
