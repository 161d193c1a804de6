"""The allowed callback URLs, and the URLs of redirects."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from simulator.domains import is_local
from simulator.world import App


def accepts(app: App, redirect_uri: str) -> bool:
    """Whether WeChat would redirect to this URL: exactly the 授权回调域, without a port.

    A lenient app also accepts localhost and its subdomains with any port, which WeChat never does.
    """
    # Browsers and parsers read a backslash or a control character in a URL differently.
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
    # netloc, because the parser finds no port in "rp.test:", which is not the bare host.
    return port is None and address.netloc.lower() == app.callback_domain.lower()


def place(redirect_uri: str) -> str:
    """Return the host and port of a URL for display."""
    return redirect_uri.partition("://")[2].partition("/")[0].partition("?")[0]


def before_code(redirect_uri: str) -> str:
    """Return the URL up to and including ``code=``."""
    return redirect_uri + ("&" if "?" in redirect_uri else "?") + "code="


def after_code(state: str) -> str:
    """Return the rest of the URL after the code."""
    return "&state=" + quote(state, safe="")


def with_code(redirect_uri: str, code: str, state: str) -> str:
    """Return the URL of the redirect after 同意."""
    return before_code(redirect_uri) + code + after_code(state)


def without_code(redirect_uri: str, state: str) -> str:
    """Return the URL of WeChat's former redirect after 取消."""
    return redirect_uri + ("&" if "?" in redirect_uri else "?") + after_code(state)[1:]
