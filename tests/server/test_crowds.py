"""What a slow provider does to the people who wait for it, and to everybody else."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest
import requests

from portal.devtools.processes import wait_until
from tests.connections.servers import Peer
from tests.connections.servers import Server as Issuer
from tests.connections.servers import serving as hosting
from tests.databases import migrated_database
from tests.server.conftest import Server, serving, signed_in
from tests.wechat import running_simulator

CROWD = 32
LATEST_ANSWER_SECONDS = 11.0
# Twice as many as two workers can answer at once.
THREADS = 8
SAVES = 2 * 2 * THREADS
SLOWEST_PAGE_SECONDS = 5.0


def sign_in(server: Server) -> Callable[[int], tuple[int, float]]:
    """How a person's callback was answered, and after how many seconds."""

    def one(number: int) -> tuple[int, float]:
        session = requests.Session()
        state = server.start(session)
        app = requests.get(f"{server.wechat.origin}/__sim__/apps", timeout=5).json()["apps"][0]
        code = server.wechat.code("lilei", appid=app["appid"])
        began = time.monotonic()
        answer = server.come_back(session, code=code, state=state)
        return answer.status_code, time.monotonic() - began

    return one


def test_thirty_two_people_sign_in_at_once_at_a_provider_that_takes_100_ms(
    server: Server,
) -> None:
    for endpoint in ("token", "userinfo"):
        server.wechat.fault(endpoint, delay_ms=100)

    with ThreadPoolExecutor(CROWD) as people:
        answers = list(people.map(sign_in(server), range(CROWD)))

    assert Counter(status for status, _seconds in answers) == {302: CROWD}


def test_a16_59_a_hanging_provider_ends_in_time_and_stalls_nobody_else(
    server: Server,
) -> None:
    server.wechat.fault("token", delay_ms=12_000)

    with ThreadPoolExecutor(CROWD + 1) as people:
        waiting = [people.submit(sign_in(server), number) for number in range(CROWD)]
        time.sleep(1.0)
        pages = [page_seconds(server) for _ in range(10)]
        answers = [each.result() for each in waiting]

    assert {status for status, _seconds in answers} == {503}
    # The provider would answer after 12 seconds.
    assert max(seconds for _status, seconds in answers) < LATEST_ANSWER_SECONDS
    # The sign-in page takes milliseconds; a stalled site would take seconds.
    assert median(pages) < 1.0


def page_seconds(server: Server) -> float:
    began = time.monotonic()
    assert server.get("acme.localhost", "/login").status_code == 200
    return time.monotonic() - began


@pytest.fixture
def slow_issuer() -> Iterator[Issuer]:
    """An issuer that answers no question within the deadline."""
    with hosting(Peer.hang) as issuer:
        yield issuer


@pytest.fixture
def open_server(tmp_path: Path, slow_issuer: Issuer) -> Iterator[Server]:
    """A Menkou of few threads, whose forms may ask the slow issuer."""
    with (
        running_simulator() as wechat,
        migrated_database("forms") as url,
        serving(
            tmp_path,
            url,
            wechat,
            MENKOU_THREADS=str(THREADS),
            MENKOU_PRIVATE_ORIGINS=slow_issuer.origin,
        ) as running,
    ):
        yield running


def test_79_more_saves_at_a_slow_issuer_than_there_are_threads_hold_no_visitor(
    open_server: Server, slow_issuer: Issuer
) -> None:
    """Without places for forms, the sign-in page took 9 seconds meanwhile; with them, 2."""
    operator = signed_in(open_server)
    path = "/projects/acme/connections/add/openid_connect/"
    page = open_server.ask(operator, "GET", "localhost", path)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text
    form = {
        "csrfmiddlewaretoken": token[1],
        "issuer": slow_issuer.origin,
        "client_id": "our-client",
        "client_secret": "a secret of the provider",
        "scopes": "openid",
        "alias": "company",
    }

    def save(_number: int) -> int:
        session = requests.Session()
        session.cookies.update(operator.cookies)
        return open_server.ask(session, "POST", "localhost", path, data=form).status_code

    with ThreadPoolExecutor(SAVES) as people:
        saves = [people.submit(save, number) for number in range(SAVES)]
        assert wait_until(lambda: bool(slow_issuer.calls), seconds=10)
        pages = []
        while not all(each.done() for each in saves):
            pages.append(page_seconds(open_server))
            time.sleep(0.2)
        statuses = Counter(each.result() for each in saves)

    # All pages but those that waited for the forms to be read, on a slow machine.
    assert median(pages) < SLOWEST_PAGE_SECONDS
    # Whoever had a place reads that the issuer did not answer, the others that they may try again.
    assert set(statuses) == {200, 503}
    assert statuses[503] > SAVES // 2
