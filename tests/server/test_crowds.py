"""What a slow provider does to the people who wait for it, and to everybody else."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.server.conftest import Server

CROWD = 32
DEADLINE_SECONDS = 8.0


@pytest.fixture
def wechat_server(server: Server) -> Server:
    requests.delete(f"{server.wechat.origin}/__sim__/faults", timeout=5)
    return server


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
    wechat_server: Server,
) -> None:
    for endpoint in ("token", "userinfo"):
        wechat_server.wechat.fault(endpoint, delay_ms=100)

    with ThreadPoolExecutor(CROWD) as people:
        answers = list(people.map(sign_in(wechat_server), range(CROWD)))

    assert Counter(status for status, _seconds in answers) == {302: CROWD}


def test_a16_59_a_hanging_provider_ends_in_time_and_stalls_nobody_else(
    wechat_server: Server,
) -> None:
    wechat_server.wechat.fault("token", delay_ms=12_000)

    with ThreadPoolExecutor(CROWD + 1) as people:
        waiting = [people.submit(sign_in(wechat_server), number) for number in range(CROWD)]
        time.sleep(1.0)
        pages = [page_seconds(wechat_server) for _ in range(10)]
        answers = [each.result() for each in waiting]

    assert {status for status, _seconds in answers} == {503}
    assert max(seconds for _status, seconds in answers) < DEADLINE_SECONDS
    # The sign-in page takes milliseconds; a stalled site would take seconds.
    assert max(pages) < 1.0


def page_seconds(server: Server) -> float:
    began = time.monotonic()
    assert server.get("acme.localhost", "/login").status_code == 200
    return time.monotonic() - began
