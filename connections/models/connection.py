from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import get_language

from connections.aliases import check_alias
from connections.providers import catalogue
from projects.models import Project, User

if TYPE_CHECKING:
    from connections.providers.definition import Definition


class Connection(models.Model):
    """A provider configured in a project."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="connections")
    # The id of a catalogue entry; not a model choice, so that a new provider needs no migration.
    provider = models.CharField(max_length=60)
    alias = models.CharField(max_length=40, validators=[check_alias])
    labels = models.JSONField(default=dict)
    settings = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["position", "created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "alias"], name="alias_unique_in_project")
        ]

    def __str__(self) -> str:
        return self.alias

    def get_absolute_url(self) -> str:
        return reverse("portal:connection", args=[self.project.slug, self.alias])

    @property
    def definition(self) -> Definition:
        """The catalogue entry; raises KeyError where this release no longer has it."""
        return catalogue.get(self.provider)

    @property
    def label(self) -> str:
        """The words on the button, in the reader's language."""
        language = get_language() or "en"
        label: str = self.labels.get(language) or self.definition.button_label(language)
        return label

    @property
    def start_path(self) -> str:
        """Where the sign-in page posts to begin."""
        return f"/sso/{self.alias}/start"

    @property
    def elsewhere_path(self) -> str:
        """Where the sign-in page explains what to do in a browser that is refused."""
        return f"/sso/{self.alias}/elsewhere"

    @property
    def callback_path(self) -> str:
        """Where the provider sends people back to."""
        return f"/sso/oauth2/callback/{self.alias}"

    @property
    def client_id(self) -> str:
        """The client id, under whatever name the provider gives it."""
        value: Any = self.settings.get("client_id", "")
        return str(value)
