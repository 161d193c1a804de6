"""The request that the current thread handles, for log lines and scrubbing."""

from __future__ import annotations

import logging
import re
import secrets
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.http import HttpRequest

# Never reset: Django logs after all middleware, and the thread's next request sets new values.
request_id: ContextVar[str] = ContextVar("request_id", default="")
current_request: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)

log = logging.getLogger("menkou.requests")
first_warning = threading.Lock()

WELL_FORMED = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{7,63}")


def begin_request(environ: Mapping[str, Any], request: HttpRequest | None) -> str:
    """Set the thread's current request; return its id, for log lines and the response.

    An X-Request-Id header is used only behind a trusted proxy.
    """
    given: str = environ.get("HTTP_X_REQUEST_ID", "")
    if not (settings.ALLAUTH_TRUSTED_PROXY_COUNT and WELL_FORMED.fullmatch(given)):
        given = secrets.token_hex(8)
    request_id.set(given)
    current_request.set(request)
    if "HTTP_X_FORWARDED_FOR" in environ and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        warn_of_uncounted_proxy()
    return given


def warn_of_uncounted_proxy() -> None:
    """Log once per process that there may be a proxy although MENKOU_PROXY_COUNT is 0."""
    if first_warning.acquire(blocking=False):  # and never released
        log.warning(
            "a request carries X-Forwarded-For, and MENKOU_PROXY_COUNT is 0. If a reverse proxy of "
            "yours stands in front, set the count: until then all visitors count as one. If none "
            "does, a client wrote the header, and it is ignored."
        )
