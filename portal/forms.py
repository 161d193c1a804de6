"""The portal's own forms; those of connections come from the catalogue."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from connections.normalise import pasted
from projects.models import Project


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

    def clean_slug(self) -> str:
        slug = pasted(self.cleaned_data["slug"])
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
