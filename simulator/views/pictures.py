"""Pictures of people: a pattern derived from the id."""

from __future__ import annotations

import hashlib
import struct
import zlib
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse

from simulator.endpoints import simulated_endpoint
from simulator.state import simulator

SIZES = {0: 640, 46: 46, 64: 64, 96: 96, 132: 132}
PAPER = bytes((0xEE, 0xF1, 0xF4))
INKS = [bytes.fromhex(ink) for ink in ("3b6ea5", "a5563b", "4f7f52", "7a5aa8", "9a7a1f", "2f7f86")]
CELLS = 5


@simulated_endpoint("avatar")
def avatar(request: HttpRequest, person_id: str, size: int = 0) -> HttpResponse:
    """A square PNG in one of WeChat's sizes. 0 is the largest."""
    with simulator.lock:
        known = person_id in simulator.world.people
    if not known or size not in SIZES:
        raise Http404
    return HttpResponse(pattern(person_id, SIZES[size]), content_type="image/png")


@lru_cache(maxsize=256)
def pattern(text: str, width: int) -> bytes:
    """Return a symmetric pattern of five by five squares, always the same for the same text."""
    digest = hashlib.sha256(text.encode()).digest()
    cell = width // (CELLS + 1)
    margin = (width - CELLS * cell) // 2
    blank = bytes(width)
    rows = [blank] * margin
    for y in range(CELLS):
        inked = (digest[y * 3 + min(x, CELLS - 1 - x)] & 1 for x in range(CELLS))
        line = bytes(margin) + b"".join(bytes([ink]) * cell for ink in inked)
        rows += [line.ljust(width, b"\0")] * cell
    rows += [blank] * (width - len(rows))
    return _png(rows, width, PAPER + INKS[digest[-1] % len(INKS)])


def _png(rows: list[bytes], width: int, palette: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    # Each line of a PNG begins with a filter type. 0 means none.
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
