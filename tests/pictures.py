"""Small pictures, as people upload them. All of them have 64 × 40 pixels unless asked otherwise."""

from __future__ import annotations

import struct
from base64 import b64decode
from zlib import compress, crc32

SIDES = (64, 40)
TRANSPARENT = (0, 0, 0, 0)

# Made with Chromium's canvas.
JPEG = b64decode(
    "/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeF"
    "xlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
    "Y2NjY2P/wAARCAAoAEADASIAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAAAAYHBQT/xAAmEAEAAAANBQAAAAAAAA"
    "AAAAAAAQUGERITFkRkgqPC4RUjQlFh/8QAGQEBAQADAQAAAAAAAAAAAAAAAAEDBAUC/8QAHhEBAAEEAwEBAAAAAAAA"
    "AAAAAAECAwQREhMhUaH/2gAMAwEAAhEDEQA/APMDSXmIcPHx+7futM2GkpuV90z7V0y3sPromvl+JoBGiAANJZspbW"
    "YLV4WG9h3qLfLnPxSJuV90z7S1mC1eHNjiNuqVPYqqul50p55vkHomWfIyLVdqaaZ9cwBHKAAAAAAAAAAf/9k="
)
WEBP_LOSSY = b64decode(
    "UklGRoAAAABXRUJQVlA4WAoAAAAQAAAAPwAAJwAAQUxQSBsAAAABDzD/ERFCTdsGTBmUP9oA6Lgj+j8BygefUx8AVl"
    "A4ID4AAACwAwCdASpAACgAPsFGn0uno6KhtV34APAYCWkAAIohPB18ywNFAAD+7h///oI//0Ab//niB1/bFmVf9sRA"
    "AA=="
)
WEBP_LOSSLESS = b64decode(
    "UklGRlAAAABXRUJQVlA4WAoAAAAAAAAAPwAAJwAAVlA4TDEAAAAvP8AJAA/wKtX5v1nm/EcaFLVtA5lB+aMtgB3viP"
    "4PBAAAAAAAAACANs8BAAAA5tsBAA=="
)


def png(
    width: int = SIDES[0],
    height: int = SIDES[1],
    color: tuple[int, int, int, int] = (0, 120, 90, 255),
    more: bytes = b"",
) -> bytes:
    """A PNG with a frame of one colour and nothing in it; `more` is put after the header."""
    thickness = max(4, min(width, height) // 4)
    full, hollow = bytes(color) * width, bytes(color) * thickness
    hollow += bytes(TRANSPARENT) * (width - 2 * thickness) + bytes(color) * thickness
    rows = b"".join(
        b"\0" + (hollow if thickness <= y < height - thickness else full) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = chunk(b"IHDR", header) + more + chunk(b"IDAT", compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))


def webp_with(*chunks: tuple[bytes, bytes], flags: int = 0) -> bytes:
    """The lossy WebP with other flags and further chunks."""
    body = WEBP_LOSSY[8:20] + bytes([WEBP_LOSSY[20] | flags]) + WEBP_LOSSY[21:]
    for name, data in chunks:
        body += name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body
