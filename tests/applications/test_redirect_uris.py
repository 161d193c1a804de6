"""Which redirect URIs may be registered, and which match (RFC 9700, RFC 8252)."""

from __future__ import annotations

from applications import redirect_uris as uris
from applications.models import Application
from tests.rows import each_row

REGISTERED = [
    ("https://shop.example/callback", "website", None),
    ("https://shop.example:8443/callback?tenant=1", "website", None),
    ("http://localhost:8900/callback", "website", None),
    ("http://demo.localhost:8900/callback", "browser", None),
    ("http://127.0.0.1/callback", "native", None),
    ("http://[::1]:1234/callback", "native", None),
    ("com.example.app:/callback", "native", None),
    ("com.example.app://callback", "native", None),
    ("https://app.example/claimed", "native", None),
    ("", "website", uris.NOT_ABSOLUTE),
    ("/callback", "website", uris.NOT_ABSOLUTE),
    ("shop.example/callback", "website", uris.NOT_ABSOLUTE),
    ("localhost:8900/callback", "website", uris.NOT_ABSOLUTE),
    ("https:///callback", "website", uris.NOT_ABSOLUTE),
    ("https://shop.example:port/", "website", uris.NOT_ABSOLUTE),
    ("https://shop.example/callback#", "website", uris.FRAGMENT),
    ("https://shop.example/callback#top", "website", uris.FRAGMENT),
    ("com.example.app:/callback#top", "native", uris.FRAGMENT),
    ("https://user@shop.example/callback", "website", uris.CREDENTIALS),
    ("https://shop_example/callback", "website", uris.BAD_HOST),
    ("https://-shop.example/callback", "website", uris.BAD_HOST),
    ("http://shop.example/callback", "website", uris.NOT_HTTPS),
    ("http://192.168.1.2/callback", "website", uris.NOT_HTTPS),
    ("http://localhost.shop.example/callback", "website", uris.NOT_HTTPS),
    ("com.example.app:/callback", "website", uris.NOT_HERE),
    ("myapp:/callback", "native", uris.BAD_SCHEME),
    ("javascript:alert(1)", "native", uris.BAD_SCHEME),
    ("data:text/html,x", "native", uris.BAD_SCHEME),
    ("https://shop.example/call back", "website", uris.NOT_PRINTABLE),
    ("https://商店.example/callback", "website", uris.NOT_PRINTABLE),
    ("https://shop.example/\ncallback", "website", uris.NOT_PRINTABLE),
    ("https://shop.example/" + "a" * 2000, "website", uris.TOO_LONG),
    ("https://*.shop.example/callback", "website", uris.WILDCARD),
    ("com.example.app://user@callback", "native", uris.CREDENTIALS),
    ("https://shop.example/callback?a=%zz", "website", uris.NOT_ENCODED),
    ("https://shop.example/callback?a={b}", "website", uris.NOT_ENCODED),
    ("https://shop.example/\\callback", "website", uris.NOT_ENCODED),
    ("com.example.app:/call|back", "native", uris.NOT_ENCODED),
]


@each_row("value, kind, problem", REGISTERED)
def test_registered(value: str, kind: str, problem: object) -> None:
    assert uris.find_problem(value, kind=kind) == problem


@each_row(
    "value, problem",
    [
        ("https://*.preview.example/callback", None),
        ("https://shop-*-team.preview.example/callback", None),
        ("https://*.example/callback", uris.BAD_WILDCARD),
        ("https://a.*.preview.example/callback", uris.BAD_WILDCARD),
        ("https://*.*.preview.example/callback", uris.BAD_WILDCARD),
        ("https://*.preview.example/*", uris.BAD_WILDCARD),
        ("https://shop.preview.example/*", uris.BAD_WILDCARD),
        ("https://*.0.0.1/callback", uris.BAD_WILDCARD),
        ("http://*.preview.example/callback", uris.NOT_HTTPS),
        ("https://shop.example/callback", None),
    ],
)
def test_wildcards_of_development_applications(value: str, problem: object) -> None:
    assert uris.find_problem(value, kind="website", is_development=True) == problem


MATCHES = [
    ("website", "https://shop.example/callback", "https://shop.example/callback", True),
    ("website", "https://shop.example/callback", "https://shop.example/callback/", False),
    ("website", "https://shop.example/callback", "https://shop.example/callback?a=1", False),
    ("website", "https://shop.example/callback", "https://SHOP.example/callback", False),
    ("website", "https://shop.example/callback", "https://shop.example:443/callback", False),
    ("website", "http://127.0.0.1:8900/callback", "http://127.0.0.1:8901/callback", False),
    ("native", "http://127.0.0.1/callback", "http://127.0.0.1:50123/callback", True),
    ("native", "http://[::1]:1/callback", "http://[::1]:50123/callback", True),
    ("native", "http://127.0.0.1/callback", "http://[::1]:50123/callback", False),
    ("native", "http://127.0.0.1/callback", "http://127.0.0.1:50123/other", False),
    ("native", "http://127.0.0.1/callback", "http://127.0.0.1:50123/callback?a=1", False),
    ("native", "http://127.0.0.1/callback", "http://127.0.0.1:50123/callback#a", False),
    ("native", "http://127.0.0.1/callback", "http://x@127.0.0.1:50123/callback", False),
    ("native", "http://127.0.0.1/callback", "http://127.0.0.1.evil.example/callback", False),
    ("native", "http://127.0.0.1/callback", "https://127.0.0.1:1/callback", False),
    ("native", "http://localhost:1/callback", "http://localhost:2/callback", False),
    ("native", "com.example.app:/callback", "com.example.app:/callback", True),
    ("native", "com.example.app:/callback", "com.example.app:/callback2", False),
]


@each_row("kind, registered, value, expected", MATCHES)
def test_matches(kind: str, registered: str, value: str, expected: bool) -> None:
    application = Application(kind=kind, redirect_uris=[registered])
    assert uris.matches(application, value) is expected


@each_row(
    "value, expected",
    [
        ("https://shop-pr-7-team.preview.example/callback", True),
        ("https://shop--team.preview.example/callback", False),
        ("https://shop-a.b-team.preview.example/callback", False),
        ("https://shop-a/b-team.preview.example/callback", False),
        ("https://shop-@evil.example/-team.preview.example/callback", False),
        ("https://shop-A-team.preview.example/callback", False),
        ("https://shop-%61-team.preview.example/callback", False),
        ("https://shop-a-team.preview.example/callback?x=1", False),
    ],
)
def test_a_wildcard_matches_letters_digits_and_hyphens_of_one_label(
    value: str, expected: bool
) -> None:
    pattern = "https://shop-*-team.preview.example/callback"
    application = Application(kind="website", redirect_uris=[pattern], is_development=True)
    assert uris.matches(application, value) is expected
    application.is_development = False
    assert uris.matches(application, value) is False
