from __future__ import annotations

from typing import ClassVar

from django.db import models

from applications.models.application import Application
from projects.models import User


class Consent(models.Model):
    """What a person lets a third party's application know. It stays until it is withdrawn."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="consents", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    # Scopes, separated by spaces.
    scope = models.CharField(max_length=200)
    given_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "user"], name="one_consent_per_person")
        ]

    def __str__(self) -> str:
        return self.scope
