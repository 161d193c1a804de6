"""Forms for invitations, roles, and the deletion of a project."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SetPasswordForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields.field import Field
from connections.forms.connection_form import form_field
from portal.shell.forms import visible_name
from projects.models import Project, Role

ROLE_HELP = _(
    "Owners can do everything, including managing members and deleting the project. Editors can "
    "change connections, applications and settings, and block users. Viewers have read-only "
    "access."
)


class RoleForm(forms.Form):
    """Change role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role, help_text=ROLE_HELP)

    @property
    def chosen(self) -> Role:
        """The role, once the form is valid."""
        return Role(self.cleaned_data["role"])


class InviteForm(RoleForm):
    """The email address and role of an invitation."""

    address = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("address", "role")


class JoinForm(SetPasswordForm):  # type: ignore[misc]
    """The name and password of a new operator who accepts an invitation."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "password1", "password2")

    def clean_name(self) -> str:
        self.user.name = visible_name(self.cleaned_data["name"])
        return str(self.user.name)


class DeleteProjectForm(forms.Form):
    """Confirms the deletion of a project by its typed ID."""

    slug = form_field(Field(name="slug", label=_("Project ID")))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        self.project = project
        super().__init__(*args, **kwargs)

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug != self.project.slug:
            raise ValidationError(
                _("The project ID does not match. Type %(slug)s to delete the project."),
                code="slug",
                params={"slug": self.project.slug},
            )
        return slug
