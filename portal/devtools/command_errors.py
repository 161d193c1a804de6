"""The error that ends a command with a message instead of a traceback."""

from __future__ import annotations


class CommandFailed(Exception):
    """An error that a person can fix; the message says how."""
