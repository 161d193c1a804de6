from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from projects.project_ids import check_project_id


class Project(models.Model):
    """A tenant: its own host, sign-in page, connections, end users and history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(_("Project ID"), max_length=40, validators=[check_project_id])
    name = models.CharField(_("Name"), max_length=80)
    # Incremented by every change that affects the sign-in page.
    version = models.PositiveBigIntegerField(default=0)
    # Whether members must sign in with a second factor.
    require_second_factor = models.BooleanField(default=False, db_default=False)
    # Whether new settings and secrets of a connection need a successful trial before they are live.
    require_trial = models.BooleanField(default=False, db_default=False)
    # Of its OpenID Connect provider: the origin of its host when its first application was added.
    # Applications know people by it, so it stays when the host changes.
    issuer = models.CharField(max_length=200, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "slug"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["slug"],
                name="project_slug_unique",
                violation_error_message=_("This project ID is already taken. Choose another one."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portal:overview", args=[self.slug])

    @property
    def host(self) -> str:
        """The host of the sign-in page, with a port where the deployment has one."""
        return f"{self.slug}.{settings.MENKOU_PROJECT_DOMAIN}"
