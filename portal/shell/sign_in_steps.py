"""What components/_sign_in_steps.html shows: a sign-in, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class ShownFact:
    """A parameter or claim; an empty text means that nothing was received."""

    label: Text
    text: str


@dataclass(frozen=True)
class FactGroup:
    """Facts under a heading."""

    title: Text
    facts: Sequence[ShownFact]


@dataclass(frozen=True, kw_only=True)
class ShownStep:
    """A step as the page shows it."""

    title: Text
    note: Text = ""
    is_ok: bool
    facts: Sequence[ShownFact] = ()
    groups: Sequence[FactGroup] = ()
    milliseconds: int | None = None
    # Of a step that failed.
    cause: Text = ""
    remedy: Text = ""
    code: str = ""
    trace: str = ""
    # A page about what the step says.
    url: str = ""
    url_label: Text = ""
