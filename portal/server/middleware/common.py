"""Skips Django's host check for the health checks, which load balancers send to IP addresses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

from core.health_paths import HEALTH_PATHS


class PortalCommonMiddleware(CommonMiddleware):
    """Django's CommonMiddleware, without the host check for HEALTH_PATHS."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if request.path in HEALTH_PATHS:
            return None
        return super().process_request(request)
