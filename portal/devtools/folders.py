"""Folders of the clone."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Data of `make run` and `make test`; never committed, safe to delete while nothing runs.
VAR = ROOT / "var"
