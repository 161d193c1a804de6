"""A reader of QR codes for tests: an undamaged picture of version 1 to 5, level L, bytes only.

ISO/IEC 18004: format information beside the finders, eight masks, codewords in a zigzag of
columns from the right, then four bits of mode, eight of length, and the text.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

Matrix = list[list[int]]

MASKS = [
    lambda r, c: (r + c) % 2 == 0,
    lambda r, c: r % 2 == 0,
    lambda r, c: c % 3 == 0,
    lambda r, c: (r + c) % 3 == 0,
    lambda r, c: (r // 2 + c // 3) % 2 == 0,
    lambda r, c: r * c % 2 + r * c % 3 == 0,
    lambda r, c: (r * c % 2 + r * c % 3) % 2 == 0,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2 == 0,
]
BYTE_MODE = 0b0100
LEVEL_L = 0b01
NO_FILTER, UP_FILTER = 0, 2


def decode(png: bytes) -> str:
    """The text of a QR code, read from its picture."""
    matrix = _modules(_pixels(png))
    level, mask = _format(matrix)
    assert level == LEVEL_L
    bits = [matrix[r][c] ^ MASKS[mask](r, c) for r, c in _data_path(len(matrix))]
    assert _number(bits[:4]) == BYTE_MODE
    length = _number(bits[4:12])
    octets = (bits[start : start + 8] for start in range(12, 12 + 8 * length, 8))
    return bytes(_number(octet) for octet in octets).decode()


def _pixels(png: bytes) -> Matrix:
    """The dark pixels of a one-bit greyscale PNG."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    position = 8
    while position < len(png):
        (length,) = struct.unpack_from(">I", png, position)
        kind = png[position + 4 : position + 8]
        chunks[kind] = chunks.get(kind, b"") + png[position + 8 : position + 8 + length]
        position += length + 12
    width, height, depth = struct.unpack_from(">IIB", chunks[b"IHDR"])
    assert depth == 1
    raw, stride = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8 + 1
    lines = _unfiltered(raw[y * stride : (y + 1) * stride] for y in range(height))
    return [[1 - (line[x // 8] >> (7 - x % 8) & 1) for x in range(width)] for line in lines]


def _unfiltered(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a picture that uses no filter, or the one that tells changes from above."""
    above = b""
    for filtered in lines:
        line = filtered[1:]
        if filtered[0] == UP_FILTER:
            line = bytes((new + old) % 256 for new, old in zip(line, above, strict=True))
        else:
            assert filtered[0] == NO_FILTER
        yield line
        above = line


def _modules(pixels: Matrix) -> Matrix:
    """One value per module, without the quiet zone."""
    dark_rows = [y for y, line in enumerate(pixels) if any(line)]
    first, last = dark_rows[0], dark_rows[-1]
    # The top of the left finder is seven dark modules in a row.
    run = pixels[first][first:].index(0) // 7
    return [line[first : last + 1 : run] for line in pixels[first : last + 1 : run]]


def _format(matrix: Matrix) -> tuple[int, int]:
    around_finder = [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [
        (r, 8) for r in (7, 5, 4, 3, 2, 1, 0)
    ]
    value = _number([matrix[r][c] for r, c in around_finder]) ^ 0b101010000010010
    return value >> 13, value >> 10 & 0b111


def _data_path(size: int) -> Iterator[tuple[int, int]]:
    """The places of the data modules in reading order."""
    upwards = True
    # The vertical timing column is skipped, so that the columns left of it pair up anew.
    for right in (c - (c <= 6) for c in range(size - 1, 0, -2)):
        rows = range(size - 1, -1, -1) if upwards else range(size)
        for row in rows:
            for column in (right, right - 1):
                if not _is_function(row, column, size):
                    yield row, column
        upwards = not upwards


def _is_function(row: int, column: int, size: int) -> bool:
    finder = (row < 9 and column < 9) or (row < 9 and column >= size - 8)
    finder = finder or (row >= size - 8 and column < 9)
    timing = row == 6 or column == 6
    alignment = size > 21 and abs(row - (size - 7)) <= 2 and abs(column - (size - 7)) <= 2
    return finder or timing or alignment


def _number(bits: list[int]) -> int:
    return int("".join(str(int(bit)) for bit in bits), 2)
