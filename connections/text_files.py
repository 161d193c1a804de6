"""A file of text that is chosen in place of pasting what is in it."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class TextFileField(forms.FileField):
    """Cleans to the text of the chosen file, or to "" where none was chosen.

    No browser sends a file twice. So the form puts the text into another field, which comes back.
    """

    default_error_messages = {
        "long": _("This file is larger than %(size)s kB, so it is not the right one."),
        "encoding": _(
            "This file is no text in UTF-8. Download it once more, and choose it as it comes."
        ),
    }

    def __init__(self, *, fills: str, longest: int, accept: str, **options: Any) -> None:
        self.fills = fills
        self.longest = longest
        # With a script, only the beginning of a file is sent that is too large anyway.
        attributes = {"accept": accept, "data-longest": longest}
        options = {"required": False, "initial": "", **options}
        super().__init__(widget=forms.FileInput(attrs=attributes), **options)

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        if file is None:
            return ""
        if file.size > self.longest:
            size = self.longest // 1000
            raise ValidationError(self.error_messages["long"], code="long", params={"size": size})
        # A form may be read twice, where two people save at once.
        file.seek(0)
        return self.text(file.read())

    def text(self, content: bytes) -> str:
        """Return what is written in the file; raises ValidationError."""
        # Windows writes UTF-16 where somebody redirects the output of a command to a file.
        is_utf_16 = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
        try:
            text = content.decode("utf-16" if is_utf_16 else "utf-8-sig")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            raise ValidationError(self.error_messages["encoding"], code="encoding")
        return text
