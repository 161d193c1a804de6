"""The form with which a logo is uploaded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from core.pictures import AnimatedPicture, BrokenPicture, UnknownFormat, read_picture

LONGEST = 200_000
SMALLEST_SIDE, LARGEST_SIDE = 32, 2048
ACCEPT = "image/png,image/jpeg,image/webp"


class PictureField(forms.FileField):
    """An uploaded picture; cleans to a `Picture`."""

    default_error_messages = {
        "required": gettext_lazy("Choose a file."),
        "long": gettext_lazy("This file is larger than 200 kB. Choose a smaller one."),
        "format": gettext_lazy(
            "This file is not a PNG, JPEG or WebP picture. An SVG file can be exported as PNG."
        ),
        "broken": gettext_lazy("This picture is damaged or incomplete. Export it again."),
        "animated": gettext_lazy("This picture is animated. Choose one that is not."),
        "sides": gettext_lazy(
            "This picture has %(width)d × %(height)d pixels. Each side must have from 32 to 2048."
        ),
    }

    def __init__(self, **options: Any) -> None:
        # Our script sends only the beginning of a file that is too large.
        attributes = {"accept": ACCEPT, "data-longest": LONGEST}
        super().__init__(widget=forms.FileInput(attrs=attributes), **options)

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        if file is None:
            return None
        if file.size > LONGEST:
            raise self.error("long")
        try:
            picture = read_picture(file.read())
        except UnknownFormat:
            raise self.error("format") from None
        except AnimatedPicture:
            raise self.error("animated") from None
        except BrokenPicture:
            raise self.error("broken") from None
        sides = (picture.width, picture.height)
        if min(sides) < SMALLEST_SIDE or max(sides) > LARGEST_SIDE:
            raise self.error("sides", width=picture.width, height=picture.height)
        return picture

    def error(self, code: str, **values: int) -> ValidationError:
        """Return one of the errors of this field."""
        return ValidationError(self.error_messages[code], code=code, params=values)


class LogoForm(forms.Form):
    """A logo to upload."""

    logo = PictureField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "PNG, JPEG or WebP, at most 200 kB. Each side must have from 32 to 2048 pixels. The "
            "sign-in page shows it up to 64 pixels high and 224 pixels wide."
        ),
    )
