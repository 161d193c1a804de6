"""Where things of this clone lie."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Everything that running and testing leave behind; never committed, safe to delete when stopped.
VAR = ROOT / "var"
