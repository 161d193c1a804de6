"""Where a browser may be sent back to, and the address it is sent to."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from simulator.domains import is_local
from simulator.world import App


def accepts(app: App, redirect_uri: str) -> bool:
    """Whether WeChat would call this address back: exactly the 授权回调域, without a port.

    A lenient app also takes localhost and its subdomains on any port, which WeChat never does.
    """
    # A backslash or a control character means one host to a browser and another to a parser.
    if re.search(r"[\\\s\x00-\x1f\x7f]", redirect_uri):
        return False
    try:
        address = urlsplit(redirect_uri)
        port = address.port
    except ValueError:
        return False
    host = (address.hostname or "").lower()
    if address.scheme not in ("http", "https") or not host or "@" in address.netloc:
        return False
    if app.lenient_localhost and is_local(host):
        return True
    # netloc, because "rp.test:" has no port to the parser and is still not the bare host.
    return port is None and address.netloc.lower() == app.callback_domain.lower()


def place(redirect_uri: str) -> str:
    """The host and port of an address, as far as it has any, to be shown."""
    return redirect_uri.partition("://")[2].partition("/")[0].partition("?")[0]


def before_code(redirect_uri: str) -> str:
    """The address up to and including ``code=``."""
    return redirect_uri + ("&" if "?" in redirect_uri else "?") + "code="


def after_code(state: str) -> str:
    """What follows the code."""
    return "&state=" + quote(state, safe="")


def with_code(redirect_uri: str, code: str, state: str) -> str:
    """The address that a browser visits after 同意."""
    return before_code(redirect_uri) + code + after_code(state)


def without_code(redirect_uri: str, state: str) -> str:
    """The address that a browser visited after 取消, while WeChat still sent it back."""
    return redirect_uri + ("&" if "?" in redirect_uri else "?") + after_code(state)[1:]
