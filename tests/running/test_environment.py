"""What the processes behind ``make run`` and ``make test`` are told."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.devtools.child_environments import (
    clean_environment,
    demo_environment,
    installer_environment,
    is_ours,
    plain_environment,
    portal_environment,
    simulator_environment,
    website_environment,
)
from portal.devtools.folders import ROOT
from portal.devtools.ports import Ports

PORTS = Ports(portal=1, simulator=2, website=3)


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch) -> None:
    for name in filter(is_ours, list(os.environ)):
        monkeypatch.delenv(name)


def told(var: Path) -> dict[str, str]:
    environment = demo_environment(var, Ports(8001, 8801, 8901))
    return {name: value for name, value in environment.items() if is_ours(name)}


def test_a_demo_needs_nothing_but_a_database(var: Path) -> None:
    assert told(var) == {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "MENKOU_ENV": "development",
        "MENKOU_KEYSET_FILE": str(var / "keyset.json"),
        "MENKOU_PORTAL_HOST": "localhost:8001",
        "MENKOU_PRIVATE_ORIGINS": "http://127.0.0.1:8901",
        "MENKOU_PROJECT_DOMAIN": "localhost:8001",
        "MENKOU_PROXY_COUNT": "0",
        "SECRET_KEY": (var / "secret-key").read_text(),
        "WECHAT_API_BASE_URL": "http://127.0.0.1:8801",
        "WECHAT_OPEN_BASE_URL": "http://127.0.0.1:8801",
    }


def test_the_secret_key_is_long_private_and_stays(var: Path) -> None:
    first = told(var)["SECRET_KEY"]
    assert len(first) >= 50
    assert (var / "secret-key").stat().st_mode & 0o777 == 0o600
    assert told(var)["SECRET_KEY"] == first


@pytest.mark.parametrize("name", ["MENKOU_PORTAL_HOST", "WECHAT_API_BASE_URL"])
def test_what_the_person_sets_is_kept(var: Path, monkeypatch, name: str) -> None:
    monkeypatch.setenv(name, "theirs")
    assert told(var)[name] == "theirs"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"MENKOU_PRIVATE_ORIGINS": "https://sso.corp.example"}, "https://sso.corp.example "),
        ({"MENKOU_PRIVATE_ORIGINS_FILE": "/theirs"}, None),
        ({"MENKOU_ENV": "production"}, None),
    ],
)
def test_the_website_may_be_called_beside_what_the_person_allows(
    var: Path, monkeypatch, given: dict[str, str], expected: str | None
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    origins = told(var).get("MENKOU_PRIVATE_ORIGINS")
    assert origins == (expected and expected + "http://127.0.0.1:8901")


def test_a_secret_given_as_a_file_is_not_given_twice(var: Path, monkeypatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FILE", "/theirs")
    assert "SECRET_KEY" not in told(var)


def test_settings_of_another_project_are_not_used(var: Path, monkeypatch) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "theirs")
    assert told(var)["DJANGO_SETTINGS_MODULE"] == "portal.settings"


@pytest.mark.parametrize(
    "name",
    [
        "DATABASE_URL_FILE",
        "DJANGO_SETTINGS_MODULE",
        "DJANGO_SUPERUSER_PASSWORD",
        "EMAIL_URL",
        "MENKOU_KEYSET_FILE",
        "PYTHONDONTWRITEBYTECODE",
        "SECRET_KEY",
        "SECRET_KEY_FILE",
        "WECHAT_OPEN_BASE_URL",
    ],
)
def test_tests_see_nothing_that_was_set_for_a_demo(monkeypatch, name: str) -> None:
    monkeypatch.setenv(name, "theirs")
    monkeypatch.setenv("LC_TIME", "theirs, too")
    environment = clean_environment("postgresql://ours")
    assert environment.get(name) in (None, "postgresql://ours")
    assert environment["DATABASE_URL"] == "postgresql://ours"
    assert environment["LC_TIME"] == "theirs, too"


SECRETS = {
    "SECRET_KEY": "any",
    "DATABASE_URL": "any",
    "EMAIL_URL": "any",
    "DJANGO_SUPERUSER_PASSWORD": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
    "PGPASSWORD": "any",
    "HTTPS_PROXY": "any",
    "SIMULATOR_DATA": "any",
}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (lambda var: plain_environment(), set()),
        (lambda var: simulator_environment(demo_environment(var, PORTS)), {"SIMULATOR_DATA"}),
        (lambda var: website_environment(var / "website.json"), set()),
        (lambda var: installer_environment(), {"HTTPS_PROXY"}),
        (
            lambda var: portal_environment(demo_environment(var, PORTS)),
            {"SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "PGPASSWORD"},
        ),
        (
            lambda var: demo_environment(var, PORTS),
            {"SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "PGPASSWORD", "DJANGO_SUPERUSER_PASSWORD"},
        ),
        (lambda var: clean_environment("ours"), {"DATABASE_URL"}),
    ],
    ids=["any", "simulator", "website", "apt-get", "portal", "first start", "tests"],
)
def test_94_each_child_has_what_it_needs(
    var: Path,
    monkeypatch,
    environment: Callable[[Path], dict[str, str]],
    expected: set[str],
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    given = environment(var)
    assert SECRETS.keys() & given.keys() == expected
    assert given["PATH"] == os.environ["PATH"]


def test_without_a_database_of_theirs_libpq_is_told_nothing(var: Path, monkeypatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "theirs")
    monkeypatch.setenv("PGHOST", "theirs")
    assert not [name for name in demo_environment(var, PORTS) if name.startswith("PG")]


def calls(file: Path) -> Iterator[ast.Call]:
    """Where a file starts processes by Python's own means."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in STARTERS:
            yield node


STARTERS = {
    *("subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_call"),
    *("subprocess.check_output", "os.system", "os.popen", "os.execve", "os.posix_spawn"),
}


def test_94_whoever_starts_a_process_says_what_it_is_told() -> None:
    ours = ("portal", "signin", "applications", "connections", "projects", "core")
    folders = (*ours, "simulator", "benchmarks", "examples")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    found = [(file, call) for file in files for call in calls(file)]
    assert len(found) >= 6
    silent = [
        f"{file}:{call.lineno}"
        for file, call in found
        if ast.unparse(call.func) != "os.execve"
        and not [each for each in call.keywords if each.arg == "env"]
    ]
    assert silent == []
