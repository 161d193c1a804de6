"""What the settings make of the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from portal.devtools.folders import ROOT
from tests.rows import each_row

TELL = """
import json
import sys
from importlib import import_module
told = import_module("portal.{module}")
print(json.dumps({{name: getattr(told, name) for name in sys.argv[1:]}}))
"""
DATABASE_URL = "postgres://menkou:any@db.example.com:5432/menkou"


def start(*names: str, module: str = "settings", **environment: str) -> Any:
    """Read a module's settings in a process of their own."""
    given = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "long enough for production and known to nobody but this very test",
        "DATABASE_URL": DATABASE_URL,
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-c", TELL.format(module=module), *names],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )


def told(*names: str, module: str = "settings", **environment: str) -> Any:
    run = start(*names, module=module, **environment)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


class TestDatabase:
    def test_what_the_address_demands_of_the_connection_is_kept_beside_the_pool(self) -> None:
        url = f"{DATABASE_URL}?sslmode=verify-full&conn_max_age=60"
        database = told("DATABASES", DATABASE_URL=url)["DATABASES"]["default"]
        assert database["OPTIONS"] == {
            "sslmode": "verify-full",
            "server_side_binding": True,
            "prepare_threshold": 3,
            "pool": {"min_size": 1, "max_size": 16, "timeout": 5, "reconnect_timeout": 0.5},
        }
        # With a pool, Django refuses any other.
        assert database["CONN_MAX_AGE"] == 0
        assert database["HOST"] == "db.example.com"

    def test_an_address_that_demands_nothing_has_our_own_options_alone(self) -> None:
        options = told("DATABASES")["DATABASES"]["default"]["OPTIONS"]
        assert set(options) == {"server_side_binding", "prepare_threshold", "pool"}

    def test_statements_are_not_prepared_behind_a_pooler_that_cannot(self) -> None:
        database = told("DATABASES", MENKOU_PREPARED_STATEMENTS="0")["DATABASES"]["default"]
        assert database["OPTIONS"]["prepare_threshold"] is None
        assert database["OPTIONS"]["server_side_binding"] is True


class TestMail:
    SMTP = "smtp+tls://me:any@mail.example.com:587"

    @each_row(
        "environment, backend",
        [
            # In production a terminal is a log, and a link to a new password is no log's business.
            (
                {"MENKOU_ENV": "production"},
                "django.core.mail.backends.dummy.EmailBackend",
            ),
            (
                {"MENKOU_ENV": "development"},
                "django.core.mail.backends.console.EmailBackend",
            ),
            # A page waits for no mail server.
            (
                {"MENKOU_ENV": "production", "EMAIL_URL": SMTP},
                "core.mail.queue.QueueBackend",
            ),
        ],
    )
    def test_it_goes_where_the_installation_says(
        self, environment: dict[str, str], backend: str
    ) -> None:
        assert told("EMAIL_BACKEND", **environment) == {"EMAIL_BACKEND": backend}


class TestNumbers:
    NAMES = ("ALLAUTH_TRUSTED_PROXY_COUNT", "MENKOU_PROXY_COUNT_IS_SET", "MENKOU_THREADS")

    def test_without_any_there_are_the_documented_ones(self) -> None:
        assert told(*self.NAMES) == {
            "ALLAUTH_TRUSTED_PROXY_COUNT": 0,
            "MENKOU_PROXY_COUNT_IS_SET": False,
            "MENKOU_THREADS": 64,
        }
        server = told("workers", "threads", module="server.gunicorn")
        assert server == {"workers": 2, "threads": 64}

    def test_each_has_its_variable(self) -> None:
        given = {"MENKOU_PROXY_COUNT": "2", "MENKOU_THREADS": "8", "MENKOU_WORKERS": "3"}
        assert told(*self.NAMES, **given) == {
            "ALLAUTH_TRUSTED_PROXY_COUNT": 2,
            "MENKOU_PROXY_COUNT_IS_SET": True,
            "MENKOU_THREADS": 8,
        }
        server = told("workers", "threads", module="server.gunicorn", **given)
        assert server == {"workers": 3, "threads": 8}

    @each_row(
        "name, module",
        [
            ("MENKOU_PROXY_COUNT", "settings"),
            ("MENKOU_THREADS", "settings"),
            ("MENKOU_THREADS", "server.gunicorn"),
            ("MENKOU_WORKERS", "server.gunicorn"),
        ],
    )
    def test_a_word_is_refused_in_a_sentence(self, name: str, module: str) -> None:
        run = start(module=module, **{name: "many"})
        assert run.returncode != 0
        assert run.stderr.splitlines()[-1].endswith(f"{name} must be a whole number.")
