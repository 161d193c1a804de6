"""The logging configuration of Django and gunicorn."""

from __future__ import annotations

import sys
from typing import Any

FORMATS = ("json", "lines")


def logging_config(*, production: bool, log_format: str) -> dict[str, Any]:
    """Return the LOGGING setting: everything goes to stderr, scrubbed."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"scrub": {"()": "core.observability.log_formatting.ScrubFilter"}},
        "formatters": {
            "lines": {
                "()": "core.observability.log_formatting.LineFormatter",
                "log_format": log_format,
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": sys.stderr,
                "formatter": "lines",
                "filters": ["scrub"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "INFO" if production else "WARNING"},
        "loggers": {
            "menkou": {"level": "INFO"},
            # It logs URLs, which contain access tokens.
            "urllib3": {"level": "ERROR"},
            # It logs codes and refresh tokens at lower levels.
            "oauthlib": {"level": "ERROR"},
            # It writes the arguments of every job that starts and ends.
            "procrastinate": {"level": "ERROR"},
            # It repeats the worker's messages, with a traceback.
            "procrastinate.utils": {"level": "CRITICAL"},
            # It logs every attempt to connect; failed requests have their own log lines.
            "psycopg.pool": {"level": "ERROR"},
            # The access log has these. A traceback for each would let strangers fill the log.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.security.RequestDataTooBig": {"level": "CRITICAL"},
            "django.security.TooManyFieldsSent": {"level": "CRITICAL"},
            "django.security.TooManyFilesSent": {"level": "CRITICAL"},
            "django.request": {"level": "ERROR"},
            # Its messages quote URLs, which contain codes, so they are scrubbed as well.
            "gunicorn.error": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        },
    }
