"""The sections of a connection's page, for the links above them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext, pgettext

from connections.fields.field import Section
from connections.forms.connection_form import ConnectionForm


@dataclass(frozen=True)
class SectionTab:
    """A section, and how many of its fields have an error."""

    id: str
    label: str
    errors: int = 0

    @property
    def error_text(self) -> str:
        """The number of errors in words, "" if there is none."""
        if not self.errors:
            return ""
        if self.errors == 1:
            return gettext("1 error")
        return gettext("{count} errors").format(count=self.errors)


def list_sections(form: ConnectionForm) -> list[SectionTab]:
    """Return the sections in the order of the page. A new connection has no activity."""
    labels = {
        Section.CREDENTIALS: gettext("Credentials"),
        Section.BUTTON: pgettext("section of a connection", "Button"),
        Section.ACCESS: pgettext("section of a connection", "Access"),
    }
    found = []
    for section, label in labels.items():
        names = form.names_in(section)
        if names:
            found.append(SectionTab(section, label, sum(name in form.errors for name in names)))
    if form.connection is not None:
        found.append(SectionTab("activity", pgettext("section of a connection", "Activity")))
    return found
