"""Files on a project's host by which a provider checks whose it is, such as MP_verify_….txt."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import ConnectionForm, PastedField
from projects.models import Project

# What may be asked for at all, whatever a connection says.
NAME = re.compile(r"(?P<prefix>[A-Z]{2}_verify_)(?P<token>[A-Za-z0-9]{1,64})\.txt")
CONTENT = re.compile(r"[A-Za-z0-9_-]{1,128}")


class DomainFileForm(ConnectionForm):
    """Takes the name and the content of such a file; the setting's names are the fields'."""

    domain_file_prefix: ClassVar[str] = "MP_verify_"

    domain_file = PastedField(
        label=_("Name of the domain file"),
        required=False,
        help_text=_("For example MP_verify_AbCdEf0123456789.txt. It is served at your host."),
    )
    domain_file_content = PastedField(
        label=_("Content of the domain file"),
        required=False,
        help_text=_(
            "Open the file and copy what is in it. Left empty, it is the part of the name "
            "before .txt, which is what such files usually hold."
        ),
    )

    def clean_domain_file(self) -> str:
        typed: str = self.cleaned_data["domain_file"]
        # Somebody may copy the whole address under which it should be found.
        name = typed.rpartition("/")[2]
        if name != typed:
            self.notice("domain_file", _("Only the name of the file was kept."))
        found = NAME.fullmatch(name)
        if name and (found is None or found["prefix"] != self.domain_file_prefix):
            raise ValidationError(
                _("The name is %(prefix)s, letters and digits, and .txt. Copy it as it is."),
                code="shape",
                params={"prefix": self.domain_file_prefix},
            )
        return name

    def clean_domain_file_content(self) -> str:
        content: str = self.cleaned_data["domain_file_content"]
        name: str = self.cleaned_data.get("domain_file", "")
        if content and not CONTENT.fullmatch(content):
            raise ValidationError(
                _("Such a file holds one word of letters and digits. Copy that word alone."),
                code="shape",
            )
        if content and not name and "domain_file" not in self.errors:
            raise ValidationError(_("Enter the name of the file, too."), code="nameless")
        found = NAME.fullmatch(name)
        return content or (found["token"] if found else "")


def content_of(project: Project, name: str) -> str | None:
    """Return what a file of this name holds on the project's host, None where there is none."""
    rows: Any = project.connections.filter(settings__domain_file=name)
    content: str | None = rows.values_list("settings__domain_file_content", flat=True).first()
    return content
