"""System checks of the installation, only in production.

Errors prevent the server from starting; warnings are logged when it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from core.http import authorities  # noqa: F401 - registers a check
from projects.project_ids import RESERVED
from projects.tenants.hosts import slug_from_host

SHORTEST_KEY = 50
FEWEST_CHARACTERS = 5
INSECURE_KEY = "django-insecure-"

Finder = Callable[[], Iterator[CheckMessage]]


def in_production(find: Finder) -> Finder:
    """Register a check that runs only in production."""

    def check(**options: Any) -> list[CheckMessage]:
        return list(find()) if settings.MENKOU_ENV == "production" else []

    register(check)
    return find


@in_production
def hosts_are_named() -> Iterator[CheckMessage]:
    """E001: hosts decide which sessions are valid, so ALLOWED_HOSTS must not be too wide."""
    for host in settings.ALLOWED_HOSTS:
        if "*" in host or not host.strip(".") or host.startswith(".") and not is_below_a_name(host):
            yield Error(
                f"ALLOWED_HOSTS contains {host!r}, which allows hosts that are not yours.",
                hint="Set MENKOU_PORTAL_HOST and MENKOU_PROJECT_DOMAIN to your own hosts.",
                id="portal.E001",
            )


def is_below_a_name(host: str) -> bool:
    """Whether the wildcard is below a domain, not a whole top-level domain."""
    return "." in host.strip(".") or host == ".localhost"


@in_production
def debugging_is_off() -> Iterator[CheckMessage]:
    """E002: debug pages show settings, URLs and submitted data."""
    if settings.DEBUG:
        yield Error("DEBUG is on.", hint="Turn it off in production.", id="portal.E002")


@in_production
def secret_key_is_secret() -> Iterator[CheckMessage]:
    """E003: with the key, an attacker can forge password reset links."""
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_CHARACTERS or key.startswith(INSECURE_KEY):
        yield Error(
            f"SECRET_KEY is too weak. It needs at least {SHORTEST_KEY} random characters.",
            hint="Generate one: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="portal.E003",
        )


@in_production
def portal_and_project_hosts_differ() -> Iterator[CheckMessage]:
    """E004: the portal's host must not be a possible project host."""
    label = slug_from_host(settings.MENKOU_PORTAL_HOST)
    if label is not None and "." not in label and label not in RESERVED:
        yield Error(
            f"MENKOU_PORTAL_HOST is also the host of a project with the ID {label}.",
            hint=(
                "Use a host outside MENKOU_PROJECT_DOMAIN, or a reserved name that no project can "
                "have, such as portal."
            ),
            id="portal.E004",
        )


@in_production
def proxies_are_counted() -> Iterator[CheckMessage]:
    """E005: slow clients can block gunicorn without a proxy; a wrong count defeats rate limits."""
    if not settings.MENKOU_PROXY_COUNT_IS_SET:
        yield Error(
            "MENKOU_PROXY_COUNT is not set.",
            hint=(
                "Set it to the number of your reverse proxies, usually 1. Set it to 0 only if you "
                "run without one on purpose: slow clients can then block the server."
            ),
            id="portal.E005",
        )


@in_production
def https_is_seen() -> Iterator[CheckMessage]:
    """W001: behind a proxy that ends TLS, every request looks like plain HTTP."""
    if not settings.SECURE_PROXY_SSL_HEADER:
        yield Warning(
            "MENKOU_PROXY_SSL_HEADER is not set.",
            hint=(
                "Without it, pages behind a reverse proxy redirect to themselves endlessly. Set "
                "it to the header that carries the scheme, such as X-Forwarded-Proto."
            ),
            id="portal.W001",
        )


@in_production
def mail_can_be_sent() -> Iterator[CheckMessage]:
    """W002: passwords cannot be reset without email."""
    if settings.EMAIL_BACKEND.endswith(".dummy.EmailBackend"):
        yield Warning(
            "EMAIL_URL is not set, so no email is sent.",
            hint="Members cannot reset their passwords. Set it, for example smtp+tls://user@host:587.",
            id="portal.W002",
        )


@in_production
def metrics_are_internal() -> Iterator[CheckMessage]:
    """W003: metrics reveal how many people sign in, and with which providers."""
    address = settings.MENKOU_METRICS_ADDRESS
    if address and not is_internal(address[0]):
        yield Warning(
            f"MENKOU_METRICS_ADDRESS listens on {address[0]}, which may be reachable from outside.",
            hint="Use a loopback or private address, or block the port from outside.",
            id="portal.W003",
        )


def is_internal(host: str) -> bool:
    """Whether the address is one of this machine or of a private network."""
    try:
        address = ip_address(host)
    except ValueError:
        return True  # a name, which only its network knows
    return not address.is_unspecified and (address.is_private or address.is_loopback)
