"""How sign-ins end."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class Outcome(models.TextChoices):
    """How a sign-in ended."""

    OK = "ok", pgettext_lazy("outcome", "Signed in")
    CANCELLED = "cancelled", pgettext_lazy("outcome", "Cancelled")
    RETRY = "retry", pgettext_lazy("outcome", "Not completed")
    CONFIG = "config", pgettext_lazy("outcome", "Needs attention")
    TEMPORARY = "temporary", pgettext_lazy("outcome", "Provider error")
    REJECT = "reject", pgettext_lazy("outcome", "Blocked for security")
    POLICY = "policy", pgettext_lazy("outcome", "Not allowed")
