"""Two workers keep the sign-in page, and both have it right within a second of a save."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.server.conftest import PASSWORD, Server, send
from tests.waiting import wait_until

WORKERS = 2
SWITCH = "/projects/acme/connections/wechat_web/switch/"
OPEN, SHUT = "Sign in with WeChat", "Sign-in is not available yet"


@pytest.fixture
def portal(server: Server) -> Iterator[requests.Session]:
    """The operator's browser; both workers keep the page with its button, and listen."""
    session = requests.Session()
    send(server, session, "/login", login="admin@example.com", password=PASSWORD)
    wait_until(lambda: bool(pages(server)) and len(listeners(server)) == WORKERS)
    yield session
    switch(server, session, "on")


def switch(server: Server, session: requests.Session, enabled: str) -> None:
    page = "/projects/acme/connections/wechat_web/"
    answer = send(server, session, page, to=SWITCH, enabled=enabled)
    assert answer.status_code == 302, answer.text


def pages(server: Server, number: int = 40) -> Counter[str]:
    """What many visitors see, each over a connection that any worker may take."""

    def one(_: int) -> str:
        text = server.get("acme.localhost", "/login").text
        return OPEN if OPEN in text else SHUT if SHUT in text else text

    with ThreadPoolExecutor(8) as visitors:
        return Counter(visitors.map(one, range(number)))


def listeners(server: Server) -> list[int]:
    """The backends to which a worker listens."""
    with server.database() as database:
        rows = database.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE application_name = 'menkou listening' AND datname = current_database()"
        )
        return [pid for (pid,) in rows.fetchall()]


def test_a_save_is_on_every_workers_page_within_a_second(
    server: Server, portal: requests.Session
) -> None:
    assert pages(server) == {OPEN: 40}

    for enabled, words in (("", SHUT), ("on", OPEN), ("", SHUT)):
        switch(server, portal, enabled)
        time.sleep(1.0)
        assert pages(server) == {words: 40}


def test_pages_are_right_while_the_listeners_are_being_cut_off(
    server: Server, portal: requests.Session
) -> None:
    for enabled, words in (("", SHUT), ("on", OPEN)):
        before = listeners(server)
        end(server, before)
        switch(server, portal, enabled)
        time.sleep(1.0)
        assert pages(server) == {words: 40}
        wait_until(lambda gone=before: listens_anew(server, gone))


def end(server: Server, backends: list[int]) -> None:
    with server.database() as database:
        for pid in backends:
            database.execute("SELECT pg_terminate_backend(%s)", [pid])


def listens_anew(server: Server, gone: list[int]) -> bool:
    now = listeners(server)
    return len(now) == WORKERS and not set(now) & set(gone)
