"""URLs of users' pictures, which are kept only for known hosts."""

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
