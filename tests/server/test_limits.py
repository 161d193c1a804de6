"""Case 47: hundreds of tries by fifty people at once, over all workers and threads."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from math import ceil

import pytest
import requests

from tests.server.conftest import MOST_STARTS, Server

PEOPLE = 50
TRIES = 500


@pytest.fixture
def untried(server: Server) -> Iterator[Server]:
    """A server at which no sign-in has been started, and has not afterwards."""
    with closing(server.database()) as database:
        database.execute("TRUNCATE connections_pendingsignin")
        yield server
        database.execute("TRUNCATE connections_pendingsignin")


def test_47_tries_by_fifty_people_at_once_are_counted_exactly(untried: Server) -> None:
    began = time.monotonic()

    with ThreadPoolExecutor(PEOPLE) as people:
        answers = Counter(people.map(lambda number: press(untried, number), range(TRIES)))

    came_back = ceil(time.monotonic() - began)
    assert answers[302] + answers[429] == TRIES
    # So many at once, and more come back as time passes: all of them within ten minutes.
    assert MOST_STARTS <= answers[302] <= MOST_STARTS + came_back
    with closing(untried.database()) as database:
        row = database.execute("SELECT count(*) FROM connections_pendingsignin").fetchone()
    assert row == (answers[302],)


def press(server: Server, number: int) -> int:
    """Press the button, saying that one is somebody else each time."""
    headers = {
        "origin": f"http://acme.localhost:{server.port}",
        "x-forwarded-for": f"203.0.113.{number % 256}",
    }
    with requests.Session() as session:
        answer = server.ask(
            session, "POST", "acme.localhost", "/sso/wechat_web/start", headers=headers
        )
    return answer.status_code


@pytest.mark.parametrize(("length", "outcome"), [(6_000, "retry"), (20_000, "reject")])
def test_f22_a_long_code_is_sent_or_ends_on_a_page(
    server: Server, length: int, outcome: str
) -> None:
    with requests.Session() as session:
        state = server.start(session)
        answer = server.come_back(session, code="x" * length, state=state)

    assert answer.status_code == 400
    with closing(server.database()) as database:
        row = database.execute(
            "SELECT outcome, reference FROM connections_signin ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    assert row[0] == outcome
    assert f"{row[1][:5]}-{row[1][5:]}" in answer.text
