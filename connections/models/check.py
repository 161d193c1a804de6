"""What checks of connections found."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import pgettext_lazy

from connections.models.connection import Connection
from projects.models import User


class StepVerdict(models.TextChoices):
    """What a step of a check found, and the whole check."""

    PASSED = "passed", pgettext_lazy("check", "Passed")
    FAILED = "failed", pgettext_lazy("check", "Failed")
    # It may work, but something should be looked at; or it could not be found out now.
    DOUBTFUL = "doubtful", pgettext_lazy("check", "Needs attention")
    NOT_CHECKED = "not_checked", pgettext_lazy("check", "Not checked")


class CheckedValues(models.TextChoices):
    """Which values of a connection were checked."""

    LIVE = "live"
    DRAFT = "draft"
    TYPED = "typed"


class CheckResult(models.Model):
    """A check of a connection, without secrets."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="checks")
    at = models.DateTimeField(auto_now_add=True)
    # Null if the schedule checked it, or if the person was deleted.
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    is_scheduled = models.BooleanField(default=False, db_default=False)
    checked = models.CharField(max_length=10, choices=CheckedValues)
    # The number of the published revision, if live values were checked.
    revision = models.PositiveIntegerField(null=True)
    verdict = models.CharField(max_length=20, choices=StepVerdict)
    # As connections.checking.steps writes them.
    steps = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["connection", "is_scheduled", "-id"], name="check_of_connection")
        ]

    def __str__(self) -> str:
        return f"{self.connection}: {self.verdict}"


class CheckState(models.Model):
    """The schedule of a connection's checks, and whether the connection is failing."""

    connection = models.OneToOneField(
        Connection, primary_key=True, on_delete=models.CASCADE, related_name="check_state"
    )
    # When the next scheduled check is due. A worker that takes it puts this off, so that no other
    # worker takes it as well.
    next_at = models.DateTimeField(db_index=True)
    # When the last scheduled check began.
    checked_at = models.DateTimeField(null=True)
    # The step that failed last, if the connection is not failing yet.
    suspected_step = models.CharField(max_length=20, blank=True, default="")
    # Null unless the connection is failing.
    failing_since = models.DateTimeField(null=True)
    failing_step = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.connection}: {'failing' if self.failing_since else 'ok'}"
