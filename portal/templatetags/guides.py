"""The two ways in which a provider's guide is laid out: beside the form, and between its fields."""

from __future__ import annotations

from collections.abc import Iterable

from django.template import Library

from connections.providers.definition import Step

register = Library()


@register.filter
def general_steps(guide: Iterable[Step]) -> list[Step]:
    """Return the steps that fill no field."""
    return steps_for(guide, "")


@register.filter
def steps_for(guide: Iterable[Step], field: str) -> list[Step]:
    """Return the steps that fill a field."""
    return [step for step in guide if step.field == field]
