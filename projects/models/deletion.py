from __future__ import annotations

from typing import ClassVar

from django.db import models

from projects.models.user import User


class Deletion(models.Model):
    """The record of a deleted project: who deleted it, and how much data was deleted.

    The project's history is deleted with it, so this row has no foreign key to the project.
    """

    # The deleted project's id.
    project = models.UUIDField()
    slug = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)
    # A trigger refuses every UPDATE here, so the deletion of the actor must not cause one.
    actor = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor_name = models.CharField(max_length=254)
    lost = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.slug
