"""The commands of ``make test`` and ``make lint``, in order: the cheap ones first."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.devtools.child_environments import (
    clean_environment,
    production_environment,
    rehearsal_environment,
)
from portal.devtools.folders import ROOT

PYTHON = sys.executable
MANAGE = (PYTHON, "manage.py")
PYTEST = (PYTHON, "-m", "pytest")
RUFF = (PYTHON, "-m", "ruff")
DJADE = (str(Path(PYTHON).with_name("djade")), "--target-version", "5.2")
LINT_IMPORTS = str(Path(PYTHON).with_name("lint-imports"))
TEMPLATE_FOLDERS = ("templates", "portal", "connections", "projects", "simulator")

# For two cores: tests that wait leave capacity for a third worker.
# The tests of a file share fixtures, so they run in one worker (order: tests/conftest.py).
BY_FILE = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
# Journeys share none, and some take half a minute.
BY_TEST = ("-n", "3", "--dist", "worksteal")


@dataclass(frozen=True)
class Check:
    """A command that must succeed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None


def lint_checks() -> list[Check]:
    """Return the checks that need neither a database nor a browser."""
    return [*quick_checks(), type_check()]


def quick_checks() -> list[Check]:
    """Return the checks of a few seconds that need neither a database nor a browser."""
    return [
        Check("code style", [*RUFF, "check"]),
        Check("code layout", [*RUFF, "format", "--check", "--quiet"]),
        Check("template layout", [*DJADE, "--check", *templates()]),
        Check("direction of imports", [LINT_IMPORTS, "--no-logo"]),
    ]


def type_check() -> Check:
    """Return the slowest check without a database, which uses one core."""
    return Check("types", [PYTHON, "-m", "mypy"])


def format_changes() -> list[Check]:
    """Return the commands that format code and templates."""
    return [
        Check("code style", [*RUFF, "check", "--fix"]),
        Check("code layout", [*RUFF, "format"]),
        Check("template layout", [*DJADE, *templates()]),
    ]


def site_checks(var: Path, database_url: str) -> list[Check]:
    """Return checks that use manage.py, with an empty database and a new keyset."""
    first_start = rehearsal_environment(var, database_url)
    production = production_environment(var, database_url)
    deploy = [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"]
    return [
        Check("translations", [*MANAGE, "messages", "--check"], first_start),
        Check("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], first_start),
        Check("first start", [*MANAGE, "prepare"], first_start),
        Check("production settings", deploy, production),
    ]


def test_runs(database_url: str, *, with_browser: bool, with_image: bool) -> list[Check]:
    """Return the test runs, without a browser first."""
    clean = clean_environment(database_url)
    runs = [Check("tests", [*PYTEST, *BY_FILE, "-m", "not browser and not image"], clean)]
    if with_image:
        runs.append(Check("tests of the container image", [*PYTEST, "-m", "image"], clean))
    if with_browser:
        runs.append(Check("tests in a browser", [*PYTEST, *BY_TEST, "-m", "browser"], clean))
    return runs


def chosen_tests(database_url: str, arguments: Sequence[str]) -> list[Check]:
    """Return the test run with pytest's own arguments."""
    return [Check("chosen tests", [*PYTEST, *arguments], clean_environment(database_url))]


def templates() -> list[str]:
    """Return the paths of all templates."""
    found = (path for folder in TEMPLATE_FOLDERS for path in (ROOT / folder).rglob("*.html"))
    return sorted(str(path.relative_to(ROOT)) for path in found)
