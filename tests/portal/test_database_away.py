"""The database is not available: pages say so and when to come again, and tell nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
from django.http import HttpResponse

from portal.devtools.folders import ROOT
from tests.portal.page_reader import Page, said_in

# The product's own pool, which waits for a connection, but not as long as in earnest.
ASKING = """
import json
import sys
import django
from django.conf import settings
settings.DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 0.2
django.setup()
from django.test import Client
from portal.command import main

def ask(host, path, language):
    headers = {"host": host, "accept-language": language}
    client = Client(raise_request_exception=False, headers=headers)
    client.cookies[settings.SESSION_COOKIE_NAME] = "0" * 32
    answer = client.get(path)
    return [answer.status_code, answer.headers.get("retry-after"),
            answer.headers.get("cache-control"), answer.content.decode()]

def complain(*words):
    try:
        main(["menkou", *words])
    except SystemExit as ended:
        return ended.code

pages, commands = json.loads(sys.argv[1])
print(json.dumps([[ask(*page) for page in pages], [complain(*words) for words in commands]]))
"""
PORTAL, TENANT = "portal.test", "acme.login.test"
PAGES = [
    (host, path, language)
    for host, path in ((PORTAL, "/projects/"), (TENANT, "/login"), (TENANT, "/account"))
    for language in ("en", "zh-hans")
]
HEALTH = [(host, path, "en") for host in (PORTAL, TENANT) for path in ("/healthz", "/readyz")]

COMMANDS = [["migrate", "--skip-checks"], ["secrets", "status"]]

Answer = tuple[int, str | None, str, str]
Asked = tuple[str, str, str]


@dataclass(frozen=True)
class Away:
    """What is said while nobody listens where the database should be."""

    answers: dict[Asked, Answer]
    complaints: list[object]


@pytest.fixture(scope="module")
def away() -> Away:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "MENKOU_ENV": "test",
        "MENKOU_KEYSET_FILE": "/dev/null",
        "SECRET_KEY": "long enough for tests and known to nobody but this very one",
        "DATABASE_URL": "postgres://nobody:hidden-word@127.0.0.1:1/none",
        "MENKOU_PORTAL_HOST": PORTAL,
        "MENKOU_PROJECT_DOMAIN": "login.test",
    }
    asked = [*PAGES, *HEALTH]
    run = subprocess.run(
        [sys.executable, "-c", ASKING, json.dumps([asked, COMMANDS])],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answers, complaints = json.loads(run.stdout)
    return Away(dict(zip(asked, map(tuple, answers), strict=True)), complaints)


@pytest.mark.parametrize("asked", PAGES, ids=" ".join)
def test_58_a_page_says_that_it_will_be_back(asked: Asked, away: Away) -> None:
    status, retry_after, cache_control, body = away.answers[asked]
    page, language = Page(HttpResponse(body)), asked[2]
    assert (status, retry_after, cache_control) == (503, "5", "no-store")
    assert page.one("h1").text == said_in(language, "Down for maintenance")
    assert page.one("html").attributes["lang"] == language
    for word in (
        "database",
        "127.0.0.1",
        "OperationalError",
        "Traceback",
        "hidden-word",
        "nobody",
        "acme",
    ):
        assert word not in page.source


def test_the_process_is_well_but_not_ready(away: Away) -> None:
    for host in (PORTAL, TENANT):
        status, _retry_after, _cache_control, body = away.answers[host, "/healthz", "en"]
        assert (status, body) == (200, "ok\n")
        status, _retry_after, _cache_control, body = away.answers[host, "/readyz", "en"]
        assert status == 503
        assert json.loads(body) == {
            "ready": False,
            "database": "away",
            "migrations": "unknown",
            "keys": "unknown",
            "clock": "unknown",
            "clock_offset_seconds": None,
        }


def test_commands_say_in_one_line_why_the_database_is_not_there(away: Away) -> None:
    assert len(away.complaints) == len(COMMANDS)
    for complaint in map(str, away.complaints):
        assert complaint.startswith("The database is not available: ")
        assert "127.0.0.1" in complaint
        assert complaint.endswith("Check DATABASE_URL and that PostgreSQL is running.")
        assert "\n" not in complaint
        assert "hidden-word" not in complaint
