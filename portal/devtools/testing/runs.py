"""``make test``, ``make lint`` and ``make format``."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from portal.devtools.child_processes import ChildProcesses
from portal.devtools.command_errors import CommandFailed
from portal.devtools.postgres.server import FAST_UNSAFE_OPTIONS, Server
from portal.devtools.supervision import supervised
from portal.devtools.testing.browser import provide_browser
from portal.devtools.testing.commands import (
    Check,
    chosen_tests,
    format_changes,
    lint_checks,
    quick_checks,
    site_checks,
    test_runs,
    type_check,
)
from portal.devtools.testing.image_tests import why_left_out


def run_lint(var: Path) -> int:
    """Run the checks that need no database."""
    return supervised(var, "lint", lambda children: _run_checks(children, lint_checks()))


def run_format(var: Path) -> int:
    """Put the code and the templates into their layout."""
    return supervised(var, "format", lambda children: _run_checks(children, format_changes()))


def run_tests(var: Path, arguments: Sequence[str]) -> int:
    """Run everything, or only pytest when there are arguments for it."""
    return supervised(var, "test", lambda children: _test(var, children, arguments))


def _test(var: Path, children: ChildProcesses, arguments: Sequence[str]) -> None:
    server = Server(var / "test-postgres", options=FAST_UNSAFE_OPTIONS, fresh=True)
    (var / "test-keyset.json").unlink(missing_ok=True)
    if arguments:
        with server as url:
            _run_checks(children, chosen_tests(url, arguments))
        return
    with_browser = os.environ.get("WITHOUT_BROWSER") != "1"
    if with_browser:
        provide_browser(children)
    with server as url, TemporaryFile() as said_of_types:
        without_image = why_left_out()
        tests, *more = test_runs(url, with_browser=with_browser, with_image=not without_image)
        types = type_check()
        begun = _start(children, types, output=said_of_types)
        _run_checks(children, [*quick_checks(), *site_checks(var, url)])
        # In a fresh clone it needs a core for a minute, longer than the checks beside it.
        takes_longer = children.first_ended() is None
        if not takes_longer:
            _finish(children, types, begun, said_of_types)
        try:
            _run_check(children, tests)
        except CommandFailed:
            if takes_longer:
                _finish(children, types, begun, said_of_types)
            raise
        if takes_longer:
            _finish(children, types, begun, said_of_types)
        _run_checks(children, more)
    if not with_browser:
        print("WITHOUT_BROWSER is set: the tests that need a browser were left out.", flush=True)
    if without_image:
        print(f"The tests of the container image were left out: {without_image}.", flush=True)


def _run_checks(children: ChildProcesses, checks: Sequence[Check]) -> None:
    for check in checks:
        _run_check(children, check)


def _run_check(children: ChildProcesses, check: Check) -> None:
    print(_headline(check.name), flush=True)
    begun = _start(children, check)
    _report(check, children.wait(check.name), begun)


def _start(children: ChildProcesses, check: Check, *, output: IO[bytes] | None = None) -> float:
    begun = time.monotonic()
    children.start(check.name, check.command, environment=check.environment, output=output)
    return begun


def _finish(children: ChildProcesses, check: Check, begun: float, output: IO[bytes]) -> None:
    print(_headline(check.name), flush=True)
    code = children.wait(check.name)
    output.seek(0)
    print(output.read().decode(), end="", flush=True)
    _report(check, code, begun)


def _report(check: Check, code: int, begun: float) -> None:
    if code:
        raise CommandFailed(f"\nFailed: {check.name}.")
    print(f"   {time.monotonic() - begun:.1f} s", flush=True)


def _headline(name: str) -> str:
    width = min(shutil.get_terminal_size().columns, 100)
    return f"── {name} ".ljust(width, "─")
