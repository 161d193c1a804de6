"""What applications read before anybody signs in: the discovery document and the public keys."""

from __future__ import annotations

from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from applications.protocol.discovery import discovery_document, public_keys
from projects.requests import TenantRequest

# A new key is published a day before it signs.
CACHED_SECONDS = 3600


@require_safe
def discovery(request: TenantRequest) -> HttpResponse:
    """The discovery document; 404 for a project without applications."""
    if not request.project.issuer:
        raise Http404
    return public(discovery_document(request.project.issuer))


@require_safe
def jwks(request: TenantRequest) -> HttpResponse:
    """The public keys (RFC 7517); 404 for a project without applications."""
    if not request.project.issuer:
        raise Http404
    return public({"keys": public_keys(request.project)})


def public(document: dict[str, object]) -> HttpResponse:
    """Return a document that anybody may read and keep for an hour."""
    return JsonResponse(
        document,
        headers={
            "Cache-Control": f"public, max-age={CACHED_SECONDS}",
            "Access-Control-Allow-Origin": "*",
        },
    )
