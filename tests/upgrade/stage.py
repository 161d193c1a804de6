"""An installation with something in every important table, and a website that uses it."""

from __future__ import annotations

import re
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from portal.devtools.folders import ROOT
from tests.server.conftest import Server

SNAPSHOTS = Path(__file__).parent / "snapshots"
DATABASE, KEYSET, WEBSITE, MIGRATIONS = (
    "database.sql",
    "keyset.json",
    "website.json",
    "migrations.sha256",
)
CALLBACK = "https://shop.example/callback"
HOST = "acme.localhost"
VERIFIER = "a-verifier-of-the-tests-that-is-long-enough-to-be-accepted"
# The base64url of its SHA-256 (RFC 7636).
CHALLENGE = "DWzeBUrkBsLgYl7T7i_W6IUfhO8V9572VScdlRJP6nk"
BUTTON = re.compile(r'<form[^>]*action="(/sso/[^"]+/start)"[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def migrations() -> str:
    """Return the checksum of every migration of ours, as sha256sum prints them."""
    files = sorted(
        file.relative_to(ROOT)
        for package in ("applications", "connections", "core", "projects")
        for file in (ROOT / package).rglob("migrations/0*.py")
    )
    return "".join(f"{sha256((ROOT / each).read_bytes()).hexdigest()}  {each}\n" for each in files)


def authorize(server: Server, client_id: str) -> tuple[requests.Session, str]:
    """Sign 李雷 in to the website; return his browser and the code that the website receives."""
    browser = requests.Session()
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "scope": "openid profile offline_access",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    page = follow(server, browser, f"/oauth2/authorize?{urlencode(query)}")
    form = BUTTON.search(page.text)
    assert form, page.text
    fields = {name: unescape(value) for name, value in HIDDEN.findall(form[2])}
    origin = {"origin": f"http://{HOST}:{server.port}"}
    began = server.ask(browser, "POST", HOST, form[1], data=fields, headers=origin)
    sent = parse_qs(urlsplit(began.headers["location"]).query)
    code = server.wechat.code("lilei", appid=sent["appid"][0])
    answer = server.come_back(browser, code=code, state=sent["state"][0])
    done = follow(server, browser, answer.headers["location"])
    return browser, parse_qs(urlsplit(done.headers["location"]).query)["code"][0]


def follow(server: Server, browser: requests.Session, path: str) -> requests.Response:
    """Follow redirects as long as they stay at the project's host."""
    while True:
        answer = server.ask(browser, "GET", HOST, path)
        target = urlsplit(answer.headers.get("location", ""))
        if answer.status_code not in {302, 303} or target.hostname == "shop.example":
            return answer
        path = target._replace(scheme="", netloc="").geturl()


def redeem(server: Server, website: dict[str, str], **form: str) -> dict[str, Any]:
    """Send a request to the token endpoint as the website's server."""
    answer = requests.post(
        f"http://127.0.0.1:{server.port}/oauth2/token",
        data=form,
        headers={"host": f"{HOST}:{server.port}"},
        auth=(website["client_id"], website["client_secret"]),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens
