from __future__ import annotations

from typing import ClassVar

from django.db import models

from applications.models.application import SigningAlgorithm
from projects.models import Project


class SigningKey(models.Model):
    """A project's key for id_tokens. Its public half is published from the beginning."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="signing_keys", db_index=False
    )
    kid = models.CharField(max_length=40, unique=True)
    alg = models.CharField(max_length=5, choices=SigningAlgorithm)
    public_jwk = models.JSONField()
    # The private key (PKCS #8, DER), sealed.
    ciphertext = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    # When it begins to sign, in place of the key before it.
    active_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["active_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "alg", "active_at"], name="one_signing_key_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.kid
