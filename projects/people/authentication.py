"""Authentication backends for operators (email and password) and end users (providers only)."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend

from projects.models import User


class OperatorBackend(AuthenticationBackend):  # type: ignore[misc]
    """Signs operators in with email and password."""

    def get_user(self, user_id: Any) -> User | None:
        user: User | None = super().get_user(user_id)
        return user if user is not None and user.is_operator else None


class EndUserBackend(BaseBackend):
    """Loads end users of existing sessions; it authenticates nobody."""

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, project__isnull=False, is_active=True).first()
