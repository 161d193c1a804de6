from __future__ import annotations

from typing import ClassVar

from django.db import models

from projects.models.user import User


class Deletion(models.Model):
    """A project that is no more: what it was, who deleted it, and how much went with it.

    The project's own history goes with it, so this row belongs to nobody and stays.
    """

    # The project's id while it lived.
    project = models.UUIDField()
    slug = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)
    # The database refuses every UPDATE here, so the person's going must not cause one.
    actor = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor_name = models.CharField(max_length=254)
    lost = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.slug
