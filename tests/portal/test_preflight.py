"""A server that would be unsafe does not start, and says in a sentence what mends it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.db import connection as database
from django.db.migrations.recorder import MigrationRecorder

from connections.secrets import check_keys
from portal.devtools.folders import ROOT
from portal.server.preflight import refuse_unsafe_start
from tests.rows import each_row

START = [sys.executable, "-m", "gunicorn", "--config", "portal/server/gunicorn.py"]
OWN_SETTINGS = 'from portal.settings import *\nDEBUG = True\nALLOWED_HOSTS = ["*"]\n'


def start(*, without: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """What the real server says and how it ends, with one thing wrong."""
    return subprocess.run(
        [*START, "--bind", "127.0.0.1:0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env={
            name: value
            for name, value in {**safe_environment(), **environment}.items()
            if name != without
        },
    )


def safe_environment() -> dict[str, str]:
    """What a server is told that may start."""
    return {
        "PATH": os.environ["PATH"],
        # Where nobody has collected static files.
        "PYTHONWARNINGS": "ignore:No directory at",
        "MENKOU_ENV": "production",
        "SECRET_KEY": "a key of a server that is started by a test, long enough for checks",
        "DATABASE_URL": database_url(),
        "MENKOU_KEYSET_FILE": str(django_settings.MENKOU_KEYSET_FILE),
        "MENKOU_PORTAL_HOST": "portal.example.com",
        "MENKOU_PROJECT_DOMAIN": "login.example.com",
        "MENKOU_PROXY_SSL_HEADER": "X-Forwarded-Proto",
        "MENKOU_PROXY_COUNT": "1",
        "EMAIL_URL": "smtp+tls://menkou@mail.example.com:587",
    }


def database_url() -> str:
    """The address of this process's test database."""
    name = str(database.settings_dict["NAME"])
    return urlsplit(str(django_settings.DATABASE_URL))._replace(path=f"/{name}").geturl()


def assert_refused(run: subprocess.CompletedProcess[str], *sentences: str) -> None:
    assert run.returncode != 0
    assert run.stderr.splitlines() == [f"Menkou does not start: {each}" for each in sentences]
    assert run.stdout == ""


@each_row(
    "environment, sentence",
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set. Set it, or set SECRET_KEY_FILE."),
        (
            {"MENKOU_PROJECT_DOMAIN": "*"},
            "MENKOU_PROJECT_DOMAIN must be one host name, such as portal.example.com.",
        ),
        ({"MENKOU_PROXY_COUNT": ""}, "MENKOU_PROXY_COUNT must be a whole number."),
        ({"MENKOU_THREADS": "many"}, "MENKOU_THREADS must be a whole number."),
        (
            {"MENKOU_METRICS_ADDRESS": "here"},
            "MENKOU_METRICS_ADDRESS must look like 127.0.0.1:9464.",
        ),
    ],
)
def test_a_setting_that_is_wrong_is_refused(environment: dict[str, str], sentence: str) -> None:
    assert_refused(start(**environment), sentence)


# By number, as they are said.
ERRORS = [
    "The endpoints of wechat_web, wechat_official_account do not point to the provider. Unset "
    "WECHAT_OPEN_BASE_URL, WECHAT_API_BASE_URL and MENKOU_MOVED_ENDPOINTS, or set "
    "MENKOU_ALLOW_TEST_ENDPOINTS=1 if this is only a test installation. (connections.E001)",
    "Other users can read the key file. Set its mode to 600. Create one with "
    "`manage.py secrets init`, and keep a backup elsewhere. (connections.E002)",
    "ALLOWED_HOSTS contains '*', which allows hosts that are not yours. Set MENKOU_PORTAL_HOST and "
    "MENKOU_PROJECT_DOMAIN to your own hosts. (portal.E001)",
    "DEBUG is on. Turn it off in production. (portal.E002)",
    "SECRET_KEY is too weak. It needs at least 50 random characters. Generate one: "
    "python -c 'import secrets; print(secrets.token_urlsafe(50))' (portal.E003)",
    "MENKOU_PORTAL_HOST is also the host of a project with the ID acme. Use a host outside "
    "MENKOU_PROJECT_DOMAIN, or a reserved name that no project can have, such as portal. "
    "(portal.E004)",
    "MENKOU_PROXY_COUNT is not set. Set it to the number of your reverse proxies, usually 1. "
    "Set it to 0 only if you run without one on purpose: slow clients can then block the "
    "server. (portal.E005)",
]


def test_18_95_all_settings_that_are_unsafe_are_named_and_refused(tmp_path: Path) -> None:
    """Those of a settings module of one's own are looked at, too."""
    (tmp_path / "own_settings.py").write_text(OWN_SETTINGS)
    keyset = tmp_path / "keyset.json"
    keyset.write_bytes(Path(django_settings.MENKOU_KEYSET_FILE).read_bytes())
    keyset.chmod(0o644)

    run = start(
        without="MENKOU_PROXY_COUNT",
        DJANGO_SETTINGS_MODULE="own_settings",
        PYTHONPATH=str(tmp_path),
        SECRET_KEY="short",
        MENKOU_PORTAL_HOST="acme.login.example.com",
        WECHAT_API_BASE_URL="http://127.0.0.1:8800",
        MENKOU_KEYSET_FILE=str(keyset),
    )

    assert_refused(run, *ERRORS)


def test_a_database_that_is_not_migrated_is_refused() -> None:
    postgres = urlsplit(database_url())._replace(path="/postgres").geturl()
    assert_refused(
        start(DATABASE_URL=postgres),
        "the database is not migrated. Run `migrate`.",
    )


def refusal() -> str:
    """What a server says that does not start, in this process."""
    with pytest.raises(SystemExit) as refused:
        refuse_unsafe_start()
    return str(refused.value.code)


@pytest.mark.django_db(transaction=True)
def test_the_direct_address_of_another_database_is_refused(settings: Any) -> None:
    settings.DIRECT_DATABASE = {**database.settings_dict, "NAME": "postgres"}

    assert refusal() == (
        "Menkou does not start: MENKOU_DIRECT_DATABASE_URL leads to another database than "
        "DATABASE_URL. Give both the same database, on the same server."
    )


@pytest.mark.django_db(transaction=True)
def test_60_a_database_of_a_newer_release_is_refused_and_left_alone() -> None:
    check_keys()
    MigrationRecorder.Migration.objects.create(app="projects", name="9999_later")
    try:
        said = refusal()
    finally:
        MigrationRecorder.Migration.objects.filter(name="9999_later").delete()

    assert said == (
        "Menkou does not start: the database was migrated by a newer release. This release could "
        "damage it. Start the newer release, or restore a backup from before the upgrade."
    )


def test_an_address_for_metrics_that_is_taken_is_refused(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings.MENKOU_METRICS_ADDRESS = ("127.0.0.1", port)

        assert refusal() == (
            f"Menkou does not start: MENKOU_METRICS_ADDRESS (127.0.0.1:{port}) cannot be used: "
            "Address already in use. Set another one."
        )


@pytest.fixture
def production(settings: Any) -> Any:
    """Settings of an installation in which nothing is wrong."""
    settings.MENKOU_ENV = "production"
    settings.MENKOU_PORTAL_HOST = "portal.example.com"
    settings.MENKOU_PROJECT_DOMAIN = "login.example.com"
    settings.ALLOWED_HOSTS = ["portal.example.com", ".login.example.com"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.MENKOU_PROXY_COUNT_IS_SET = True
    return settings


def found() -> list[str | None]:
    return sorted(each.id for each in run_checks() if (each.id or "").startswith("portal."))


def test_nothing_is_found_where_nothing_is_wrong(production: Any) -> None:
    assert found() == []


@pytest.mark.parametrize("host", ["*", ".", "", ".com", "*.example.com"])
def test_hosts_that_are_nobodys_are_refused(production: Any, host: str) -> None:
    production.ALLOWED_HOSTS = ["portal.example.com", host]
    assert found() == ["portal.E001"]


@pytest.mark.parametrize(
    ("portal", "ids"),
    [
        ("acme.login.example.com", ["portal.E004"]),
        ("portal.login.example.com", []),  # no project can be called so
        ("a.b.login.example.com", []),
        ("login.example.com", []),
    ],
)
def test_a_portal_that_a_project_could_have_is_refused(
    production: Any, portal: str, ids: list[str]
) -> None:
    production.MENKOU_PORTAL_HOST = portal
    assert found() == ids


@pytest.mark.parametrize("key", ["x" * 60, "short", "django-insecure-" + "abcdefgh" * 8])
def test_a_key_that_can_be_guessed_is_refused(production: Any, key: str) -> None:
    production.SECRET_KEY = key
    assert found() == ["portal.E003"]


@pytest.mark.parametrize("count", [0, 1])
def test_95_a_count_of_proxies_has_to_be_given(production: Any, count: int) -> None:
    production.ALLAUTH_TRUSTED_PROXY_COUNT = count
    assert found() == []
    production.MENKOU_PROXY_COUNT_IS_SET = False
    assert found() == ["portal.E005"]


def test_what_a_proxy_says_and_e_mail_are_asked_for(production: Any) -> None:
    production.SECURE_PROXY_SSL_HEADER = None
    production.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert found() == ["portal.W001", "portal.W002"]


@pytest.mark.parametrize(
    ("host", "ids"),
    [
        ("127.0.0.1", []),
        ("::1", []),
        ("10.0.0.7", []),
        ("metrics.internal", []),
        ("0.0.0.0", ["portal.W003"]),
        ("::", ["portal.W003"]),
        ("93.184.216.34", ["portal.W003"]),
    ],
)
def test_metrics_belong_inside(production: Any, host: str, ids: list[str]) -> None:
    production.MENKOU_METRICS_ADDRESS = (host, 9464)
    assert found() == ids


def test_development_may_do_all_that(settings: Any) -> None:
    settings.SECRET_KEY, settings.ALLOWED_HOSTS = "short", ["*"]
    assert found() == []
