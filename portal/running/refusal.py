"""What ends a command with a sentence instead of a traceback."""

from __future__ import annotations


class Refused(Exception):
    """Something a person can put right; the text says what and how."""
