"""Log lines: what happened, in which request, and never a secret.

JSON for machines that collect them, or lines for people who develop (MENKOU_LOG_FORMAT).
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.typing import EventDict

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


def formatter(log_format: str) -> logging.Formatter:
    """Return what makes a line of a record."""
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            origin,
            asked,
            details,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_secrets,
            as_json if log_format == "json" else as_line,
        ],
        use_get_message=False,
        pass_foreign_args=True,
    )


def origin(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Begin with when, how bad, who says it, and what happened."""
    record: logging.LogRecord = event["_record"]
    at = datetime.fromtimestamp(record.created, UTC)
    return {
        "time": at.isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        **event,
        "event": message(str(record.msg), event.pop("positional_args", ())),
    }


def message(words: str, arguments: Any) -> str:
    """Return the words with their arguments."""
    try:
        return words % arguments if arguments else words
    except (TypeError, ValueError, KeyError):
        # A wrong placeholder is a fault of the line, and not of the request that wrote it.
        return words


def asked(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Add in which request that was, without the query: it holds codes."""
    event.pop("positional_args", None)
    if request_id.get():
        event["request_id"] = request_id.get()
    request = current.get()
    if request is not None:
        event["method"], event["path"] = request.method or "", request.path
        project = getattr(request, "project", None)
        if project is not None:
            event["project"] = project.slug
        match = request.resolver_match
        if match is not None and "alias" in match.kwargs:
            event["connection"] = match.kwargs["alias"]
    return event


def details(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Add the fields that the line was given: `extra={"fields": {…}}`."""
    event.update(getattr(event["_record"], "fields", {}))
    return event


def without_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Scrub every field, traces included."""
    return scrubbed_fields(event, but=OF_OUR_OWN)


def as_json(_logger: Any, _method: str, event: EventDict) -> str:
    """One line of JSON; a line break inside a value cannot begin another line."""
    return json.dumps(event, ensure_ascii=False, default=str)


def as_line(_logger: Any, _method: str, event: EventDict) -> str:
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
