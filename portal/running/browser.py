"""The browser that journeys are made in: Debian's Chromium, with a font for Chinese."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from portal.running.children import Children
from portal.running.refusal import Refused

CHROMIUM = "chromium"
FONTS = "fonts-noto-cjk"


def provide_browser(children: Children) -> None:
    """Install what is missing where we may; refuse where we may not and there is no browser."""
    missing = [
        package
        for package, is_there in ((CHROMIUM, _has_chromium()), (FONTS, _has_chinese_font()))
        if not is_there
    ]
    if missing and _may_install():
        _install(children, missing)
    if not _has_chromium():
        raise Refused(
            "Some tests need a browser, and there is no chromium here. "
            f"Install it (as root: apt-get install {CHROMIUM} {FONTS}), "
            "or leave those tests out: make test WITHOUT_BROWSER=1."
        )


def _has_chromium() -> bool:
    return shutil.which(CHROMIUM) is not None


def _has_chinese_font() -> bool:
    return any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(children: Children, packages: list[str]) -> None:
    print(f"Installing {' and '.join(packages)} …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        if children.run("apt-get", ["apt-get", "-qq", *command], environment=quiet):
            raise Refused(f"apt-get could not install {' and '.join(packages)}.")
