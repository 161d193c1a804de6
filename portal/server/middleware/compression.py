"""Compresses the portal's pages (docs/decisions/26-compression.md)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED_TYPES = ("text/", "application/json")


class PortalGZipMiddleware(GZipMiddleware):
    """Django's GZipMiddleware for text of the portal, not for the pages of projects.

    It adds up to 100 random bytes, so that the size of a response does not tell its content.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Return the response, compressed where it gains from it."""
        # Not `request.project`, which views of the portal set as well.
        is_project_host = getattr(request, "urlconf", None) == settings.PROJECT_URLCONF
        is_text = response.headers.get("Content-Type", "").startswith(COMPRESSED_TYPES)
        # What is streamed arrives as it is sent.
        if is_project_host or response.streaming or not is_text:
            return response
        return super().process_response(request, response)
