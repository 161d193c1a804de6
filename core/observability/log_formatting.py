"""Formats log lines, without secrets.

JSON for machines that collect them, or lines for people who develop (MENKOU_LOG_FORMAT).
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from core.observability.request_context import current_request, request_id
from core.observability.scrubbing import scrub_fields, scrub_text

# Fields that are created here or validated earlier, and so need no scrubbing.
SAFE_FIELDS = frozenset(
    {
        "time",
        "level",
        "logger",
        "request_id",
        "project",
        "connection",
        "outcome",
        "cause",
        "reference",
    }
)


class ScrubFilter(logging.Filter):
    """Removes secrets from a record and its arguments, for all handlers."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = scrub_text(format_message(str(record.msg), record.args))
        record.args = None
        return True


class LineFormatter(logging.Formatter):
    """Formats a record as JSON or as a text line."""

    def __init__(self, log_format: str) -> None:
        super().__init__()
        self.format_fields = format_json if log_format == "json" else format_line

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; fields and tracebacks are scrubbed because they may quote input."""
        fields = {**record_fields(record), **request_fields(), **getattr(record, "fields", {})}
        if record.stack_info:
            fields["stack_info"] = record.stack_info
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return self.format_fields(scrub_fields(fields, except_for=SAFE_FIELDS))


def record_fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return the time, level, logger and message of a record."""
    at = datetime.fromtimestamp(record.created, UTC)
    return {
        "time": at.isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": format_message(str(record.msg), record.args),
    }


def format_message(words: str, arguments: Any) -> str:
    """Return the words with their arguments."""
    try:
        return words % arguments if arguments else words
    except (TypeError, ValueError, KeyError):
        # A wrong placeholder must not break the request that logs it.
        return words


def request_fields() -> dict[str, Any]:
    """Return fields of the current request, without the query string, which contains codes."""
    fields: dict[str, Any] = {}
    if request_id.get():
        fields["request_id"] = request_id.get()
    request = current_request.get()
    if request is not None:
        fields["method"], fields["path"] = request.method or "", request.path
        project = getattr(request, "project", None)
        if project is not None:
            fields["project"] = project.slug
        match = request.resolver_match
        if match is not None and "alias" in match.kwargs:
            fields["connection"] = match.kwargs["alias"]
    return fields


def format_json(event: dict[str, Any]) -> str:
    """Return one line of JSON; JSON escapes line breaks inside values."""
    return json.dumps(event, ensure_ascii=False, default=str)


def format_line(event: dict[str, Any]) -> str:
    """Return a text line: time, level, logger, request id, message, fields; then a traceback."""
    trace = event.pop("exception", "")
    head = [event.pop(name) for name in ("time", "level", "logger")]
    request_id = event.pop("request_id", "-")
    words = event.pop("event")
    fields = [f"{name}={quote_if_needed(value)}" for name, value in event.items()]
    line = " ".join([head[0], head[1].upper(), head[2], f"[{request_id}]", words, *fields])
    return f"{line}\n{trace}" if trace else line


def quote_if_needed(value: Any) -> str:
    """Return the value, quoted if it is empty or contains spaces or unprintable characters."""
    word = str(value)
    return word if word.isprintable() and word and " " not in word else repr(word)
