"""Log lines: what happened, in which request, and never a secret.

JSON for machines that collect them, or lines for people who develop (MENKOU_LOG_FORMAT).
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from portal.observing.current import current, request_id
from portal.observing.scrubbing import scrubbed, scrubbed_fields

# Made here, or checked by their shape when the request came.
OF_OUR_OWN = frozenset({"time", "level", "logger", "request_id", "project", "connection"})


class Scrub(logging.Filter):
    """Removes secrets from a record itself, arguments included, for every handler to come."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = scrubbed(message(str(record.msg), record.args))
        record.args = None
        return True


class Lines(logging.Formatter):
    """Makes a line of a record, in one of the two forms."""

    def __init__(self, log_format: str) -> None:
        super().__init__()
        self.as_text = as_json if log_format == "json" else as_line

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, scrubbed as a whole: fields and traces may quote what people sent."""
        told = {**origin(record), **asked(), **getattr(record, "fields", {})}
        if record.stack_info:
            told["stack_info"] = record.stack_info
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return self.as_text(scrubbed_fields(told, but=OF_OUR_OWN))


def origin(record: logging.LogRecord) -> dict[str, Any]:
    """Return when, how bad, who says it, and what happened."""
    at = datetime.fromtimestamp(record.created, UTC)
    return {
        "time": at.isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": message(str(record.msg), record.args),
    }


def message(words: str, arguments: Any) -> str:
    """Return the words with their arguments."""
    try:
        return words % arguments if arguments else words
    except (TypeError, ValueError, KeyError):
        # A wrong placeholder is a fault of the line, and not of the request that wrote it.
        return words


def asked() -> dict[str, Any]:
    """Return in which request that was, without the query: it holds codes."""
    told: dict[str, Any] = {}
    if request_id.get():
        told["request_id"] = request_id.get()
    request = current.get()
    if request is not None:
        told["method"], told["path"] = request.method or "", request.path
        project = getattr(request, "project", None)
        if project is not None:
            told["project"] = project.slug
        match = request.resolver_match
        if match is not None and "alias" in match.kwargs:
            told["connection"] = match.kwargs["alias"]
    return told


def as_json(event: dict[str, Any]) -> str:
    """One line of JSON; a line break inside a value cannot begin another line."""
    return json.dumps(event, ensure_ascii=False, default=str)


def as_line(event: dict[str, Any]) -> str:
    """For people: time, level, logger, request id, message, fields; then a trace."""
    trace = event.pop("exception", "")
    head = [event.pop(name) for name in ("time", "level", "logger")]
    asked_as = event.pop("request_id", "-")
    words = event.pop("event")
    fields = [f"{name}={in_one_word(value)}" for name, value in event.items()]
    line = " ".join([head[0], head[1].upper(), head[2], f"[{asked_as}]", words, *fields])
    return f"{line}\n{trace}" if trace else line


def in_one_word(value: Any) -> str:
    """Return the value, quoted where it would not stay one word of one line."""
    word = str(value)
    return word if word.isprintable() and word and " " not in word else repr(word)
