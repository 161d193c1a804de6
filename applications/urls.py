"""The URLs of the OpenID Connect provider, on a project's host."""

from __future__ import annotations

urlpatterns: list[object] = []
