"""Time that passes, by making what is stored older."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F

from applications.models import AuthorizationRequest, Grant, Token
from connections.models import EndUserSession

TIMES = {
    EndUserSession: ("auth_time", "created_at", "last_seen_at", "expires_at"),
    AuthorizationRequest: ("created_at", "expires_at", "completed_at"),
    Grant: (
        "auth_time",
        "created_at",
        "code_expires_at",
        "redeemed_at",
        "revoked_at",
        "expires_at",
    ),
    Token: ("created_at", "expires_at", "replaced_at", "revoked_at"),
}


def let_pass(**length: float) -> None:
    """Make sessions, requests, codes and tokens older: `seconds=`, `days=` and so on."""
    for model, names in TIMES.items():
        model.objects.update(**{name: F(name) - timedelta(**length) for name in names})
