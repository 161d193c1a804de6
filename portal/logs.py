"""Log lines that carry the request's id and never a secret."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime

from portal.middleware import request_id

# The last line of defence: our own code does not log these in the first place.
SECRET = re.compile(
    r"(?i)\b(code|state|secret|client_secret|appsecret|access_token|refresh_token|password|key|token)"
    r"(['\"]?\s*[=:]\s*['\"]?)([^&\s'\",}]+)"
)

# Links of one use: whoever reads one in a log could be the first to use it.
LINK = re.compile(r"(/invitation/link/|/password/reset/key/)[^\s/?'\"]+")


def scrubbed(text: str) -> str:
    """Return the text with the values of secret-looking names, and links of one use, removed."""
    return LINK.sub(r"\1[removed]", SECRET.sub(r"\1\2[removed]", text))


class Scrub(logging.Filter):
    """Removes what looks like a secret from a record, its arguments included."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            # A wrong placeholder is a fault of the line, and not of the request that wrote it.
            message = str(record.msg)
        record.msg = scrubbed(message)
        record.args = None
        return True


class Line(logging.Formatter):
    """One line per record: time, level, logger, request id, message; then a trace, scrubbed."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = f"{at} {record.levelname} {record.name} [{request_id.get() or '-'}] "
        line += record.getMessage()
        if record.exc_info:
            line += "\n" + scrubbed(self.formatException(record.exc_info))
        return line
