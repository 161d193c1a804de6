"""The IP address that a request came from, seen through our own reverse proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core.http import address_rules

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(meta: Mapping[str, Any]) -> Address | None:
    """Return the address, or None where there is none.

    With so many proxies of ours in front, the address is the one that the outermost of them
    saw. What stands before it in the header, the client may have written.
    """
    given: str = meta.get("REMOTE_ADDR", "")
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    seen = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if count and len(seen) >= count:
        given = seen[-count]
    return parse_address(given.strip())


def parse_address(text: str) -> Address | None:
    """Return the address that a text holds, without its zone; None where it holds none."""
    try:
        return address_rules.parse_address(text.partition("%")[0])
    except ValueError:
        return None
