"""Addresses of people's pictures, of which only the known ones are kept."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit, urlunsplit

# The column holds 500, and http grows by a letter when it becomes https.
PRINTABLE = re.compile(r"[\x21-\x7e]{1,499}")


def safe_picture(url: object, hosts: Collection[str]) -> str:
    """Return the picture's address by https, if it is on one of the hosts, or ""."""
    if not isinstance(url, str) or not PRINTABLE.fullmatch(url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or parts.netloc not in hosts:
        return ""
    return urlunsplit(("https", parts.netloc, parts.path, parts.query, ""))
