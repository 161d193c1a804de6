from __future__ import annotations

from typing import ClassVar

from django.db import models

from applications.models.application import Application
from projects.models import Project, User


class Grant(models.Model):
    """What one sign-in gave to an application: its code, and all tokens that come from it.

    A copy of the database finishes nothing: codes and tokens are kept as hashes.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="grants", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    # Of the session, which may have ended, and as it was when the code was issued.
    sid = models.UUIDField(db_index=True)
    auth_time = models.DateTimeField()
    amr = models.JSONField(default=list)
    idp = models.JSONField(default=dict)
    # Of the authorization request.
    scope = models.CharField(max_length=200)
    claims = models.JSONField(default=dict)
    nonce = models.CharField(max_length=1000, blank=True)
    redirect_uri = models.CharField(max_length=2000)
    code_challenge = models.CharField(max_length=43, blank=True)
    code_hash = models.CharField(max_length=64, unique=True)
    code_expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    redeemed_at = models.DateTimeField(null=True)
    # A random id of the request that redeemed it.
    redeemed_by = models.UUIDField(null=True)
    revoked_at = models.DateTimeField(null=True)
    # No token from it is valid after that.
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["application", "-id"], name="grant_of_application"),
        ]

    def __str__(self) -> str:
        return f"grant {self.pk}"


class TokenKind(models.TextChoices):
    ACCESS = "access"
    REFRESH = "refresh"


class Token(models.Model):
    """An access or refresh token, of which only the hash is kept."""

    hash = models.CharField(primary_key=True, max_length=64)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=7, choices=TokenKind)
    scope = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    # When its successor was issued; refresh tokens only.
    replaced_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} token of grant {self.grant_id}"
