"""The browser of the journey tests: Debian's Chromium, with a Chinese font."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from portal.devtools.child_environments import installer_environment
from portal.devtools.child_processes import ChildProcesses
from portal.devtools.command_errors import CommandFailed

# The same engine without windows, toolbar and address bar, which cost most of a short test.
HEADLESS_SHELL = "chromium-headless-shell"
CHROMIUM = "chromium"
FONTS = "fonts-noto-cjk"


def find_browser() -> str | None:
    """Return the path of the headless shell, or else of Chromium."""
    return shutil.which(HEADLESS_SHELL) or shutil.which(CHROMIUM)


def provide_browser(children: ChildProcesses) -> None:
    """Install missing packages if permitted; raise CommandFailed without a browser."""
    missing = [
        package
        for package, is_there in (
            (HEADLESS_SHELL, shutil.which(HEADLESS_SHELL) is not None),
            (FONTS, _has_chinese_font()),
        )
        if not is_there
    ]
    if missing and _may_install():
        _install(children, missing)
    if find_browser() is None:
        raise CommandFailed(
            "Some tests need a browser, and there is no chromium here. "
            f"Install it (as root: apt-get install {HEADLESS_SHELL} {FONTS}), "
            "or leave those tests out: make test WITHOUT_BROWSER=1."
        )


def _has_chinese_font() -> bool:
    return any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(children: ChildProcesses, packages: list[str]) -> None:
    print(f"Installing {' and '.join(packages)} …", flush=True)
    quiet = installer_environment()
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        if children.run("apt-get", ["apt-get", "-qq", *command], environment=quiet):
            failure = f"apt-get could not install {' and '.join(packages)}."
            if find_browser() is None:
                raise CommandFailed(failure)
            print(f"{failure} The tests run without.", flush=True)
            return
