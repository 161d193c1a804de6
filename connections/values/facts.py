"""Facts about a failed sign-in for administrators: what was received, from where, and what was
expected.

A fact comes from outside, so it is cleaned and shortened before it is stored. It is data and not
translated; only the labels are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.text import display_name

# In the order in which they are shown.
LABELS: dict[str, Promise] = {
    "field": _("Field"),
    "received": _("Received"),
    "expected": _("Expected"),
    "message": _("Provider's message"),
    "request": _("Last request"),
    "status": _("HTTP status"),
    "expires": _("Expires"),
}
LONGEST = 300
MOST_LISTED = 10


def clean_facts(facts: Mapping[str, object]) -> dict[str, str]:
    """Return the facts as one line of text each; raises ValueError for one without a label.

    An empty message is none. Another empty value means that nothing was received.
    """
    texts = {name: fact_text(facts[name]) for name in sorted(facts, key=[*LABELS].index)}
    return {name: text for name, text in texts.items() if text or name != "message"}


def facts_sentence(facts: Mapping[str, str]) -> str:
    """Return the facts that are not empty in one line, with their labels."""
    found = [f"{label}: {facts[name]}" for name, label in LABELS.items() if facts.get(name)]
    return " · ".join(found)


def fact_text(value: object) -> str:
    """Return a value of any type as one line of text.

    Of a list the first items are read.
    """
    if isinstance(value, str):
        return display_name(value, longest=LONGEST)
    if isinstance(value, Sequence | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        texts = [fact_text(each) for each in list(items)[:MOST_LISTED]]
        return display_name(", ".join(texts), longest=LONGEST)
    return display_name(json.dumps(value, default=str), longest=LONGEST)


def describe_json(value: Any) -> str:
    """Return the type of a JSON value, and the length of a string or an array.

    For values that must not be quoted because they may be secret.
    """
    if isinstance(value, str):
        return f"string, length {len(value)}"
    if isinstance(value, list):
        return f"array, length {len(value)}"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return json.dumps(value, default=str)
