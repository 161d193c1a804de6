"""What a deployer can get wrong with the installation, said before it hurts.

Errors keep a server from starting, warnings are told when it does. Only production is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from projects.hosts import slug_of
from projects.names import RESERVED

SHORTEST_KEY = 50
FEWEST_CHARACTERS = 5
INSECURE_KEY = "django-insecure-"

Finder = Callable[[], Iterator[CheckMessage]]


def in_production(find: Finder) -> Finder:
    """Register a check that only production must pass."""

    def check(**options: Any) -> list[CheckMessage]:
        return list(find()) if settings.MENKOU_ENV == "production" else []

    register(check)
    return find


@in_production
def hosts_are_named() -> Iterator[CheckMessage]:
    """E001: whose host it is decides whose session counts, so every host must be one of ours."""
    for host in settings.ALLOWED_HOSTS:
        if "*" in host or not host.strip(".") or host.startswith(".") and not is_below_a_name(host):
            yield Error(
                f"ALLOWED_HOSTS has {host!r}, which lets in hosts that are not yours.",
                hint="Set MENKOU_PORTAL_HOST and MENKOU_PROJECT_DOMAIN to hosts of your own.",
                id="portal.E001",
            )


def is_below_a_name(host: str) -> bool:
    """Whether the wildcard is below a domain that somebody can own, not a whole `.com`."""
    return "." in host.strip(".") or host == ".localhost"


@in_production
def debugging_is_off() -> Iterator[CheckMessage]:
    """E002: pages for people who debug show settings, addresses and what was sent."""
    if settings.DEBUG:
        yield Error(
            "DEBUG is on.", hint="Remove it from the settings of production.", id="portal.E002"
        )


@in_production
def secret_key_is_secret() -> Iterator[CheckMessage]:
    """E003: who guesses it writes links to new passwords."""
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_CHARACTERS or key.startswith(INSECURE_KEY):
        yield Error(
            f"SECRET_KEY is not {SHORTEST_KEY} random characters or more.",
            hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="portal.E003",
        )


@in_production
def hosts_are_apart() -> Iterator[CheckMessage]:
    """E004: a project must not be able to have the portal's host, nor the portal a project's."""
    label = slug_of(settings.MENKOU_PORTAL_HOST)
    if label is not None and "." not in label and label not in RESERVED:
        yield Error(
            f"MENKOU_PORTAL_HOST is the host of a project that is called {label}.",
            hint=(
                "Take the portal out of MENKOU_PROJECT_DOMAIN, or call it by a name that no "
                "project can have, such as portal."
            ),
            id="portal.E004",
        )


@in_production
def https_is_seen() -> Iterator[CheckMessage]:
    """W001: behind a proxy that ends TLS, every request looks like plain HTTP."""
    if not settings.SECURE_PROXY_SSL_HEADER:
        yield Warning(
            "MENKOU_PROXY_SSL_HEADER is not set.",
            hint=(
                "Behind a reverse proxy every page would redirect to itself for ever. Name the "
                "header by which it says https, such as X-Forwarded-Proto."
            ),
            id="portal.W001",
        )


@in_production
def mail_can_be_sent() -> Iterator[CheckMessage]:
    """W002: a forgotten password cannot be replaced without e-mail."""
    if settings.EMAIL_BACKEND.endswith(".dummy.EmailBackend"):
        yield Warning(
            "EMAIL_URL is not set, so no e-mail is sent.",
            hint="Nobody can reset a password. Set it, for example smtp+tls://user@host:587.",
            id="portal.W002",
        )


@in_production
def metrics_are_internal() -> Iterator[CheckMessage]:
    """W003: metrics say how many people sign in, and by what."""
    address = settings.MENKOU_METRICS_ADDRESS
    if address and not is_internal(address[0]):
        yield Warning(
            f"MENKOU_METRICS_ADDRESS listens at {address[0]}, which others may reach.",
            hint="Name a loopback or private address, or close the port to the outside.",
            id="portal.W003",
        )


def is_internal(host: str) -> bool:
    """Whether the address is one of this machine or of a private network."""
    try:
        address = ip_address(host)
    except ValueError:
        return True  # a name, which only its network knows
    return not address.is_unspecified and (address.is_private or address.is_loopback)
