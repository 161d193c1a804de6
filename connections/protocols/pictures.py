"""URLs of users' pictures. Our own pages show them only from known hosts."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlunsplit

from core.untrusted import BadInput, split_url

# The column has 500 characters, and https has one letter more than http.
LONGEST = 499


def safe_picture(url: object, hosts: Collection[str]) -> str:
    """Return the picture's URL with https if it is on one of the hosts, or ""."""
    try:
        parts = split_url(url, longest=LONGEST)
    except BadInput:
        return ""
    if parts.netloc not in hosts:
        return ""
    return urlunsplit(("https", parts.netloc, parts.path, parts.query, ""))


def https_picture(url: object) -> str:
    """Return the picture's URL if it begins with https, or "".

    For applications, which decide themselves whether they show it. Our own pages do not.
    """
    try:
        parts = split_url(url, longest=LONGEST)
    except BadInput:
        return ""
    is_plain = parts.scheme == "https" and "@" not in parts.netloc
    return urlunsplit(("https", parts.netloc, parts.path, parts.query, "")) if is_plain else ""
