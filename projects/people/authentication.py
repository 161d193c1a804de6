"""The authentication backend for operators. End users sign in by providers only."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from projects.models import User


class OperatorBackend(AuthenticationBackend):  # type: ignore[misc]
    """Signs operators in with email and password."""

    def get_user(self, user_id: Any) -> User | None:
        user: User | None = super().get_user(user_id)
        return user if user is not None and user.is_operator else None
