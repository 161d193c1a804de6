"""Tests that need a browser are run with one or left out on purpose, never forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.devtools.child_processes import ChildProcesses
from portal.devtools.command_errors import CommandFailed
from portal.devtools.testing.browser import find_browser, provide_browser
from portal.devtools.testing.commands import test_runs as runs

ALONE = "not browser and not image"


def chosen(*, with_browser: bool, with_image: bool = False) -> list[str]:
    kinds = {"with_browser": with_browser, "with_image": with_image}
    return [run.command[-1] for run in runs("postgresql://any", **kinds)]


def test_tests_in_a_browser_come_last() -> None:
    assert chosen(with_browser=True, with_image=True) == [ALONE, "image", "browser"]


def test_without_a_browser_the_others_are_run() -> None:
    assert chosen(with_browser=False) == [ALONE]


def test_no_browser_and_no_way_to_install_one_is_said(var: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(var))
    children = ChildProcesses(var / "children.json")
    with pytest.raises(CommandFailed, match="there is no chromium here.*WITHOUT_BROWSER=1"):
        provide_browser(children)
    assert children.running == {}


def test_chromium_will_do_where_the_shell_cannot_be_installed(var: Path, monkeypatch) -> None:
    for name in ("apt-get", "chromium"):
        program = var / name
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(var))

    provide_browser(ChildProcesses(var / "children.json"))

    assert find_browser() == str(var / "chromium")


def test_the_shell_is_preferred(var: Path, monkeypatch) -> None:
    for name in ("chromium", "chromium-headless-shell"):
        (var / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(var))

    assert find_browser() == str(var / "chromium-headless-shell")
