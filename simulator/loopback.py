"""Only this machine can use the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


def is_loopback(address: str) -> bool:
    """Whether this is an IP address of this machine. Host names are not."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped.is_loopback
    return ip.is_loopback


def loopback_only(application: Application) -> Application:
    """Return the application with a check that refuses other machines."""

    def guarded(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if is_loopback(environ.get("REMOTE_ADDR", "")):
            return application(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"The WeChat simulator answers this machine only."]

    return guarded
