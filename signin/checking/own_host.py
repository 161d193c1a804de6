"""The steps of a check at the project's own host: whether browsers and providers find us there.

The host answers a random value with a keyed hash of it. So another server at the same name is
recognized, also another installation of this product.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from connections.checking.steps import CheckStep, StepName
from connections.models import StepVerdict
from connections.values.facts import fact_text
from connections.values.sites import Site
from core.http import client as http_client
from core.http.address_rules import is_public, parse_address
from core.http.client import RequestFailed, Response
from projects.requests import TenantRequest
from signin.checking.provider import SERVER_CERTIFICATE_WARNING, certificate_finding, timed_step

PATH = "/sso/check/"
TLS_CAUSES = {
    "tls_expired": "own_tls_expired",
    "tls_host": "own_tls_host",
    "tls": "own_tls",
    "tls_issuer": "own_tls",
    "tls_certificate": "own_tls",
}


def own_answer(host: str, value: str) -> str:
    """Return what this installation answers to a value at a host."""
    key = hashlib.sha256(b"menkou:own-host:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, f"{host}|{value}".encode(), hashlib.sha256).hexdigest()


@require_safe
@never_cache
def answer(request: TenantRequest, value: str) -> HttpResponse:
    """Show a check that this installation answers at the project's host."""
    return HttpResponse(own_answer(request.project.host, value), content_type="text/plain")


def check_own_host(
    site: Site, *, entered: Mapping[str, Any], served: Mapping[str, Any]
) -> list[CheckStep]:
    """Return the steps at the project's host.

    `entered` are the settings that are checked, and `served` those whose file is served.
    """
    steps = [timed_step(lambda: check_callback(site))]
    if "domain_file" in entered:
        works = steps[0].verdict in {StepVerdict.PASSED, StepVerdict.DOUBTFUL}
        is_reached = works and steps[0].cause != "own_host_unreachable"
        steps.append(
            timed_step(lambda: check_domain_file(site, entered, served, is_reached=is_reached))
        )
    return steps


def check_callback(site: Site) -> CheckStep:
    """Check that the project's host is known, has a certificate, and is this installation."""
    if site.is_local:
        return CheckStep(StepName.CALLBACK, StepVerdict.NOT_CHECKED, "own_host_local")
    value = secrets.token_hex(16)
    try:
        is_private = leads_into_private_network(site)
        end = http_client.connect(origin_of(site))
        response = fetch(site, f"{PATH}{value}")
    except RequestFailed as error:
        return own_failure(StepName.CALLBACK, error)
    expected = own_answer(site.host, value)
    # Compared as bytes: another server may answer anything.
    if not hmac.compare_digest(response.content.strip(), expected.encode()):
        facts = {"status": str(response.status_code)}
        return CheckStep(StepName.CALLBACK, StepVerdict.FAILED, "own_host_other", facts=facts)
    return finding_of_callback(site, end, is_private=is_private)


def finding_of_callback(site: Site, end: datetime | None, *, is_private: bool) -> CheckStep:
    """Return what is to be said of a host at which this installation answers."""
    found = CheckStep(StepName.CALLBACK, StepVerdict.PASSED)
    if end is not None:
        found = certificate_finding(
            StepName.CALLBACK, end, SERVER_CERTIFICATE_WARNING, soon="own_tls_ends_soon"
        )
    elif site.scheme != "https":
        found = replace(found, verdict=StepVerdict.DOUBTFUL, cause="own_host_http")
    if is_private and not found.cause:
        found = replace(found, cause="own_host_private")
    return found


def check_domain_file(
    site: Site, entered: Mapping[str, Any], served: Mapping[str, Any], *, is_reached: bool
) -> CheckStep:
    """Check that the provider finds the file by which it verifies the domain."""
    step = CheckStep(StepName.DOMAIN_FILE, StepVerdict.NOT_CHECKED)
    name = entered["domain_file"]
    if not name:
        return replace(step, cause="file_none")
    names = ("domain_file", "domain_file_content")
    if any(entered.get(each) != served.get(each) for each in names):
        return replace(step, cause="file_unsaved")
    if not is_reached:
        return replace(step, cause="own_host_local" if site.is_local else "earlier")
    try:
        response = fetch(site, f"/{name}")
    except RequestFailed as error:
        return own_failure(StepName.DOMAIN_FILE, error)
    facts = {"request": fact_text(f"GET {origin_of(site)}/{name}")}
    failed = replace(step, verdict=StepVerdict.FAILED)
    if response.status_code != 200:
        facts["status"] = str(response.status_code)
        return replace(failed, cause="file_missing", facts=facts)
    if response.text.strip() != entered["domain_file_content"]:
        facts["expected"] = fact_text(entered["domain_file_content"])
        return replace(failed, cause="file_other", facts=facts)
    return replace(step, verdict=StepVerdict.PASSED, facts=facts)


def own_failure(name: StepName, error: RequestFailed) -> CheckStep:
    """Return the step for a call to ourselves without a response."""
    if error.cause == "unknown_host":
        return CheckStep(name, StepVerdict.FAILED, "own_host_unknown")
    if cause := TLS_CAUSES.get(error.cause):
        return CheckStep(name, StepVerdict.FAILED, cause)
    return CheckStep(name, StepVerdict.DOUBTFUL, "own_host_unreachable")


def leads_into_private_network(site: Site) -> bool:
    """Whether the host has no public address; raises RequestFailed if it has none at all."""
    origin = origin_of(site)
    if http_client.replace_moved_origin(origin) != origin:
        return False
    try:
        addresses = http_client.resolve_host(site.hostname, trusted=True)
    except RequestFailed as error:
        # A name that does not exist is no connection that failed.
        raise RequestFailed("unknown_host" if error.cause == "unreachable" else "timeout") from None
    return not any(is_public(parse_address(each)) for each in addresses)


def fetch(site: Site, path: str) -> Response:
    """Return the response of the project's host; raises RequestFailed."""
    with http_client.new_session() as session:
        return session.get(f"{origin_of(site)}{path}")


def origin_of(site: Site) -> str:
    """Return scheme and host."""
    return f"{site.scheme}://{site.host}"
