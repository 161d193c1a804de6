"""The benchmarks still run; how quick anything is, no test says."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from benchmarks import report
from benchmarks.browsers import MENKOU, Answer, Wrong, look
from benchmarks.history import insert_rows
from benchmarks.wire import Ear, Heard
from connections.models import SignIn
from portal.devtools.folders import ROOT
from projects.models import Event, Project
from tests.cast import make_connection
from tests.databases import template_database

# Begins a row of a table of numbers, whatever they are.
ROW = re.compile(r"^\| (?P<words>[^|]+) \| \**(?P<number>[\d.,]+)\** \|", re.MULTILINE)


def test_the_command_measures_all_sites_and_counts_their_statements() -> None:
    parts = ("statements", "applications", "sizing", "pages")
    options = ["--quick", "--template", template_database(), "--only", *parts]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 0, ran.stderr
    rows = dict(ROW.findall(ran.stdout))
    assert list(rows) == [
        *(
            f"{step}, {who}"
            for who in ("returning", "new")
            for step in ("page", "start", "callback")
        ),
        *("authorize, code and userinfo", "refresh"),
        *("authorize", "token", "userinfo"),
        "1",
        *("somebody who returns", "somebody new"),
        "1 connection, 20 projects",
    ]
    assert rows["page, returning"] == "0"
    assert [int(rows[step]) for step in ("authorize", "token", "userinfo")] == [3, 5, 1]
    assert float(rows["1 connection, 20 projects"].replace(",", "")) > 0


@pytest.mark.django_db
def test_the_history_page_is_measured_among_sign_ins_and_changes(project: Project) -> None:
    for alias in ("often", "rare"):
        make_connection(project, alias=alias, secret="")

    insert_rows(project, 200)

    assert SignIn.objects.count() == 180
    assert Event.objects.filter(actor_name="Olga", action="connection:changed").count() >= 19


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, b"HTTP/1.1 500 Internal Server Error", MENKOU.mark * 10),
        Answer(200, b"HTTP/1.1 200 OK", MENKOU.mark * 9),
    ],
    ids=["an error", "a button too few"],
)
def test_a_wrong_page_ends_the_run(answer: Answer) -> None:
    script = look(MENKOU, "c10", 10)(0)
    next(script)

    with pytest.raises(Wrong):
        script.send(answer)


def message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def startup(words: bytes) -> bytes:
    return (len(words) + 8).to_bytes(4, "big") + b"\x00\x03\x00\x00" + words


def test_statements_are_heard_however_they_are_sent_and_cut() -> None:
    said = (
        startup(b"user\0menkou\0\0")
        + message(b"Q", b"BEGIN\0")
        + message(b"P", b"one\0SELECT $1\0\0\0")
        + 2 * (message(b"B", b"\0one\0\0\0") + message(b"E", b"\0\0\0\0\0"))
        + message(b"S", b"")
    )
    heard = Heard()
    ear = Ear(heard)

    for byte in said:
        ear.hear(bytes([byte]))

    assert heard.statements == ["BEGIN", "SELECT $1", "SELECT $1"]


def test_what_the_listener_asks_is_not_counted() -> None:
    heard = Heard()

    Ear(heard).hear(
        startup(b"application_name\0menkou listening\0\0") + message(b"Q", b"SELECT 1\0")
    )

    assert heard.statements == []


def test_the_report_has_its_place_in_the_documentation() -> None:
    page = report.PAGE.read_text(encoding="utf-8")

    assert [page.count(mark) for mark in (report.BEGIN, report.END)] == [1, 1]
    assert page.index(report.BEGIN) < page.index(report.END)
