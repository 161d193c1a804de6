"""The one headless Chromium that all browser tests of a process share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from portal.devtools.testing.browser import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages of the same site in one process: to start a renderer costs more than a short page.
    "--renderer-process-limit=1",
]


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Debian's Chromium, the one without windows if it is there."""
    # Most processes drive none, and it takes a third of a second to load.
    from playwright.sync_api import expect, sync_playwright

    path = find_browser()
    assert path, "No chromium on the path."
    # Playwright keeps a loop running in this thread, which Django would take for our own.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # Generous: a busy machine is slow, and a page that is right comes all the same.
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
