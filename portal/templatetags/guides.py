"""The two ways in which a provider's guide is laid out: beside the form, and between its fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from django.template import Library

from connections.providers.definition import Step

register = Library()


@register.filter
def first_steps(guide: Sequence[Step]) -> list[Step]:
    """Return the steps to take before the first field."""
    return _general(guide)


@register.filter
def steps_for(guide: Sequence[Step], field: str) -> list[Step]:
    """Return the steps that fill a field, and before them those since the field before."""
    found: list[Step] = []
    waiting: list[Step] = []
    for step in guide[len(_general(guide)) :]:
        waiting.append(step)
        if step.field == field:
            found += waiting
        if step.field:
            waiting = []
    return found


@register.filter
def last_steps(guide: Sequence[Step]) -> list[Step]:
    """Return the steps to take after the last field."""
    rest = guide[len(_general(guide)) :]
    return _general(rest[::-1])[::-1]


def _general(steps: Iterable[Step]) -> list[Step]:
    """Return the steps in front that fill no field."""
    return list(takewhile(lambda step: not step.field, steps))
