from __future__ import annotations

from typing import ClassVar

from django.db import models

from connections.models.connection import Connection
from projects.models import Project, User


class Identity(models.Model):
    """The link between an end user and their account at a provider.

    The namespace does not depend on the connection, so users are found again after a connection is
    deleted and added again.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="identities")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    # By which the person has signed in last.
    connection = models.ForeignKey(
        Connection,
        null=True,
        on_delete=models.SET_NULL,
        related_name="identities",
        db_index=False,
    )
    namespace = models.CharField(max_length=200)
    subject = models.CharField(max_length=256)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "namespace", "subject"], name="identity_unique_in_project"
            )
        ]
        # For the list and the search of the Users page.
        indexes: ClassVar = [
            models.Index(fields=["connection", "id"], name="identity_of_connection"),
            models.Index(fields=["project", "subject"], name="identity_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}: {self.subject}"


class IdentityKey(models.Model):
    """A further id of the same person at the provider, such as (appid, openid)."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="keys")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    namespace = models.CharField(max_length=200)
    value = models.CharField(max_length=256)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "namespace", "value"], name="identity_key_unique_in_project"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "value"], name="identity_key_by_value"),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}: {self.value}"
