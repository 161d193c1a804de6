"""QR codes as SVG, made on the server."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

QUIET_ZONE = 2


def draw_qr_code(text: str) -> str:
    """Return the SVG of a QR code with this text."""
    # Imported here: it takes 0.75 MB, and only few pages need it.
    import segno

    drawn = BytesIO()
    # White, with its own margin, so that phones can read it in dark mode.
    segno.make(text, error="m").save(
        drawn, kind="svg", xmldecl=False, border=QUIET_ZONE, light="#fff", omitsize=True
    )
    return drawn.getvalue().decode()


def qr_code_uri(text: str) -> str:
    """Return a QR code with this text as the source of an image."""
    return f"data:image/svg+xml;base64,{b64encode(draw_qr_code(text).encode()).decode()}"
