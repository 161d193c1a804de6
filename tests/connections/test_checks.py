"""What a deployer can get wrong is said before a server answers anybody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection as database

from connections.secrets import check_keys
from core.keyring.keyset import create_keyset
from core.keyring.models import KeyCanary
from portal.devtools.folders import ROOT
from portal.server.preflight import refuse_unsafe_start
from tests.portal.test_preflight import safe_environment

SIMULATOR = "http://127.0.0.1:8800"
START = "from portal.server.preflight import refuse_unsafe_start; refuse_unsafe_start()"


@pytest.fixture
def production(settings: Any) -> Any:
    settings.MENKOU_ENV = "production"
    return settings


def found(identifier: str) -> list[str]:
    return [f"{each.msg} {each.hint}" for each in run_checks() if each.id == identifier]


@pytest.mark.parametrize("moved", ["WECHAT_OPEN_BASE_URL", "WECHAT_API_BASE_URL"])
def test_e001_production_refuses_moved_endpoints(production: Any, moved: str) -> None:
    assert found("connections.E001") == []

    setattr(production, moved, SIMULATOR)

    assert found("connections.E001") == [
        "The endpoints of wechat_web, wechat_official_account do not point to the provider. "
        "Unset WECHAT_OPEN_BASE_URL, WECHAT_API_BASE_URL and MENKOU_MOVED_ENDPOINTS, or set "
        "MENKOU_ALLOW_TEST_ENDPOINTS=1 if this is only a test installation."
    ]


def test_e001_a_production_that_is_only_a_test_may_move_them(production: Any) -> None:
    production.WECHAT_API_BASE_URL = SIMULATOR
    production.MENKOU_ALLOW_TEST_ENDPOINTS = True

    assert found("connections.E001") == []


def test_e001_development_may_move_them(settings: Any) -> None:
    settings.WECHAT_API_BASE_URL = SIMULATOR

    assert found("connections.E001") == []


def test_e001_production_refuses_the_other_providers_moved_endpoints(production: Any) -> None:
    production.MENKOU_MOVED_ENDPOINTS = {"https://api.github.com": "http://127.0.0.1:9000"}

    (message,) = found("connections.E001")

    assert message.startswith("The endpoints of github do not point to the provider.")


def test_e003_production_wants_private_origins_encrypted(production: Any) -> None:
    production.MENKOU_PRIVATE_ORIGINS = ("https://sso.corp.example",)
    assert found("connections.E003") == []

    production.MENKOU_PRIVATE_ORIGINS = ("http://sso.corp.example",)

    assert found("connections.E003") == [
        "MENKOU_PRIVATE_ORIGINS contains http://sso.corp.example, which does not use https. "
        "Serve the provider over https, and use its https origin here."
    ]


@pytest.mark.parametrize("name", ["", "/nowhere/keyset.json"])
def test_e002_production_needs_a_keyset(production: Any, name: str) -> None:
    production.MENKOU_KEYSET_FILE = name

    (message,) = found("connections.E002")

    assert "keyset" in message.lower()
    assert "manage.py secrets init" in message


def test_e002_production_needs_a_keyset_of_its_own(production: Any, tmp_path: Path) -> None:
    path = tmp_path / "keyset.json"
    create_keyset(path)
    path.chmod(0o644)
    production.MENKOU_KEYSET_FILE = str(path)

    assert found("connections.E002") == [
        "Other users can read the key file. Set its mode to 600. "
        "Create one with `manage.py secrets init`, and keep a backup elsewhere."
    ]


def test_e002_a_usable_keyset_is_accepted(production: Any) -> None:
    assert found("connections.E002") == []


def test_e002_development_does_without(settings: Any) -> None:
    settings.MENKOU_KEYSET_FILE = ""

    assert found("connections.E002") == []


# --- a server that starts -------------------------------------------------------------------


def refusal() -> str:
    """What a server says before it answers anybody."""
    with pytest.raises(SystemExit) as refused:
        refuse_unsafe_start()
    return str(refused.value.code)


@pytest.mark.django_db(transaction=True)
def test_19_a_server_starts_with_the_right_keys_and_not_with_others(
    settings: Any, tmp_path: Path
) -> None:
    check_keys()
    before = bytes(KeyCanary.objects.get().ciphertext)
    foreign = tmp_path / "foreign.json"
    create_keyset(foreign)

    right = subprocess.run(
        [sys.executable, "-W", "error", "-c", START],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env=safe_environment(),
    )
    settings.MENKOU_KEYSET_FILE = str(foreign)
    wrong = refusal()

    assert (right.returncode, right.stderr) == (0, "")
    assert wrong == (
        "Menkou does not start: A secret cannot be decrypted with the current keyset. "
        f"The keyset in {foreign} does not belong to this database's secrets. "
        "Restore the correct file. Nothing was changed."
    )
    assert bytes(KeyCanary.objects.get().ciphertext) == before


@pytest.mark.django_db(transaction=True)
def test_19_a_server_starts_neither_without_keys_nor_with_moved_endpoints(production: Any) -> None:
    production.MENKOU_KEYSET_FILE = ""
    production.WECHAT_API_BASE_URL = SIMULATOR

    refused = refusal()

    told = refused.splitlines()
    assert all(line.startswith("Menkou does not start: ") for line in told)
    assert (
        "The endpoints of wechat_web, wechat_official_account do not point to the provider"
        in refused
    )
    assert "MENKOU_KEYSET_FILE is not set" in refused
    assert {"connections.E001)", "connections.E002)"} <= {line.rpartition("(")[2] for line in told}


def test_a_server_does_not_start_without_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PORT": "1", "USER": "nobody", "PASSWORD": "hidden-word"}.items():
        monkeypatch.setitem(database.settings_dict, name, value)

    refused = refusal()

    assert "\n" not in refused
    assert refused.startswith("Menkou does not start: the database is not available: ")
    assert refused.endswith("Check DATABASE_URL and that PostgreSQL is running.")
    assert "hidden-word" not in refused
