"""Uploaded pictures: what is accepted, and what is left of it."""

from __future__ import annotations

import pytest

from core.pictures import (
    AnimatedPicture,
    BrokenPicture,
    UnknownFormat,
    read_picture,
)
from tests.pictures import JPEG, SIDES, WEBP_LOSSLESS, WEBP_LOSSY, chunk, png, webp_with

PLACE = b"GPS 52.5 N 13.4 E"
EXIF = b"\xff\xe1" + (len(PLACE) + 2).to_bytes(2, "big") + PLACE
HUGE_HEADER = chunk(b"IHDR", b"\xff\xff" * 4 + png()[24:29])
CLEAN = {"png": png(), "jpeg": JPEG, "webp": WEBP_LOSSY}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png(), png()),
        (png(more=chunk(b"tEXt", PLACE)), png()),
        (png(more=chunk(b"acTL", bytes(8))), png()),
        (png() + PLACE, png()),
        (JPEG, JPEG),
        (JPEG[:2] + EXIF + JPEG[2:], JPEG),
        (JPEG + PLACE, JPEG),
        # Between the scans of a progressive picture.
        (JPEG[:-2] + EXIF + JPEG[-2:], JPEG),
        (WEBP_LOSSY, WEBP_LOSSY),
        (WEBP_LOSSLESS, WEBP_LOSSLESS),
        (webp_with((b"EXIF", PLACE), flags=0x08), WEBP_LOSSY),
        (WEBP_LOSSY + PLACE, WEBP_LOSSY),
    ],
)
def test_only_what_draws_the_picture_is_left(content: bytes, expected: bytes) -> None:
    picture = read_picture(content)
    assert (picture.width, picture.height) == SIDES
    assert picture.content == expected
    assert PLACE not in repr(picture).encode()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", UnknownFormat),
        (b"GIF89a" + bytes(100), UnknownFormat),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnknownFormat),
        (b"<script>alert(1)</script>" + png(), UnknownFormat),
        (png(0, 0), BrokenPicture),
        (png()[:8] + png()[33:], BrokenPicture),
        (png().replace(b"IDAT", b"IDAU"), BrokenPicture),
        # Another size than the one that was checked, and no picture at all.
        (png(more=HUGE_HEADER), BrokenPicture),
        (png()[:8] + chunk(b"IHDR", png()[16:28]) + png()[33:], BrokenPicture),
        (png()[:33] + chunk(b"IEND", b""), BrokenPicture),
        (JPEG.replace(b"\xff\xc0", b"\xff\xc3"), BrokenPicture),
        (JPEG.replace(b"\xff\xdb", b"\xfe\xdb"), BrokenPicture),
        (b"RIFF\x04\0\0\0WAVE", BrokenPicture),
        (webp_with(flags=0x02), AnimatedPicture),
        (webp_with((b"VP8L", b"\x2f" + bytes([0xFF] * 4))), BrokenPicture),
        (WEBP_LOSSLESS.replace(b"\x2f", b"\x2e", 1), BrokenPicture),
        (JPEG[:2] + JPEG[-2:], BrokenPicture),
        (WEBP_LOSSY[:24] + b"\xff" + WEBP_LOSSY[25:], BrokenPicture),
        (WEBP_LOSSY.replace(b"\x9d\x01\x2a", b"\x9d\x01\x2b"), BrokenPicture),
    ],
)
def test_others_are_refused(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_picture(content)


@pytest.mark.parametrize("name", CLEAN)
def test_a_part_of_a_file_is_refused(name: str) -> None:
    content = CLEAN[name]
    for length in range(len(content)):
        with pytest.raises((UnknownFormat, BrokenPicture)):
            read_picture(content[:length])


@pytest.mark.parametrize("name", CLEAN)
def test_any_changed_byte_gives_a_picture_or_a_refusal(name: str) -> None:
    content = CLEAN[name]
    for position in range(len(content)):
        for value in (0, 0x7F, 0xFF):
            changed = content[:position] + bytes([value]) + content[position + 1 :]
            try:
                assert len(read_picture(changed).content) <= len(content)
            except (UnknownFormat, BrokenPicture, AnimatedPicture):
                continue
