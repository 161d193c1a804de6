"""States of trials, which differ from those of sign-ins by their form.

Both come to the same callback, because a provider knows only one. A state of a sign-in has 32
letters and digits and one of a trial has three more, so neither is ever looked up as the other.
"""

from __future__ import annotations

from core.random_text import is_random_text, new_random_text

PREFIX = "try"


def new_trial_state() -> str:
    """Return a new state of a trial."""
    return PREFIX + new_random_text()


def is_trial_state(value: str) -> bool:
    """Whether a value from outside has the form of a trial's state."""
    return value.startswith(PREFIX) and is_random_text(value.removeprefix(PREFIX))
