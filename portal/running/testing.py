"""``make test``, ``make lint`` and ``make format``."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from portal.running.alone import alone
from portal.running.browser import provide_browser
from portal.running.checks import (
    Check,
    chosen_tests,
    format_changes,
    lint_checks,
    site_checks,
    test_runs,
)
from portal.running.children import Children
from portal.running.interruption import interruptible
from portal.running.postgres import CARELESS, Server
from portal.running.refusal import Refused

INTERRUPTED = 130


def run_lint(var: Path) -> int:
    """Run the checks that need no database."""
    return _supervised(var, "lint", lambda children: _all(children, lint_checks()))


def run_format(var: Path) -> int:
    """Put the code and the templates into their layout."""
    return _supervised(var, "format", lambda children: _all(children, format_changes()))


def run_tests(var: Path, arguments: Sequence[str]) -> int:
    """Run everything, or only pytest when there are arguments for it."""
    return _supervised(var, "test", lambda children: _test(var, children, arguments))


def _test(var: Path, children: Children, arguments: Sequence[str]) -> None:
    server = Server(var / "test-postgres", options=CARELESS, fresh=True)
    (var / "test-keyset.json").unlink(missing_ok=True)
    if arguments:
        with server as url:
            _all(children, chosen_tests(url, arguments))
        return
    with_browser = os.environ.get("WITHOUT_BROWSER") != "1"
    if with_browser:
        provide_browser(children)
    _all(children, lint_checks())
    with server as url:
        _all(children, site_checks(var, url))
        _all(children, test_runs(url, with_browser=with_browser))
    if not with_browser:
        print("WITHOUT_BROWSER is set: the tests that need a browser were left out.", flush=True)


def _supervised(var: Path, name: str, work: Callable[[Children], None]) -> int:
    children = Children(var / f"{name}.children.json")
    try:
        with interruptible(), alone(var / f"{name}.lock"):
            children.end_leftovers()
            with children:
                work(children)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _all(children: Children, checks: Sequence[Check]) -> None:
    for check in checks:
        _one(children, check)


def _one(children: Children, check: Check) -> None:
    print(_headline(check.name), flush=True)
    begun = time.monotonic()
    if children.run(check.name, check.command, environment=check.environment):
        raise Refused(f"\nFailed: {check.name}.")
    print(f"   {time.monotonic() - begun:.1f} s", flush=True)


def _headline(name: str) -> str:
    width = min(shutil.get_terminal_size().columns, 100)
    return f"── {name} ".ljust(width, "─")
