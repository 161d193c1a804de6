"""A form field for a text file whose content could also be pasted."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class TextFileField(forms.FileField):
    """Cleans to the text of the uploaded file, or to "" without one.

    A browser does not keep a chosen file when a form is shown again. So the form copies the text
    into another field.
    """

    default_error_messages = {
        "long": _(
            "This file is larger than %(size)s kB, so it is probably not the right one. Choose "
            "another file."
        ),
        "encoding": _(
            "This is not a UTF-8 text file. Download it again and choose it without opening or "
            "editing it."
        ),
    }

    def __init__(self, *, fills: str, longest: int, accept: str, **options: Any) -> None:
        self.fills = fills
        self.longest = longest
        # Our script sends only the beginning of a file that is too large.
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
        # The form may be validated twice after a concurrent edit.
        file.seek(0)
        return self.text(file.read())

    def text(self, content: bytes) -> str:
        """Decode the file; raises ValidationError."""
        # PowerShell writes UTF-16 when output is redirected to a file.
        is_utf_16 = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
        try:
            text = content.decode("utf-16" if is_utf_16 else "utf-8-sig")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            raise ValidationError(self.error_messages["encoding"], code="encoding")
        return text
