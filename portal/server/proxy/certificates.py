"""Tells a proxy for which host names it may obtain certificates on demand."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from projects.project_ids import PROJECT_ID
from projects.tenants.hosts import hosts

MAX_NAME = 253
NAME = re.compile(r"[a-z0-9.-]+")
# A proxy adds them to the requests of others, and not to its own.
PROXY_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_VIA")


@require_safe
@never_cache
def hostz(request: HttpRequest) -> HttpResponse:
    """200 if `domain` is the portal's host or a project's, else 404.

    It costs one query at most. A request that came through a proxy gets a 404, whatever it asks.
    """
    name = request.GET.get("domain", "").lower()
    from_outside = any(header in request.META for header in PROXY_HEADERS)
    is_ours = not from_outside and is_our_host(name)
    return HttpResponse(
        "ok\n" if is_ours else "Not found.\n",
        status=200 if is_ours else 404,
        content_type="text/plain; charset=utf-8",
    )


def is_our_host(name: str) -> bool:
    """Whether this is the portal's host, or an existing project's; without a port."""
    if len(name) > MAX_NAME or not NAME.fullmatch(name):
        return False
    if name == settings.MENKOU_PORTAL_HOST.partition(":")[0]:
        return True
    domain = settings.MENKOU_PROJECT_DOMAIN
    slug, _dot, rest = name.partition(".")
    # Only what can be a project's ID reaches the database.
    if rest != domain.partition(":")[0] or not PROJECT_ID.fullmatch(slug):
        return False
    return hosts.find_project(f"{slug}.{domain}") is not None
