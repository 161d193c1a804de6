"""The demo website over HTTP: what it keeps, and what it says when something goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connections.secrets import check_keys
from portal.devtools.folders import ROOT
from projects.models import Project
from tests.website import running_website

# Browsers keep no longer cookie (RFC 6265, 6.1).
LONGEST_COOKIE = 4096


@pytest.fixture
def website(project: Project, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The website beside a portal that runs."""
    settings.MENKOU_PROJECT_DOMAIN = f"localhost:{live_server.thread.port}"
    settings.ALLOWED_HOSTS = [".localhost"]
    check_keys()
    with running_website(project, tmp_path) as (origin, _application):
        yield origin


def sign_in(browser: requests.Session, website: str) -> dict[str, str]:
    """Press the button; return the authorization request."""
    answer = browser.get(f"{website}/sign-in", allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: value for name, (value,) in query.items()}


def test_it_sends_state_nonce_and_pkce_and_knows_the_last_tabs(website: str) -> None:
    browser = requests.Session()
    asked = [sign_in(browser, website) for _tab in range(8)]
    for each in asked:
        assert each["code_challenge_method"] == "S256"
        assert each["redirect_uri"] == f"{website}/callback"
        assert {"state", "nonce", "code_challenge"} <= each.keys()
    assert len({each["state"] for each in asked}) == 8
    (cookie,) = browser.cookies
    assert cookie.name == "demo_shop"
    assert len(f"{cookie.name}={cookie.value}") < LONGEST_COOKIE - 500

    def error_of(state: str) -> str:
        query = {"code": "x", "state": state}
        answer = browser.get(f"{website}/callback", params=query, timeout=10)
        assert answer.status_code == 400
        return answer.text.partition("<code>")[2].partition("</code>")[0]

    assert error_of(asked[0]["state"]) == "mismatching_state"
    # Menkou refuses this code.
    assert error_of(asked[-1]["state"]) == "invalid_grant"


def test_what_an_address_says_is_shown_as_text(website: str) -> None:
    for language in ("en", "zh-CN", "fr"):
        answer = requests.get(
            f"{website}/callback",
            params={"error": "<script>alert(1)</script>" + "x" * 100, "state": "s"},
            headers={"Accept-Language": language},
            timeout=10,
        )
        assert answer.status_code == 400
        assert "&lt;script&gt;" in answer.text
        assert "<script>" not in answer.text
        assert "x" * 40 not in answer.text


def test_without_menkou_it_says_so(project: Project, settings: Any, tmp_path: Path) -> None:
    settings.MENKOU_PROJECT_DOMAIN = "localhost:1"
    check_keys()
    with running_website(project, tmp_path) as (origin, _application):
        answer = requests.get(f"{origin}/sign-in", timeout=20)
    assert answer.status_code == 502
    assert "The sign-in service does not answer." in answer.text


def test_it_is_a_short_example() -> None:
    for name in ("website.py", "signing_out.py"):
        lines = (ROOT / "examples" / "website" / name).read_text().splitlines()
        assert len(lines) < 120


def test_a_message_that_is_not_menkous_ends_no_session(website: str) -> None:
    unsigned = "eyJhbGciOiJub25lIn0.e30."
    for token in ("", "x", unsigned, "x" * 5000):
        address = f"{website}/back-channel-logout"
        answer = requests.post(address, data={"logout_token": token}, timeout=10)
        assert (answer.status_code, answer.text) == (400, "")
