from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from projects.models import Project, User


class Connection(models.Model):
    """A provider configured in a project."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="connections")
    # The id of a catalogue entry; not a model choice, so that a new provider needs no migration.
    provider = models.CharField(max_length=60)
    alias = models.CharField(max_length=40)
    labels = models.JSONField(default=dict)
    settings = models.JSONField(default=dict)
    # Where its people are known, if that is not what the settings say: see namespaces.py.
    kept_namespace = models.CharField(max_length=200, blank=True, default="")
    enabled = models.BooleanField(default=True)
    # Whether it was never published: a draft, always turned off, with values that nobody uses yet.
    is_unpublished = models.BooleanField(default=False, db_default=False)
    # Whether publishing such a draft shows its button.
    enabled_on_publish = models.BooleanField(default=True, db_default=True)
    # When the latest check of the published values failed; null if it passed, or if they were
    # changed since.
    check_failed_at = models.DateTimeField(null=True)
    position = models.PositiveIntegerField(default=0)
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
    def start_path(self) -> str:
        """The path to which the sign-in page posts to start a sign-in."""
        return f"/sso/{self.alias}/start"

    @property
    def browser_fallback_path(self) -> str:
        """The path of the page for browsers that the provider does not support."""
        return f"/sso/{self.alias}/elsewhere"

    @property
    def callback_path(self) -> str:
        """The path of the redirect URI."""
        return f"/sso/oauth2/callback/{self.alias}"

    @property
    def client_id(self) -> str:
        """The client id, or "" if the provider has none."""
        value: Any = self.settings.get("client_id", "")
        return str(value)
