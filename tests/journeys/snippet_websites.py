"""Websites made of the code that the portal shows."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from applications.models import Application
from applications.services import ApplicationFields, add_application
from connections.secrets import check_keys
from portal.applications.snippets import find_framework
from portal.devtools.ports import find_free_port
from portal.devtools.site.startup_check import StartupPage
from tests.journeys.stage import Person, Stage
from tests.waiting import wait_until

LOCAL_NAMES = Path(__file__).parent / "local_names"
LOCAL_NAMES_OF_NODE = Path(__file__).parent / "node" / "local_names.mjs"


@dataclass(frozen=True)
class Website:
    """A website that is registered, and its code, part by part, as its page shows it."""

    application: Application
    secret: str
    port: int
    code: list[str]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def register(stage: Stage, framework_id: str, **more: Any) -> Website:
    """Add WeChat and an application, and copy a framework's code from its page."""
    check_keys()
    stage.add_wechat()
    framework = find_framework(framework_id)
    assert framework is not None
    port = find_free_port()
    origin = f"http://127.0.0.1:{port}"
    fields = {
        "kind": framework.kind or "website",
        "redirect_uris": [f"{origin}{framework.path}"],
        "post_logout_redirect_uris": [f"{origin}/"],
        **more,
    }
    given = ApplicationFields(name="Shop", **fields)
    application, secret = add_application(stage.project, given, actor=stage.owner)
    editor = stage.browser()
    editor.open_portal(f"/projects/acme/applications/{application.client_id}/")
    snippet = editor.page.locator(f"[data-snippet={framework_id}]")
    uri = fields["redirect_uris"][0]
    expect(snippet).to_contain_text(f"It uses the registered redirect URI {uri}.")
    code = snippet.locator("[data-copy]").evaluate_all(
        "buttons => buttons.map(each => each.dataset.copy)"
    )
    return Website(application, secret.value if secret else "", port, code)


@contextmanager
def running(
    website: Website, folder: Path, command: Sequence[str], environment: Mapping[str, str] = {}
) -> Iterator[None]:
    """Run the website in its folder, as the command that the snippet ends with."""
    own = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{folder}{os.pathsep}{LOCAL_NAMES}",
        "NODE_OPTIONS": f"--import={LOCAL_NAMES_OF_NODE.as_uri()}",
        "OIDC_CLIENT_SECRET": website.secret,
        "SESSION_SECRET": "a website's own",
        **environment,
    }
    server = subprocess.Popen(command, cwd=folder, env=own)
    try:
        page = StartupPage("website", website.port, "/", f"127.0.0.1:{website.port}")
        wait_until(lambda: server.poll() is not None or page.is_available(), seconds=30)
        assert server.poll() is None, "The website has stopped."
        yield
    finally:
        server.terminate()
        server.wait(10)


def sign_in(visitor: Person) -> None:
    """From the project's sign-in page back to the website, with WeChat."""
    visitor.sign_in_button.click()
    visitor.page.wait_for_url("**/connect/qrconnect?**")
    visitor.agree()
