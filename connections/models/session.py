from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from connections.models.connection import Connection
from projects.models import Project, User


class EndUserSession(models.Model):
    """An end user who is signed in to a project in one browser, and how they signed in.

    Statements in SQL delete rows, so other tables name the `sid` without a foreign key.
    """

    # Public: it is the `sid` of tokens. The browser has the key, which is nowhere else.
    sid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_hash = models.CharField(max_length=64)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="sessions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.SET_NULL, related_name="sessions"
    )
    # Those of the connection, which may be edited or deleted later.
    alias = models.CharField(max_length=40)
    provider = models.CharField(max_length=60)
    # Under which the provider knows the person.
    namespace = models.CharField(max_length=200)
    subject = models.CharField(max_length=256)
    # Further ids at the provider, for applications.
    claims = models.JSONField(default=dict)
    # How the person proved who they are (OpenID Connect Core 1.0, section 2).
    amr = models.JSONField(default=list)
    # When the browser came back from the provider.
    auth_time = models.DateTimeField()
    created_at = models.DateTimeField()
    # Not more exact than five minutes.
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    browser = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key_hash"], name="session_key_unique")
        ]

    def __str__(self) -> str:
        return str(self.sid)
