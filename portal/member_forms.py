"""The forms by which people become members, change roles, and by which a project is deleted."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SetPasswordForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.normalise import pasted
from portal.forms import visible_name
from projects.models import Project, Role

WHAT_ROLES_MAY = _(
    "Owners can do everything, including managing members and deleting the project. Editors can "
    "change connections and settings. Viewers can look and change nothing."
)


class RoleForm(forms.Form):
    """Change role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role, help_text=WHAT_ROLES_MAY)

    @property
    def chosen(self) -> Role:
        """The role, once the form is valid."""
        return Role(self.cleaned_data["role"])


class InviteForm(RoleForm):
    """Invite member: an address, and what its owner may do."""

    address = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("address", "role")


class JoinForm(SetPasswordForm):  # type: ignore[misc]
    """What a new person enters to accept an invitation: a name and a password."""

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
    """Deleting a project: its id, typed."""

    slug = forms.CharField(
        label=_("Project ID"),
        widget=forms.TextInput(
            attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        self.project = project
        super().__init__(*args, **kwargs)

    def clean_slug(self) -> str:
        slug = pasted(self.cleaned_data["slug"])
        if slug != self.project.slug:
            raise ValidationError(
                _("This is not the project's ID. Type %(slug)s to delete the project."),
                code="slug",
                params={"slug": self.project.slug},
            )
        return slug
