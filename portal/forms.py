"""The portal's own forms; those of connections come from the catalogue."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connections.models import Connection
from connections.normalise import display_name, pasted
from projects.models import Project, User


def visible_name(value: str) -> str:
    """Return the name as it will be seen; raises ValidationError where nothing is left to see."""
    name = display_name(value, longest=80)
    if not name:
        raise ValidationError(_("Enter a name that can be seen."), code="invisible")
    return name


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    """Create Project: a name, and the id that becomes part of the address."""

    class Meta:
        model = Project
        fields: ClassVar = ["name", "slug"]
        help_texts: ClassVar = {
            "slug": _(
                "Part of the sign-in page's address, so it cannot be changed later. "
                "3 to 40 lower-case letters, digits and hyphens."
            )
        }
        widgets: ClassVar = {
            "slug": forms.TextInput(
                attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}
            )
        }

    def clean_name(self) -> str:
        return visible_name(self.cleaned_data["name"])

    def clean_slug(self) -> str:
        slug = pasted(self.cleaned_data["slug"])
        if f"{slug}.{settings.MENKOU_PROJECT_DOMAIN}" == settings.MENKOU_PORTAL_HOST:
            raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")
        if slug == "create":
            # Its overview would have the address of the page that creates projects.
            raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")
        if Project.objects.filter(slug=slug).exists():
            # The constraint says so, too, but above the form and not beside the field.
            raise ValidationError(_("This project ID is taken. Choose another one."), code="taken")
        return slug


class ProjectNameForm(forms.ModelForm):  # type: ignore[type-arg]
    """Settings: rename the project."""

    class Meta:
        model = Project
        fields: ClassVar = ["name"]

    def clean_name(self) -> str:
        return visible_name(self.cleaned_data["name"])


class DeleteConnectionForm(forms.Form):
    """Deleting a connection: its alias, typed."""

    alias = forms.CharField(
        label=_("Alias of the connection"),
        widget=forms.TextInput(
            attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, connection: Connection, **kwargs: Any) -> None:
        self.connection = connection
        super().__init__(*args, **kwargs)

    def clean_alias(self) -> str:
        alias = pasted(self.cleaned_data["alias"])
        if alias != self.connection.alias:
            raise ValidationError(
                _("This is not the alias. Type %(alias)s to delete the connection."),
                code="alias",
                params={"alias": self.connection.alias},
            )
        return alias


class OperatorForm(forms.ModelForm):  # type: ignore[type-arg]
    """Account: the name by which others see what one has done."""

    class Meta:
        model = User
        fields: ClassVar = ["name"]
        labels: ClassVar = {"name": pgettext_lazy("person", "Name")}
        help_texts: ClassVar = {"name": _("Others read it beside what you have changed.")}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return visible_name(name) if name else ""
