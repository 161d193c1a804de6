from __future__ import annotations

from typing import ClassVar

from django.db import models

from connections.models.connection import Connection
from projects.models import Project, User


class Identity(models.Model):
    """An end user as one provider knows them.

    The namespace outlives the connection: disabling it, or deleting it and adding it again, loses
    nobody.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="identities")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.SET_NULL, related_name="identities"
    )
    namespace = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    claims = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "namespace", "subject"], name="identity_unique_in_project"
            )
        ]

    def __str__(self) -> str:
        return f"{self.namespace}: {self.subject}"


class IdentityKey(models.Model):
    """One more key by which a provider knows the same person, such as (appid, openid)."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="keys")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    namespace = models.CharField(max_length=200)
    value = models.CharField(max_length=255)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "namespace", "value"], name="identity_key_unique_in_project"
            )
        ]

    def __str__(self) -> str:
        return f"{self.namespace}: {self.value}"
