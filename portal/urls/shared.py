"""The URLs of every host."""

from __future__ import annotations

from django.urls import path

from portal.server import health_checks
from portal.server.proxy import certificates, echo

urlpatterns = [
    path("healthz", health_checks.healthz, name="healthz"),
    path("readyz", health_checks.readyz, name="readyz"),
    path("proxyz", echo.proxyz, name="proxyz"),
    path("hostz", certificates.hostz, name="hostz"),
]
