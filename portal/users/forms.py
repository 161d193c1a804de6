"""Forms of the Users pages: search and filters, and the confirmation of a deletion."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connections.configured import button_label, known_definition
from connections.fields.field import Field
from connections.forms.connection_form import form_field
from connections.identities.directory import UserFilter, find_matches
from connections.models import Connection
from connections.values.claims import LONGEST_SUBJECT
from projects.models import Project, User
from signin.references import parse_reference

ALL_CHOICE = ("", pgettext_lazy("filter", "All"))
# Of the user's id.
CONFIRMATION_LENGTH = 8


class State(models.TextChoices):
    """Whether a user may sign in."""

    ACTIVE = "active", pgettext_lazy("user", "Active")
    BLOCKED = "blocked", pgettext_lazy("user", "Blocked")


class UsersForm(forms.Form):
    """Search and filters; an invalid one shows an error and is ignored."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=LONGEST_SUBJECT,
        help_text=_(
            "The start of a name or email address, or the whole of a user ID, an ID at the "
            "provider (openid, unionid) or a sign-in's reference."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    connection = forms.ChoiceField(label=_("Connection"), required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ALL_CHOICE, *State.choices]
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.connections = {
            each.alias: each for each in project.connections.filter(is_unpublished=False)
        }
        choices = [(alias, filter_label(each)) for alias, each in self.connections.items()]
        self.fields["connection"].choices = [ALL_CHOICE, *choices]  # type: ignore[attr-defined]

    @property
    def user_filter(self) -> UserFilter:
        """The filter, without invalid values. A text is searched for."""
        self.full_clean()
        given = self.cleaned_data
        text, state = given.get("q", ""), given.get("state", "")
        return UserFilter(
            matches=(
                find_matches(self.project, text, reference=parse_reference(text)) if text else None
            ),
            connection=self.connections.get(given.get("connection", "")),
            is_active=state == State.ACTIVE if state else None,
        )

    @property
    def is_used(self) -> bool:
        """Whether any field was filled in."""
        return any(self.data.get(name) for name in self.fields)


class DeleteUserForm(forms.Form):
    """Confirms the deletion of a user by the typed beginning of their ID."""

    user_id = form_field(Field(name="user_id", label=_("Beginning of the user ID")))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.expected = confirmation_text(user)
        super().__init__(*args, **kwargs)

    def clean_user_id(self) -> str:
        typed: str = self.cleaned_data["user_id"]
        if typed.lower() != self.expected:
            raise ValidationError(
                _("This is not the beginning of the user ID. Type %(text)s to delete the user."),
                code="user_id",
                params={"text": self.expected},
            )
        return typed


def confirmation_text(user: User) -> str:
    """Return what has to be typed before a user is deleted."""
    return user.pk.hex[:CONFIRMATION_LENGTH]


def filter_label(connection: Connection) -> str:
    """Return what a connection is called in the list of the filter."""
    if known_definition(connection) is None:
        return connection.alias
    return f"{button_label(connection)} ({connection.alias})"
