"""The demo website of examples/website/, as a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from applications.models import Application
from applications.services import add_application
from portal.devtools.child_environments import website_environment
from portal.devtools.folders import ROOT
from portal.devtools.ports import find_free_port
from portal.devtools.site.site import website_command
from portal.devtools.site.startup_check import StartupPage
from portal.management.demo_website import new_website
from projects.models import Project
from tests.waiting import wait_until


@contextlib.contextmanager
def running_website(
    project: Project, folder: Path, *, host: str = "127.0.0.1"
) -> Iterator[tuple[str, Application]]:
    """Register the website in the project and start it; give its origin and its application.

    Browsers keep one set of cookies for all ports of a host.
    """
    port = find_free_port()
    origin = f"http://{host}:{port}"
    application, secret = add_application(project, new_website(origin), actor=None)
    assert secret is not None
    credentials = folder / f"website-{port}.json"
    credentials.write_text(
        json.dumps(
            {
                "client_id": application.client_id,
                "client_secret": secret.value,
                "issuer": application.project.issuer,
            }
        )
    )
    process = subprocess.Popen(
        website_command(port), cwd=ROOT, env=website_environment(credentials)
    )
    try:
        page = StartupPage("website", port, "/", f"127.0.0.1:{port}")
        wait_until(page.is_available, seconds=30)
        yield origin, application
    finally:
        process.terminate()
        process.wait(timeout=10)
