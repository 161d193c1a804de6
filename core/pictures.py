"""Uploaded pictures: checked, and without what is not needed to draw them.

No picture is decoded here. Its file is read part by part, and put together again from the parts
that draw it. So text, places and times of a photo, and other files that are appended, are left out.

PNG: https://www.w3.org/TR/png-3/. JPEG: https://www.w3.org/Graphics/JPEG/itu-t81.pdf. WebP: RFC
9649.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

PNG = b"\x89PNG\r\n\x1a\n"
# Of an animated PNG, the first picture is left.
PNG_HEADER_BYTES = 13
PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"IDAT", b"IEND"}
JPEG, JPEG_END = b"\xff\xd8", b"\xff\xd9"
# Baseline, extended and progressive; others are drawn by no browser.
JPEG_FRAMES = {0xC0, 0xC1, 0xC2}
# Tables, and Adobe's segment, which says what the colours mean.
JPEG_SEGMENTS = {*JPEG_FRAMES, 0xC4, 0xDB, 0xDD, 0xEE}
JPEG_COMMENTS = {*range(0xE0, 0xF0), 0xFE}
JPEG_SCAN = 0xDA
# What follows the data of a scan; within it are only zeros and restart markers.
JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
WEBP_CHUNKS = {b"VP8X", b"ALPH", b"VP8 ", b"VP8L"}
WEBP_ALPHA, WEBP_ANIMATED = 0x10, 0x02
WEBP_LOSSLESS_SIGNATURE = 0x2F


class UnknownFormat(Exception):
    """The file is neither PNG nor JPEG nor WebP."""


class BrokenPicture(Exception):
    """The file is damaged or incomplete, or of a kind that browsers do not draw."""


class AnimatedPicture(Exception):
    """The file is an animation."""


@dataclass(frozen=True)
class Picture:
    """A picture that browsers can draw, with its sides in pixels."""

    # "png", "jpeg" or "webp", as in its media type.
    format: str
    width: int
    height: int
    content: bytes = field(repr=False)


def read_picture(content: bytes) -> Picture:
    """Return the picture of a file.

    Raises UnknownFormat, BrokenPicture or AnimatedPicture.
    """
    for signature, read in READERS.items():
        if content.startswith(signature):
            try:
                picture = read(content)
            except (struct.error, IndexError):
                raise BrokenPicture from None
            if not (picture.width and picture.height):
                raise BrokenPicture
            return picture
    raise UnknownFormat


def read_png(content: bytes) -> Picture:
    """Return the picture of a PNG file."""
    chunks = list(png_chunks(content))
    names = [name for name, _chunk in chunks]
    # Of several headers, a browser may believe another one.
    if names[0] != b"IHDR" or names.count(b"IHDR") > 1 or b"IDAT" not in names:
        raise BrokenPicture
    length, _name, width, height = struct.unpack_from(">I4sII", chunks[0][1])
    if length != PNG_HEADER_BYTES:
        raise BrokenPicture
    kept = b"".join(chunk for name, chunk in chunks if name in PNG_CHUNKS)
    return Picture("png", width, height, PNG + kept)


def png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk with its name, up to the last one."""
    position, name = len(PNG), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", content, position)
        chunk = content[position : position + length + 12]
        (checksum,) = struct.unpack_from(">I", chunk, length + 8)
        if crc32(chunk[4:-4]) != checksum:
            raise BrokenPicture
        yield name, chunk
        position += len(chunk)


def read_jpeg(content: bytes) -> Picture:
    """Return the picture of a JPEG file."""
    kept, position, sides, scans = [JPEG], len(JPEG), (0, 0), 0
    while not content.startswith(JPEG_END, position):
        mark, kind, length = struct.unpack_from(">BBH", content, position)
        end = position + length + 2
        if mark != 0xFF:
            raise BrokenPicture
        if kind in JPEG_FRAMES:
            sides = struct.unpack_from(">HH", content, position + 5)
        if kind == JPEG_SCAN:
            following, scans = JPEG_MARKER.search(content, end), scans + 1
            if following is None:
                raise BrokenPicture
            end = following.start()
        if kind == JPEG_SCAN or kind in JPEG_SEGMENTS:
            kept.append(content[position:end])
        elif kind not in JPEG_COMMENTS:
            raise BrokenPicture
        position = end
    if not scans:
        raise BrokenPicture
    height, width = sides
    return Picture("jpeg", width, height, b"".join(kept) + JPEG_END)


def read_webp(content: bytes) -> Picture:
    """Return the picture of a WebP file."""
    chunks = {name: data for name, data in webp_chunks(content) if name in WEBP_CHUNKS}
    sides = webp_sides(chunks)
    if b"VP8X" in chunks:
        extended = chunks[b"VP8X"]
        if extended[0] & WEBP_ANIMATED:
            raise AnimatedPicture
        chunks[b"VP8X"] = bytes([extended[0] & WEBP_ALPHA]) + extended[1:]
        if sides != (
            read_little_endian(extended, 4, 3) + 1,
            read_little_endian(extended, 7, 3) + 1,
        ):
            raise BrokenPicture
    body = b"WEBP" + b"".join(
        name + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)
        for name, data in chunks.items()
    )
    return Picture("webp", *sides, b"RIFF" + len(body).to_bytes(4, "little") + body)


def webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk's name and data."""
    end = read_little_endian(content, 4, 4) + 8
    if content[8:12] != b"WEBP" or len(content) < end:
        raise BrokenPicture
    position = 12
    while position < end:
        name, length = struct.unpack_from("<4sI", content, position)
        data = content[position + 8 : position + 8 + length]
        if len(data) != length:
            raise BrokenPicture
        yield name, data
        position += 8 + length + length % 2


def webp_sides(chunks: dict[bytes, bytes]) -> tuple[int, int]:
    """Return width and height of the compressed picture."""
    if b"VP8 " in chunks and b"VP8L" in chunks:
        # A browser may draw either.
        raise BrokenPicture
    if lossy := chunks.get(b"VP8 "):
        if lossy[3:6] != b"\x9d\x01\x2a":
            raise BrokenPicture
        return read_little_endian(lossy, 6, 2) & 0x3FFF, read_little_endian(lossy, 8, 2) & 0x3FFF
    if lossless := chunks.get(b"VP8L"):
        if lossless[0] != WEBP_LOSSLESS_SIGNATURE:
            raise BrokenPicture
        bits = read_little_endian(lossless, 1, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if (extended := chunks.get(b"VP8X")) and extended[0] & WEBP_ANIMATED:
        raise AnimatedPicture
    raise BrokenPicture


def read_little_endian(data: bytes, position: int, length: int) -> int:
    """Return an integer whose lowest byte comes first."""
    if len(data) < position + length:
        raise BrokenPicture
    return int.from_bytes(data[position : position + length], "little")


READERS: dict[bytes, Callable[[bytes], Picture]] = {
    PNG: read_png,
    JPEG: read_jpeg,
    b"RIFF": read_webp,
}
