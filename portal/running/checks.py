"""Every check that ``make test`` and ``make lint`` make, in their order: the cheap ones first."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.running.environment import (
    clean_environment,
    production_environment,
    rehearsal_environment,
)
from portal.running.places import ROOT

PYTHON = sys.executable
MANAGE = (PYTHON, "manage.py")
PYTEST = (PYTHON, "-m", "pytest")
RUFF = (PYTHON, "-m", "ruff")
DJADE = (str(Path(PYTHON).with_name("djade")), "--target-version", "5.2")
LINT_IMPORTS = str(Path(PYTHON).with_name("lint-imports"))
TEMPLATE_FOLDERS = ("templates", "portal", "connections", "projects", "simulator")

# A file's tests share what they start, so they stay together (tests/conftest.py: which go first).
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
# The smallest machine that we know has two cores. Tests that wait leave theirs to a third worker;
# a browser leaves nothing.
IN_THREES, IN_PAIRS = ("-n", "3", *BY_FILE), ("-n", "2", *BY_FILE)


@dataclass(frozen=True)
class Check:
    """A command that must succeed, and what it is about."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None


def lint_checks() -> list[Check]:
    """What needs neither a database nor a browser."""
    return [
        Check("code style", [*RUFF, "check"]),
        Check("code layout", [*RUFF, "format", "--check", "--quiet"]),
        Check("template layout", [*DJADE, "--check", *templates()]),
        Check("direction of imports", [LINT_IMPORTS, "--no-logo"]),
        Check("types", [PYTHON, "-m", "mypy"]),
    ]


def format_changes() -> list[Check]:
    """What puts code and templates into the layout that the checks ask for."""
    return [
        Check("code style", [*RUFF, "check", "--fix"]),
        Check("code layout", [*RUFF, "format"]),
        Check("template layout", [*DJADE, *templates()]),
    ]


def site_checks(var: Path, database_url: str) -> list[Check]:
    """What the program says about itself, over an empty database and a keyset of its own."""
    first_start = rehearsal_environment(var, database_url)
    production = production_environment(var, database_url)
    deploy = [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"]
    return [
        Check("translations", [*MANAGE, "messages", "--check"], first_start),
        Check("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], first_start),
        Check("first start", [*MANAGE, "prepare"], first_start),
        Check("production settings", deploy, production),
    ]


def test_runs(database_url: str, *, with_browser: bool) -> list[Check]:
    """The tests, those that need no browser first."""
    clean = clean_environment(database_url)
    runs = [Check("tests", [*PYTEST, *IN_THREES, "-m", "not browser"], clean)]
    if with_browser:
        runs.append(Check("tests in a browser", [*PYTEST, *IN_PAIRS, "-m", "browser"], clean))
    return runs


def chosen_tests(database_url: str, arguments: Sequence[str]) -> list[Check]:
    """Only the tests that pytest's own arguments choose."""
    return [Check("chosen tests", [*PYTEST, *arguments], clean_environment(database_url))]


def templates() -> list[str]:
    """Every template of ours."""
    found = (path for folder in TEMPLATE_FOLDERS for path in (ROOT / folder).rglob("*.html"))
    return sorted(str(path.relative_to(ROOT)) for path in found)
