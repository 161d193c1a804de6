"""Finds out what a reverse proxy changes in requests, by sending some through it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import certifi
import urllib3
from django.conf import settings

from core.http import client as http_client
from portal.server.proxy.echo import PROBE_COOKIE, new_token

PATH = "/proxyz"
SECONDS = 10.0
# From the addresses for documentation (RFC 5737), so it is nobody's.
FORGED_ADDRESS = "192.0.2.1"
# The longest code of a callback, with room for the other parameters.
LONGEST_QUERY = 16_384 + 1024
# As large as the largest form without a file.
LARGEST_BODY = 250 * 1024


@dataclass(frozen=True)
class Problem:
    """What is wrong, what was received and expected, and the line that mends it."""

    host: str
    what: str
    received: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        received = self.received or "nothing"
        return (
            f"{self.host}: {self.what}\n"
            f"    received: {received}\n"
            f"    expected: {self.expected}\n"
            f"    {self.remedy}"
        )


@dataclass(frozen=True)
class Answer:
    """A response, with what Menkou received if it was Menkou who answered."""

    status: int
    set_cookie: str
    arrived: Mapping[str, Any]


@dataclass(frozen=True)
class Route:
    """A host, and how to connect to it: by its name, or at another address."""

    host: str
    scheme: str
    address: tuple[str, int] | None = None

    @property
    def origin(self) -> str:
        """The origin that a browser would have."""
        return f"{self.scheme}://{self.host}"

    def send(self, method: str, *, query: int = 0, body: int = 0) -> Answer:
        """Send a request with headers as a browser has them; raises urllib3's HTTPError."""
        parameters = urlencode({"token": new_token(), "code": "x" * query})
        response = self._pool().urlopen(
            method,
            f"{PATH}?{parameters}",
            body=b"x" * body or None,
            headers={
                "Host": self.host,
                "Origin": self.origin,
                "Sec-Fetch-Site": "same-origin",
                "Cookie": f"{PROBE_COOKIE}=sent",
                "Content-Type": "text/plain",
                "X-Forwarded-For": FORGED_ADDRESS,
                "X-Forwarded-Proto": "http",
            },
            redirect=False,
            retries=False,
            timeout=SECONDS,
        )
        return Answer(response.status, response.headers.get("set-cookie", ""), parse(response.data))

    def _pool(self) -> urllib3.HTTPConnectionPool:
        name, _, port = self.host.partition(":")
        standard = 443 if self.scheme == "https" else 80
        where = self.address or (name, int(port or standard))
        if self.scheme == "http":
            return urllib3.HTTPConnectionPool(*where)
        context: ssl.SSLContext = http_client.trust(certifi.where(), settings.MENKOU_CA_BUNDLE)
        return urllib3.HTTPSConnectionPool(
            *where, ssl_context=context, server_hostname=name, assert_hostname=name
        )


def parse(content: bytes) -> Mapping[str, Any]:
    """Return what Menkou received, or {} if the response is another server's."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and "forwarded_for" in found else {}


def find_problems(route: Route) -> Iterator[Problem]:
    """Return what the proxy in front of a host breaks."""
    try:
        answer = route.send("GET")
    except urllib3.exceptions.HTTPError as error:
        yield Problem(
            route.host,
            "There is no answer.",
            type(error).__name__,
            "an answer of Menkou",
            "Check DNS, the certificate and that the proxy is running.",
        )
        return
    if not answer.arrived:
        yield Problem(
            route.host,
            "The answer is not from Menkou.",
            f"HTTP status {answer.status}",
            f"HTTP status 200 for {PATH}",
            "The proxy must lead this host, with all its paths, to Menkou's address.",
        )
        return
    for check in CHECKS:
        yield from check(route, answer)
    yield from find_limits(route)


def check_host(route: Route, answer: Answer) -> Iterator[Problem]:
    """Host decides which project is shown."""
    received = answer.arrived["host"]
    if received.lower() != route.host:
        yield Problem(
            route.host,
            "The Host header is not passed on.",
            received,
            route.host,
            "nginx: proxy_set_header Host $host; (with a port: $http_host)  "
            "Caddy: remove “header_up Host”.",
        )


def check_scheme(route: Route, answer: Answer) -> Iterator[Problem]:
    """Without https, redirects loop and callback URLs are wrong."""
    if answer.arrived["scheme"] == route.scheme:
        return
    is_set = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    yield Problem(
        route.host,
        "The scheme is not passed on.",
        answer.arrived["scheme_header"] or answer.arrived["scheme"],
        route.scheme,
        "nginx: proxy_set_header X-Forwarded-Proto $scheme;  Caddy sends it by default; if another "
        "proxy is in front of it, set trusted_proxies."
        if is_set
        else "Set MENKOU_PROXY_SSL_HEADER=X-Forwarded-Proto.",
    )


def check_address(route: Route, answer: Answer) -> Iterator[Problem]:
    """Rate limits count by the address; a wrong count lets clients choose it."""
    seen = [each.strip() for each in answer.arrived["forwarded_for"].split(",") if each.strip()]
    passed = seen[1:] if seen[:1] == [FORGED_ADDRESS] else seen
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if len(passed) == count:
        return
    expected = f"{count} {'address' if count == 1 else 'addresses'} added (MENKOU_PROXY_COUNT)"
    yield Problem(
        route.host,
        "X-Forwarded-For does not have as many addresses as there should be proxies.",
        ", ".join(passed) or "no address added by a proxy",
        expected,
        "nginx, outermost proxy: proxy_set_header X-Forwarded-For $remote_addr; others: "
        "$proxy_add_x_forwarded_for. Caddy sends it by default. If the proxies are right, "
        f"set MENKOU_PROXY_COUNT={len(passed)}.",
    )


def header_check(name: str, field: str, expected: Callable[[Route], str], why: str) -> Any:
    """Return the check that a header of browsers arrives as it was sent."""

    def check(route: Route, answer: Answer) -> Iterator[Problem]:
        if answer.arrived[field] != expected(route):
            yield Problem(
                route.host,
                f"The {name} header is removed or changed. {why}",
                answer.arrived[field],
                expected(route),
                f"nginx: remove the line “proxy_set_header {name} …”.  "
                f"Caddy: remove “header_up {name}” or “header_up -{name}”.",
            )

    return check


def check_returned_cookie(route: Route, answer: Answer) -> Iterator[Problem]:
    """Without cookies, nobody stays signed in."""
    if f"{PROBE_COOKIE}=returned" not in answer.set_cookie:
        yield Problem(
            route.host,
            "The proxy removes or changes Set-Cookie.",
            answer.set_cookie,
            f"{PROBE_COOKIE}=returned; …",
            "nginx: remove proxy_hide_header Set-Cookie and proxy_cookie_*.  "
            "Caddy: remove “header_down -Set-Cookie”.",
        )


CHECKS = (
    check_host,
    check_scheme,
    check_address,
    header_check("Cookie", "cookie", lambda route: "sent", "Nobody could stay signed in."),
    header_check("Origin", "origin", lambda route: route.origin, "Sign-ins could not start."),
    header_check(
        "Sec-Fetch-Site", "sec_fetch_site", lambda route: "same-origin", "Some browsers need it."
    ),
    check_returned_cookie,
)


def find_limits(route: Route) -> Iterator[Problem]:
    """Return which limits of size are too low."""
    trials = (
        (
            "The URL of a callback with a long code does not arrive.",
            "GET",
            {"query": LONGEST_QUERY},
            f"HTTP status 200 for a URL of {LONGEST_QUERY} characters",
            "nginx: large_client_header_buffers 4 32k;  Caddy permits 1 MB by default.",
        ),
        (
            "A large form or SAML response does not arrive.",
            "POST",
            {"body": LARGEST_BODY},
            f"HTTP status 200 for a body of {LARGEST_BODY // 1024} KB",
            "nginx: client_max_body_size 512k;  Caddy: request_body { max_size 512KB }",
        ),
    )
    for what, method, sizes, expected, remedy in trials:
        try:
            answer = route.send(method, **sizes)
        except urllib3.exceptions.HTTPError as error:
            yield Problem(route.host, what, type(error).__name__, expected, remedy)
            continue
        length = answer.arrived.get("query_length", 0) + answer.arrived.get("body_length", 0)
        if answer.status != 200 or length < sum(sizes.values()):
            yield Problem(route.host, what, f"HTTP status {answer.status}", expected, remedy)
