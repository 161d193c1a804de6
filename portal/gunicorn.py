"""How gunicorn serves Menkou; addresses and numbers come from the command line or environment."""

from __future__ import annotations

import gc
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
# Nobody uses it, and it would lie in the home of whoever starts the server.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Refuse to start, in plain words, where the installation is not safe to run."""
    from portal.starting import refuse_unsafe_start

    refuse_unsafe_start()


def when_ready(server: Any) -> None:
    """Do before the fork what every worker would do for itself, and share the memory of it."""
    from django.conf import settings
    from django.urls import get_resolver

    for urlconf in (settings.ROOT_URLCONF, settings.PROJECT_URLCONF):
        # Its views are imported on the way.
        get_resolver(urlconf).url_patterns  # noqa: B018
    gc.collect()
    # Else each worker's collector writes into every object that it looks at, and so copies the
    # pages that it shared with the others: 15 MB a worker (docs/performance.md).
    gc.freeze()
