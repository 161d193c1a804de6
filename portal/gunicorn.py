"""How gunicorn serves Menkou; addresses and numbers come from the command line or environment."""

from __future__ import annotations

from typing import Any

from portal import environment

# Not gunicorn's own default, which PORT would open to everybody. A socket that systemd hands over
# goes before it, and so does --bind.
bind = "127.0.0.1:8000"
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
# What a proxy says is believed as far as portal/settings.py says, and there alone: by default
# gunicorn lets whoever comes from this machine set SCRIPT_NAME and PATH_INFO in headers.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# Nobody commands a server but by signals; the socket would need a home folder to lie in.
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"


def on_starting(server: Any) -> None:
    """Refuse to start, in plain words, where the installation is not safe to run."""
    from portal.starting import refuse_unsafe_start

    refuse_unsafe_start()
    # Only now is Django set up.
    from portal.collected import refuse_uncollected

    refuse_uncollected()
