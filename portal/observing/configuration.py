"""How logging is set up, for Django and for the web server alike."""

from __future__ import annotations

import sys
from typing import Any

FORMATS = ("json", "lines")


def logging_of(*, production: bool, log_format: str) -> dict[str, Any]:
    """Return the configuration: everything to stderr, through one formatter that scrubs."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"scrub": {"()": "portal.observing.lines.Scrub"}},
        "formatters": {"told": {"()": "portal.observing.lines.Lines", "log_format": log_format}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": sys.stderr,
                "formatter": "told",
                "filters": ["scrub"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "INFO" if production else "WARNING"},
        "loggers": {
            "menkou": {"level": "INFO"},
            # Addresses of outgoing calls carry access tokens.
            "urllib3": {"level": "ERROR"},
            # Its words for each try to connect; requests that fail say it in lines of their own.
            "psycopg.pool": {"level": "ERROR"},
            # The line of the request says what was refused; a trace for each would let strangers
            # fill the log.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.security.RequestDataTooBig": {"level": "CRITICAL"},
            "django.security.TooManyFieldsSent": {"level": "CRITICAL"},
            "django.security.TooManyFilesSent": {"level": "CRITICAL"},
            "django.request": {"level": "ERROR"},
            # The server's words quote addresses, which carry codes, so they are scrubbed as well.
            "gunicorn.error": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        },
    }
