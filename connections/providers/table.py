"""Generates docs/providers.md from the catalogue."""

from __future__ import annotations

from django.utils import translation

from connections.fields.access import PEOPLE
from connections.fields.field import Kind, Section
from connections.providers import catalogue
from connections.providers.definition import Definition, Group

HEAD = """# Providers

The providers in the catalogue. `manage.py providers` generates this page. Each row is one file in
`connections/providers/`; see [adding a provider](adding-a-provider.md).
"""
MORE = """
## More

The catalogue also offers the other OAuth 2 providers of the installed django-allauth. Their forms
are derived from their classes, and they have no guide. See
[decision 19](decisions/19-derived-entries.md) for how far they are trusted.

"""
COLUMNS = """\
| provider | id | fields | [access](access.md) by | user id | documentation |
|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the page as Markdown."""
    with translation.override("en"):
        groups = [part(group) for group in Group]
    return HEAD + "".join(groups) + more()


def more() -> str:
    """Return the section with the providers derived from django-allauth."""
    with translation.override("en"):
        entries = "".join(line(each) for each in catalogue.derived_providers())
    return MORE + entries


def line(definition: Definition) -> str:
    """Return the list item of a derived provider."""
    user_id = f": user ids {definition.known_by}" if definition.known_by else ""
    return f"- {definition.name} (`{definition.id}`){user_id}\n"


def part(group: Group) -> str:
    """Return a group's heading and table, or "" if it has no providers."""
    rows = [row(each) for each in catalogue.all_providers() if each.group == group]
    return f"\n## {group.label}\n\n{COLUMNS}{''.join(rows)}" if rows else ""


def row(definition: Definition) -> str:
    """Return the table row of a provider."""
    fields = ", ".join(
        str(each.label) + ("" if each.required else " (optional)")
        for each in definition.fields
        if not each.advanced
        and each.is_entered
        and each.section is not Section.ACCESS
        and each.kind is not Kind.DATE
    )
    rules = ", ".join(
        str(each.label)
        for each in definition.fields
        if each.section is Section.ACCESS and each.name != PEOPLE
    )
    known_by = definition.known_by or "the account's id at the provider"
    link = f"[documentation]({definition.documentation})"
    return (
        f"| {names(definition)} | `{definition.id}` | {fields} | {rules} | {known_by} | {link} |\n"
    )


def names(definition: Definition) -> str:
    """Return the provider's name in both languages, or once if they are the same."""
    english = str(definition.name)
    with translation.override("zh-hans"):
        chinese = str(definition.name)
    return english if english == chinese else f"{english} · {chinese}"
