"""The request that this thread is answering, for whoever tells of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.http import HttpRequest

# Never taken back: Django logs an answer after all middlewares, and the next request of this
# thread brings values of its own.
request_id: ContextVar[str] = ContextVar("request_id", default="")
current: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)

WELL_FORMED = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{7,63}")


def begin(environ: Mapping[str, Any], request: HttpRequest | None) -> str:
    """Make it the request of this thread; return the id that its lines and its answer carry.

    An id that came with it counts only where a proxy of ours has let it through.
    """
    given: str = environ.get("HTTP_X_REQUEST_ID", "")
    if not (settings.ALLAUTH_TRUSTED_PROXY_COUNT and WELL_FORMED.fullmatch(given)):
        given = secrets.token_hex(8)
    request_id.set(given)
    current.set(request)
    return given
