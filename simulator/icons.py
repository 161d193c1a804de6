"""网站应用图片: the two pictures of an app, stored as text for JSON."""

from __future__ import annotations

import base64
import struct

from simulator.texts import Both

SMALL, LARGE = 28, 108
LIMIT_BYTES = 300 * 1024
SIGNATURE = b"\x89PNG\r\n\x1a\n"

NOT_PNG = Both("请上传 PNG 图片。", "Choose a PNG picture.")
TOO_LARGE = Both("图片不能超过 300 KB。", "A picture may have 300 KB at most.")


def find_problem(picture: bytes, width: int) -> Both | None:
    """Return why a picture cannot be the icon of this width, or None."""
    if len(picture) > LIMIT_BYTES:
        return TOO_LARGE
    if not picture.startswith(SIGNATURE) or len(picture) < 24:
        return NOT_PNG
    size = struct.unpack_from(">II", picture, 16)
    if size == (width, width):
        return None
    found = f"{size[0]}×{size[1]}"
    return Both(
        f"图片须为 {width}×{width} 像素，这张是 {found}。",
        f"The picture must have {width}×{width} pixels; this one has {found}.",
    )


def as_text(picture: bytes) -> str:
    """Return the picture as it is stored."""
    return base64.b64encode(picture).decode()


def from_text(kept: str) -> bytes:
    """The picture as it was uploaded."""
    return base64.b64decode(kept)
