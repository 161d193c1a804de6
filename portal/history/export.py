"""The history as a file: CSV or JSON Lines, with names and values that no language changes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from connections.timeline import CONNECTION_ACTIONS, Entry
from portal.history.filters import ExportFormat
from projects.models import Event

EXPORT_LIMIT = 100_000
# Columns of the CSV and keys of each JSON object; new ones are added at the end.
COLUMNS = (
    "time",
    "record",
    "kind",
    "person",
    "person_id",
    "target",
    "target_id",
    "connection",
    "provider",
    "cause",
    "provider_code",
    "reference",
    "changes",
    "ip_address",
    "user_agent",
    "request_id",
)
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

# Ends of lines for some readers, which JSON lets stand in a text.
LINE_ENDS = {ord(each): f"\\u{ord(each):04x}" for each in "\x85\u2028\u2029"}

Record = dict[str, Any]


def export_lines(batches: Iterable[list[Entry]], file_format: str) -> Iterator[str]:
    """Yield the text of a file, batch by batch, so that memory holds one batch."""
    write = csv_text if file_format == ExportFormat.CSV else json_lines
    if file_format == ExportFormat.CSV:
        # Spreadsheets read UTF-8 only with a byte order mark.
        yield "\ufeff" + csv_row(COLUMNS)
    for batch in batches:
        yield write(map(export_record, batch))


def export_record(entry: Entry) -> Record:
    """Return an entry as values that JSON knows, by column; unknown ones are None."""
    found = record_of_change(entry) if isinstance(entry, Event) else record_of_sign_in(entry)
    return {name: found.get(name) or None for name in COLUMNS}


def record_of_change(event: Event) -> Record:
    """Return a change. Of secrets, events have fingerprints alone."""
    origin = getattr(event, "origin", None)
    found: Record = {
        "time": utc_text(event.at),
        "record": "change",
        "kind": event.action,
        "person": event.actor_name,
        "person_id": str(event.actor_id or ""),
        "target": event.target_name,
        "target_id": event.target_id,
        "connection": event.target_name if event.action in CONNECTION_ACTIONS else "",
        "provider": event.target_type,
        "changes": {
            name: {"old": old, "new": new} for name, (old, new) in sorted(event.changes.items())
        },
    }
    if origin:
        found |= {
            "ip_address": origin.address,
            "user_agent": origin.user_agent,
            "request_id": origin.request_id,
        }
    return found


def record_of_sign_in(sign_in: Any) -> Record:
    """Return a sign-in; its kind names the outcome."""
    return {
        "time": utc_text(sign_in.ended_at),
        "record": "sign-in",
        "kind": f"sign-in:{sign_in.outcome}",
        "person": sign_in.user.shown_name if sign_in.user else "",
        "person_id": str(sign_in.user_id or ""),
        "connection": sign_in.alias,
        "provider": sign_in.provider,
        "cause": sign_in.cause,
        "provider_code": sign_in.provider_code,
        "reference": sign_in.reference,
    }


def utc_text(moment: datetime) -> str:
    """Return a time in UTC, such as 2026-11-22T09:46:12.000000Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def json_lines(records: Iterable[Record]) -> str:
    """Return one JSON object per line."""
    return "".join(f"{json_text(each)}\n" for each in records)


def csv_text(records: Iterable[Record]) -> str:
    """Return the rows of a CSV; objects are JSON in a cell."""
    return "".join(csv_row(map(cell, record.values())) for record in records)


def csv_row(cells: Iterable[str]) -> str:
    """Return a row with its end."""
    row = io.StringIO()
    csv.writer(row).writerow(cells)
    return row.getvalue()


def cell(value: Any) -> str:
    """Return a value for a cell; an apostrophe stands before what would be a formula."""
    text = "" if value is None else value if isinstance(value, str) else json_text(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def json_text(value: Any) -> str:
    """Return JSON on one line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate(LINE_ENDS)
