"""Files such as MP_verify_….txt by which a provider verifies a project's domain."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.fields.common import text_field
from connections.fields.field import Check, Field

# The names that can be served at all, whatever the settings are.
NAME = re.compile(r"(?P<prefix>[A-Z]{2}_verify_)(?P<token>[A-Za-z0-9]{1,64})\.txt")
CONTENT = re.compile(r"[A-Za-z0-9_-]{1,128}")


def domain_file(prefix: str, *, advanced: bool = False) -> tuple[Field, Field]:
    """Return the fields for the name and the content of a verification file."""

    def check_name(found: Check, value: str) -> str:
        # The whole URL of the file may be pasted.
        name = value.rpartition("/")[2]
        if name != value:
            found.notice("domain_file", _("The path was removed. Only the file name was kept."))
        match = NAME.fullmatch(name)
        if name and (match is None or match["prefix"] != prefix):
            raise ValidationError(
                _(
                    "The file name consists of %(prefix)s, letters and digits, and ends in "
                    ".txt. Copy it without changes."
                ),
                code="shape",
                params={"prefix": prefix},
            )
        return name

    return (
        text_field(
            "domain_file",
            _("Verification file name"),
            format_lazy(
                _("For example {name}. Menkou serves it at the root of your domain."),
                name=f"{prefix}AbCdEf0123456789.txt",
            ),
            required=False,
            advanced=advanced,
            check=check_name,
        ),
        text_field(
            "domain_file_content",
            _("Verification file content"),
            _(
                "Open the file and copy its content. If you leave this empty, the file name "
                "without .txt is used, which is usually the content."
            ),
            required=False,
            advanced=advanced,
            check=check_content,
        ),
    )


def check_content(found: Check, value: str) -> str:
    """Return the content of the file; raises ValidationError if it is not possible."""
    if value and not CONTENT.fullmatch(value):
        raise ValidationError(
            _("The content is a single string of letters and digits. Copy only that string."),
            code="shape",
        )
    name = found.values.get("domain_file", "")
    if value and not name and not found.failed("domain_file"):
        raise ValidationError(_("Enter the file name as well."), code="nameless")
    match = NAME.fullmatch(name)
    return value or (match["token"] if match else "")
