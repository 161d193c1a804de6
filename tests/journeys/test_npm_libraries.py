"""The libraries of npm that most websites and browser apps use, at our endpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Request, expect

from applications.models import Grant
from connections.models import EndUserSession
from tests.journeys.node_packages import SOURCE, find_node, node_modules
from tests.journeys.snippet_websites import register, running, sign_in
from tests.journeys.stage import Stage

# What a bundler does: the names that the code imports are files.
PAGE = """\
<!doctype html>
<html lang="en"><title>Shop</title><link rel="icon" href="data:,">
<script type="importmap">{"imports": {
  "oidc-client-ts": "/node_modules/oidc-client-ts/dist/esm/oidc-client-ts.js",
  "jwt-decode": "/node_modules/jwt-decode/build/esm/index.js"
}}</script>
<body><script type="module" src="/main.js"></script></body></html>
"""


def test_openid_client_signs_in_refreshes_and_signs_out(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(node_modules())
    (tmp_path / "website.mjs").write_bytes((SOURCE / "openid_client.mjs").read_bytes())
    website = register(stage, "other")
    application = website.application
    environment = {
        "ISSUER": application.project.issuer,
        "CLIENT_ID": application.client_id,
        "CLIENT_SECRET": website.secret,
        "ORIGIN": website.origin,
    }
    visitor = stage.browser()
    page = visitor.page
    with running(website, tmp_path, [find_node(), "website.mjs"], environment):
        with page.expect_request("**/oauth2/authorize?**") as sent:
            page.goto(f"{website.origin}/login")
        assert "request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A" in sent.value.url
        assert "redirect_uri" not in sent.value.url
        sign_in(visitor)
        page.wait_for_url(f"{website.origin}/callback?**")
        found = json.loads(page.locator("body").inner_text())
        assert found["profile"]["name"] == "李雷😀"
        assert found["isRenewed"]
        assert found["isRotated"]
        same = ("iss", "sub", "aud", "auth_time", "sid")
        assert [found["claims"][n] for n in same] == [found["renewedClaims"][n] for n in same]
        page.goto(f"{website.origin}/logout")
        page.wait_for_url(f"{website.origin}/?state=signed+out")
    assert not EndUserSession.objects.exists()
    assert not application.errors.exists()


def test_oidc_client_ts_renews_by_refresh_token_and_signs_out(stage: Stage, tmp_path: Path) -> None:
    packages = node_modules()
    # It is renewed a minute before its end, so at once.
    website = register(stage, "oidc-client-ts", access_token_seconds=60)
    _install, sign_in_js, main_js = website.code
    (tmp_path / "node_modules").symlink_to(packages)
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "sign-in.js").write_text(sign_in_js, encoding="utf-8")
    (tmp_path / "main.js").write_text(main_js, encoding="utf-8")
    visitor = stage.browser()
    page = visitor.page
    with serving(tmp_path, website.port):
        page.goto(f"{website.origin}/")
        page.get_by_role("button", name="Sign in").click()
        with page.expect_request(is_renewal):
            sign_in(visitor)
        expect(page.get_by_text("Hello, 李雷😀")).to_be_visible()
        assert page.url == f"{website.origin}/"
        page.reload()
        expect(page.get_by_text("Hello, 李雷😀")).to_be_visible()
        assert len(page.frames) == 1
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert page.url == f"{website.origin}/"
        assert page.evaluate("sessionStorage.length") == 0
    assert not EndUserSession.objects.exists()
    (grant,) = Grant.objects.filter(application=website.application)
    assert grant.revoked_at
    assert not website.application.errors.exists()


def is_renewal(request: Request) -> bool:
    """Whether tokens are renewed by a refresh token."""
    return request.url.endswith("/oauth2/token") and "grant_type=refresh_token" in (
        request.post_data or ""
    )


class AppHandler(SimpleHTTPRequestHandler):
    """Files of a folder, and its index.html at any other path."""

    extensions_map = {".js": "text/javascript", ".html": "text/html"}

    def translate_path(self, path: str) -> str:
        file = Path(super().translate_path(path))
        return str(file if file.is_file() else Path(self.directory) / "index.html")

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """Serve a browser app from this process."""
    handler = partial(AppHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()
