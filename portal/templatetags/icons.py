"""Icons as inline SVG, because the content security policy and currentColor both want it so."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template import Library
from django.utils.safestring import SafeString, mark_safe

from connections.providers.definition import Definition

register = Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one of static/icons, hidden from screen readers: a word always stands beside it."""
    return draw_icon(f"icons/{name}.svg", "icon")


@register.simple_tag
def brand_mark() -> SafeString:
    """Draw Menkou's own mark."""
    return draw_icon("brand/menkou.svg", "brand-mark")


@register.simple_tag
def provider_icon(definition: Definition) -> SafeString:
    """Draw the mark of a provider in its own colours."""
    return add_class(definition.icon, "provider-icon")


@cache
def draw_icon(path: str, css_class: str) -> SafeString:
    """Return a static SVG file as markup; raises FileNotFoundError for a name with no file."""
    found = finders.find(path)
    if found is None:
        raise FileNotFoundError(path)
    return add_class(Path(found).read_text(encoding="utf-8").strip(), css_class)


@cache
def add_class(svg: str, css_class: str) -> SafeString:
    """Return the SVG with a class, out of the way of screen readers and of the focus."""
    opening = f'<svg class="{css_class}" aria-hidden="true" focusable="false" '
    # Only files of this program come here, never anything typed.
    return mark_safe(svg.replace("<svg ", opening, 1))  # noqa: S308
