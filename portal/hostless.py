"""What every host answers, also one that is nobody's, must not be asked for its host."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

from projects.middleware import HOSTLESS_PATHS


class Common(CommonMiddleware):
    """Django's common middleware, which asks each request for its host, but for those paths."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if request.path in HOSTLESS_PATHS:
            return None
        return super().process_request(request)
