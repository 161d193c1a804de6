from __future__ import annotations

from django.db import models

from applications.models.application import Application


class AuthorizationRequest(models.Model):
    """An authorization request whose person signs in first: valid for an hour, kept for a day."""

    # The hash of the id that the browser has.
    id_hash = models.CharField(primary_key=True, max_length=64)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="requests")
    # The checked parameters: applications/protocol/parameters.py.
    parameters = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    # Whether its application has sent it directly (RFC 9126), to be used once.
    is_pushed = models.BooleanField(default=False, db_default=False)
    # Who has allowed it, where that is asked.
    consented_by = models.UUIDField(null=True)
    # When the browser was sent back to the application for the first time.
    completed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"authorization request at {self.created_at:%H:%M:%S}"
