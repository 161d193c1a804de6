from __future__ import annotations

from typing import ClassVar

from django.db import models

from connections.models.connection import Connection
from connections.models.secret import SealedSecret
from projects.models import User


class Revision(models.Model):
    """What was published at one time: a complete copy of labels, settings and secrets.

    The one with the highest number is live. The switch and the order are not part of it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    labels = models.JSONField(default=dict)
    settings = models.JSONField(default=dict)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # The number of the earlier revision whose values were put into effect again.
    restores = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "number"], name="revision_number_unique")
        ]

    def __str__(self) -> str:
        return f"revision {self.number}"


class RevisionSecret(SealedSecret):
    """A secret of a revision.

    When the secret itself is removed, its fingerprint stays; the ciphertext is empty, the key 0.
    """

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="secrets")
    # Since when the secret is no longer live; null as long as it is.
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["revision", "field"], name="one_revision_secret_per_field"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["replaced_at"],
                name="replaced_secret_by_age",
                condition=models.Q(key_id__gt=0, replaced_at__isnull=False),
            )
        ]

    @property
    def is_removed(self) -> bool:
        """Whether only the fingerprint is left."""
        return self.key_id == 0
