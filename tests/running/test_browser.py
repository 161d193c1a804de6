"""Tests that need a browser are run with one or left out on purpose, never forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.devtools.child_processes import ChildProcesses
from portal.devtools.command_errors import CommandFailed
from portal.devtools.testing.browser import provide_browser
from portal.devtools.testing.commands import test_runs as runs


def chosen(*, with_browser: bool) -> list[str]:
    return [run.command[-1] for run in runs("postgresql://any", with_browser=with_browser)]


def test_tests_in_a_browser_come_last() -> None:
    assert chosen(with_browser=True) == ["not browser", "browser"]


def test_without_a_browser_the_others_are_run() -> None:
    assert chosen(with_browser=False) == ["not browser"]


def test_no_browser_and_no_way_to_install_one_is_said(var: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(var))
    children = ChildProcesses(var / "children.json")
    with pytest.raises(CommandFailed, match="there is no chromium here.*WITHOUT_BROWSER=1"):
        provide_browser(children)
    assert children.running == {}
