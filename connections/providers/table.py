"""The catalogue as a page of documentation: docs/providers.md."""

from __future__ import annotations

from django.utils import translation

from connections.providers import catalogue
from connections.providers.definition import Definition, Group

HEAD = """# Providers

What the catalogue holds, as `manage.py providers` writes it. Each row is one file in
`connections/providers/`; [adding a provider](adding-a-provider.md) says how to write another.
"""
MORE = """
## More

What else the installed django-allauth ships for OAuth 2 is offered, too, with a form made of what
its class reads. It is found by looking and has no guide of ours;
[decision 22](decisions/19-derived-entries.md) says how far it is trusted.

"""
COLUMNS = """\
| provider | id | asked for | a person is known by | documentation |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page's Markdown."""
    with translation.override("en"):
        groups = [part(group) for group in Group]
    return HEAD + "".join(groups) + more()


def more() -> str:
    """Return the heading and the list of what has no file here."""
    with translation.override("en"):
        entries = "".join(line(each) for each in catalogue.more())
    return MORE + entries


def line(definition: Definition) -> str:
    """Return what is to be said of an entry that nobody wrote."""
    told = f": a person is known by {definition.known_by}" if definition.known_by else ""
    return f"- {definition.name} (`{definition.id}`){told}\n"


def part(group: Group) -> str:
    """Return a group's heading and table, or "" for a group without providers."""
    rows = [row(each) for each in catalogue.every() if each.group == group]
    return f"\n## {group.label}\n\n{COLUMNS}{''.join(rows)}" if rows else ""


def row(definition: Definition) -> str:
    """Return a provider's line."""
    fields = ", ".join(
        str(field.label) + ("" if field.required else " (optional)")
        for name, field in definition.form.base_fields.items()
        if name not in definition.form.COMMON and name not in definition.form.advanced
    )
    known_by = definition.known_by or "the account's id at the provider"
    link = f"[documentation]({definition.documentation})"
    return f"| {names(definition)} | `{definition.id}` | {fields} | {known_by} | {link} |\n"


def names(definition: Definition) -> str:
    """Return what the provider is called in both languages, once where that is the same."""
    english = str(definition.name)
    with translation.override("zh-hans"):
        chinese = str(definition.name)
    return english if english == chinese else f"{english} · {chinese}"
