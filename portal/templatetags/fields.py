"""Template filters and tags for form fields and times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.forms import BoundField
from django.template import Library
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.timezone import now
from django.utils.translation import gettext as _

register = Library()

# The two slashes after the scheme count as one.
JOINT = re.compile(r"(?<![:/])/(?!/)|_")


@register.filter
def of(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """Return the value of a mapping for a variable key, or None."""
    return (mapping or {}).get(key)


@register.filter
def ago(moment: datetime) -> str:
    """Return how long ago something happened, in its largest unit."""
    if now() - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(duration)s ago") % {"duration": timesince(moment, depth=1)}


@register.filter
def until(moment: datetime) -> str:
    """Return how long it is until something happens, in the largest unit."""
    return timeuntil(moment, depth=1)


@register.filter
def breakable(address: str) -> SafeString:
    """Insert <wbr> into a URL or alias, which copies without them."""
    return mark_safe(JOINT.sub(r"\g<0><wbr>", escape(address)))  # noqa: S308


@register.filter
def wrong_fields(fields: Iterable[BoundField]) -> list[BoundField]:
    """Return the fields with errors."""
    return [field for field in fields if field.errors]


@register.filter
def is_secret(field: BoundField) -> bool:
    """Whether the field holds a secret, which is never shown again."""
    return field.name in getattr(field.form, "secret_names", ())


@register.filter
def notices(field: BoundField) -> list[str]:
    """Return the notices of the field."""
    return list(getattr(field.form, "notices", {}).get(field.name, ()))


@register.filter
def warnings(field: BoundField) -> list[str]:
    """Return the warnings of the field."""
    return list(getattr(field.form, "warnings", {}).get(field.name, ()))


@register.filter
def warning_codes(field: BoundField) -> str:
    """Return the codes of the field's warnings, by which they are accepted."""
    return str(getattr(field.form, "warning_codes_by_field", {}).get(field.name, ""))


@register.simple_tag
def control(field: BoundField, check_url: str = "", switch: object = None) -> SafeString:
    """Render the field's control, linked to the notes of components/_notes.html."""
    attributes: dict[str, Any] = {
        "aria-describedby": " ".join(note_ids(field)) or False,
        "data-saved": saved_value(field) or False,
    }
    if field.widget_type in {"email", "password"} or field.name in {"login", "email"}:
        # allauth's placeholders say what the label says.
        attributes["placeholder"] = False
    if field.widget_type == "checkbox":
        attributes |= {"class": "switch", "role": "switch"} if switch else {}
    else:
        own_class = field.field.widget.attrs.get("class", "")
        attributes["class"] = f"control {own_class}".strip()
        if check_url and not is_secret(field) and field.widget_type != "file":
            trigger = field.field.widget.attrs.get("hx-trigger", "change")
            attributes |= {"hx-post": check_url, "hx-trigger": trigger}
    return field.as_widget(attrs=attributes)


def note_ids(field: BoundField) -> list[str]:
    """Return the ids of the notes below the field; an error replaces the help text."""
    below = {
        "error": field.errors,
        "helptext": field.help_text and not field.errors,
        "warning": warnings(field),
        "notice": notices(field),
    }
    return [f"{field.auto_id}_{name}" for name, present in below.items() if present]


def saved_value(field: BoundField) -> str:
    """Return the saved value, from which a script counts unsaved changes."""
    if field.widget_type == "checkbox":
        return "on" if field.initial else ""
    return "" if is_secret(field) or field.initial is None else str(field.initial)
