"""Forms of the portal; those of connections are built from the catalogue."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connections.fields.field import Field
from connections.forms.connection_form import form_field
from connections.models import Connection
from core.text import clean_pasted, display_name
from projects.models import Project, User


def visible_name(value: str) -> str:
    """Return the cleaned name; raises ValidationError if it has no visible characters."""
    name = display_name(value, longest=80)
    if not name:
        raise ValidationError(
            _("Enter a name with at least one visible character."), code="invisible"
        )
    return name


class ProjectIdField(forms.CharField):
    """A project ID; capital letters become small ones."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).lower()


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name and ID of a new project."""

    class Meta:
        model = Project
        fields: ClassVar = ["name", "slug"]
        field_classes: ClassVar = {"slug": ProjectIdField}
        help_texts: ClassVar = {
            "slug": _(
                "Part of the sign-in page's address. It cannot be changed later. Use 3 to 40 "
                "letters, digits and hyphens."
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
        slug = clean_pasted(self.cleaned_data["slug"])
        if f"{slug}.{settings.MENKOU_PROJECT_DOMAIN}" == settings.MENKOU_PORTAL_HOST:
            raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")
        if slug == "create":
            # Its overview would have the URL of the page that creates projects.
            raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")
        if Project.objects.filter(slug=slug).exists():
            # The constraint says so, too, but above the form and not beside the field.
            raise ValidationError(
                _("This project ID is already taken. Choose another one."), code="taken"
            )
        return slug


class ProjectNameForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of a project."""

    class Meta:
        model = Project
        fields: ClassVar = ["name"]

    def clean_name(self) -> str:
        return visible_name(self.cleaned_data["name"])


class DeleteConnectionForm(forms.Form):
    """Confirms the deletion of a connection by its typed alias."""

    alias = form_field(Field(name="alias", label=_("Alias of the connection")))

    def __init__(self, *args: Any, connection: Connection, **kwargs: Any) -> None:
        self.connection = connection
        super().__init__(*args, **kwargs)

    def clean_alias(self) -> str:
        alias: str = self.cleaned_data["alias"]
        if alias != self.connection.alias:
            raise ValidationError(
                _("The alias does not match. Type %(alias)s to delete the connection."),
                code="alias",
                params={"alias": self.connection.alias},
            )
        return alias


class OperatorForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of the operator."""

    class Meta:
        model = User
        fields: ClassVar = ["name"]
        labels: ClassVar = {"name": pgettext_lazy("person", "Name")}
        help_texts: ClassVar = {"name": _("Other members see this name next to your changes.")}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return visible_name(name) if name else ""
