"""A real browser at a real server, with the simulator's process as WeChat."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from projects.models import Membership, Project, Role, User
from tests.cast import PASSWORD
from tests.journeys.stage import Stage
from tests.wechat import WeChat


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def stage(
    request: pytest.FixtureRequest,
    chromium: Browser,
    live_server: Any,
    simulator: WeChat,
    settings: Any,
) -> Iterator[Stage]:
    """Portal, sign-in page and simulator, all up, with the demo project and its owner."""
    host = f"localhost:{live_server.thread.port}"
    settings.MENKOU_PORTAL_HOST = host
    settings.MENKOU_PROJECT_DOMAIN = host
    settings.ALLOWED_HOSTS = [".localhost"]
    settings.WECHAT_OPEN_BASE_URL = simulator.origin
    settings.WECHAT_API_BASE_URL = simulator.origin
    simulator.tell("reset", world="demo")
    project = Project.objects.create(slug="acme", name="Acme")
    owner = User.objects.create_user("olga@example.com", PASSWORD, name="Olga Owner")
    Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    contexts: list[BrowserContext] = []
    portal = f"http://{host}"
    yield Stage(chromium, simulator, project, owner, portal, contexts, in_both_languages(request))
    for context in contexts:
        context.close()


def in_both_languages(request: pytest.FixtureRequest) -> bool:
    """Whether the test has a parameter for the language, and none for the theme."""
    call = getattr(request.node, "callspec", None)
    return call is not None and "language" in call.params and "dark" not in call.params


class BrowserApp(BaseHTTPRequestHandler):
    """Answers everything with the page of a browser app."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((Path(__file__).parent / "browser_app.html").read_bytes())

    def log_message(self, *_arguments: Any) -> None:
        """Write nothing."""


@pytest.fixture
def other_origin() -> Iterator[str]:
    """Where a browser app is served; its page also does for other applications."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BrowserApp) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
