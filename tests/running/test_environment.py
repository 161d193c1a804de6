"""What the processes behind ``make run`` and ``make test`` are told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portal.running.environment import clean_environment, demo_environment, is_ours


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch) -> None:
    for name in filter(is_ours, list(os.environ)):
        monkeypatch.delenv(name)


def told(var: Path) -> dict[str, str]:
    environment = demo_environment(var, 8001, 8801)
    return {name: value for name, value in environment.items() if is_ours(name)}


def test_a_demo_needs_nothing_but_a_database(var: Path) -> None:
    assert told(var) == {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "MENKOU_ENV": "development",
        "MENKOU_KEYSET_FILE": str(var / "keyset.json"),
        "MENKOU_PORTAL_HOST": "localhost:8001",
        "MENKOU_PROJECT_DOMAIN": "localhost:8001",
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
        "SECRET_KEY",
        "SECRET_KEY_FILE",
        "WECHAT_OPEN_BASE_URL",
    ],
)
def test_tests_see_nothing_that_was_set_for_a_demo(monkeypatch, name: str) -> None:
    monkeypatch.setenv(name, "theirs")
    monkeypatch.setenv("EDITOR", "theirs, too")
    environment = clean_environment("postgresql://ours")
    assert name not in environment
    assert environment["DATABASE_URL"] == "postgresql://ours"
    assert environment["EDITOR"] == "theirs, too"
