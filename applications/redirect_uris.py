"""Redirect URIs: which ones may be registered, and which one of a request matches.

They are compared as text (RFC 9700, 2.1), with two exceptions: the port of a loopback address of a
native app (RFC 8252, 7.3), and one label of a development application's preview sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import SplitResult, urlencode, urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from oauthlib.uri_validate import is_absolute_uri

from applications.models import Application, Kind
from applications.models.application import LONGEST_URL

MOST_URIS = 50
LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
# An app's own scheme is a domain name in reverse (RFC 8252, 7.1), which no other kind of URL has.
OWN_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
WILDCARD_LABEL = re.compile(r"[a-z0-9-]*\*[a-z0-9-]*")
# The labels of a host with a wildcard, such as *.preview.example.
LEAST_LABELS = 3

TOO_LONG = _("Use at most 2,000 characters.")
NOT_PRINTABLE = _("Use only ASCII characters without spaces.")
NOT_ENCODED = _("Percent-encode special characters, such as { and \\.")
NOT_ABSOLUTE = _("Enter a complete URL, such as https://www.example.com/callback.")
FRAGMENT = _("Remove the # and everything after it.")
CREDENTIALS = _("Remove the user name and password in front of the host.")
BAD_HOST = _("Check the host name and the port.")
NOT_HTTPS = _("Use https. Only localhost and loopback addresses may use http.")
BAD_SCHEME = _(
    "Use https, http with a loopback address, or a scheme that is a domain name in reverse, such "
    "as com.example.app:/callback."
)
NOT_HERE = _("Only mobile and desktop apps can have a scheme of their own. Use https.")
WILDCARD = _(
    "A wildcard is possible for development applications only. Enter each redirect URI in full."
)
BAD_WILDCARD = _(
    "A wildcard may stand once, in the first label of the host, such as "
    "https://*.preview.example.com/callback."
)


def find_problem(value: str, *, kind: str, is_development: bool = False) -> Promise | None:
    """Return what is wrong with a URI that is to be registered, or None."""
    if len(value) > LONGEST_URL:
        return TOO_LONG
    if not value.isascii() or not value.isprintable() or " " in value:
        return NOT_PRINTABLE
    parts = split(value)
    if parts is None or not parts.scheme:
        return NOT_ABSOLUTE
    if "#" in value:
        return FRAGMENT
    if "@" in parts.netloc:
        return CREDENTIALS
    if parts.scheme not in {"http", "https"}:
        return find_scheme_problem(value, parts, kind)
    if not parts.hostname:
        return NOT_ABSOLUTE
    if "*" in value:
        return find_wildcard_problem(value, parts) if is_development else WILDCARD
    if ":" not in parts.hostname and not all(map(HOST_LABEL.fullmatch, parts.hostname.split("."))):
        return BAD_HOST
    if parts.scheme == "http" and not is_local(parts.hostname):
        return NOT_HTTPS
    # oauthlib refuses such a URI in a request, whatever is registered.
    return None if is_absolute_uri(value) else NOT_ENCODED


def find_scheme_problem(value: str, parts: SplitResult, kind: str) -> Promise | None:
    """Return what is wrong with a URI of an app's own scheme."""
    if not OWN_SCHEME.fullmatch(parts.scheme):
        # A host without a scheme in front of a port looks like a scheme, too.
        is_host = "//" not in value and parts.path.partition("/")[0].isdigit()
        return NOT_ABSOLUTE if is_host else BAD_SCHEME
    if kind != Kind.NATIVE:
        return NOT_HERE
    return None if is_absolute_uri(value) else NOT_ENCODED


def find_wildcard_problem(value: str, parts: SplitResult) -> Promise | None:
    """Return what is wrong with a URI with a wildcard."""
    labels = (parts.hostname or "").split(".")
    first, rest = labels[0], labels[1:]
    is_right = (
        value.count("*") == 1
        and WILDCARD_LABEL.fullmatch(first)
        and len(labels) >= LEAST_LABELS
        and all(map(HOST_LABEL.fullmatch, rest))
        and not rest[-1].isdigit()
    )
    if not is_right:
        return BAD_WILDCARD
    if parts.scheme != "https":
        return NOT_HTTPS
    return None if is_absolute_uri(value) else NOT_ENCODED


def is_local(host: str) -> bool:
    """Whether the host name is that of the same machine."""
    return host in {"localhost", *LOOPBACK_ADDRESSES} or host.endswith(".localhost")


def matches(application: Application, value: str) -> bool:
    """Whether the URI of a request is one of the application's."""
    registered: Iterable[str] = application.redirect_uris
    if "*" in value:
        return False
    if value in registered:
        return True
    if len(value) > LONGEST_URL or not value.isascii() or not value.isprintable():
        return False
    if application.kind == Kind.NATIVE and (bare := without_loopback_port(value)):
        return any(bare == without_loopback_port(each) for each in registered)
    if application.is_development:
        return any(matches_wildcard(each, value) for each in registered if "*" in each)
    return False


def without_loopback_port(value: str) -> str:
    """Return the URI without its port if it is one of a loopback address, else ""."""
    parts = split(value)
    if parts is None or parts.scheme != "http" or parts.hostname not in LOOPBACK_ADDRESSES:
        return ""
    if "@" in parts.netloc or "#" in value:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return parts._replace(netloc=host).geturl()


def matches_wildcard(pattern: str, value: str) -> bool:
    """Whether the URI is the pattern with letters, digits and hyphens in place of its `*`."""
    before, star, after = pattern.partition("*")
    if not star or len(value) <= len(before) + len(after):
        return False
    if not (value.startswith(before) and value.endswith(after)):
        return False
    label = value[len(before) : len(value) - len(after)]
    return set(label) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def has_origin(application: Application, origin: str) -> bool:
    """Whether a browser app has a redirect URI of this origin, as browsers write it."""
    own = map(origin_of, application.redirect_uris)
    return application.kind == Kind.BROWSER and any(
        origin == each or (application.is_development and matches_wildcard(each, origin))
        for each in own
    )


def origin_of(uri: str) -> str:
    """Return scheme, host and port of a URI, without the port that everybody knows."""
    parts = urlsplit(uri)
    port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    host = parts.netloc.lower().removesuffix(port).removesuffix(":")
    return f"{parts.scheme}://{host}"


def with_parameters(uri: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Return the URI with more parameters, and everything that it had unchanged (RFC 6749, 3.1.2).

    Whoever takes an app's own scheme apart and joins it again loses slashes.
    """
    joint = "" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?"
    return f"{uri}{joint}{urlencode(parameters)}"


def split(value: str) -> SplitResult | None:
    """Return the parts of a URL, or None where it is none."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises ValueError for one that is no number
    except ValueError:
        return None
    return parts
