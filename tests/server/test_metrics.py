"""Prometheus reads the counts of all workers, living and dead, at an internal address only."""

from __future__ import annotations

import os
import re
import signal
import time

import pytest
import requests

from portal.devtools.processes import wait_until
from tests.server.conftest import Server
from tests.server.test_faults import workers

PAGES = 'menkou_requests_total{method="GET",route="login",status="2xx"}'
SIGN_INS = 'menkou_sign_ins_total{cause="none",outcome="ok",provider="wechat_web"}'
CALLS = 'menkou_provider_call_seconds_count{call="token",provider="wechat_web",result="answered"}'


@pytest.fixture
def measured(server: Server) -> Server:
    """The server, once both workers have metrics."""
    assert wait_until(lambda: value(server, "menkou_workers") == 2)
    return server


def metrics(server: Server) -> str:
    address = server.environment["MENKOU_METRICS_ADDRESS"]
    try:
        return requests.get(f"http://{address}/metrics", timeout=5).text
    except requests.ConnectionError:
        return ""


def value(server: Server, name: str) -> float:
    """What a line of the metrics says; nothing is zero."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", metrics(server), re.MULTILINE)
    return float(found[1]) if found else 0.0


def ask(server: Server, times: int) -> None:
    for _ in range(times):
        assert server.get("acme.localhost", "/login").status_code == 200


def test_pages_sign_ins_and_calls_of_all_workers_add_up(measured: Server) -> None:
    before = {name: value(measured, name) for name in (PAGES, SIGN_INS, CALLS)}
    app = requests.get(f"{measured.wechat.origin}/__sim__/apps", timeout=5).json()["apps"][0]
    session = requests.Session()
    state = measured.start(session)
    code = measured.wechat.code("lilei", appid=app["appid"])
    assert measured.come_back(session, code=code, state=state).status_code == 302
    ask(measured, 12)

    grown = {name: value(measured, name) - number for name, number in before.items()}
    assert grown == {PAGES: 12, SIGN_INS: 1, CALLS: 1}


def test_what_a_dead_worker_counted_still_counts(measured: Server) -> None:
    ask(measured, 8)
    before = value(measured, PAGES)
    first = workers(measured)

    for pid in first:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: len(set(workers(measured)) - set(first)) == 2)
    # One of the new ones takes the address over.
    assert wait_until(lambda: value(measured, "menkou_workers") == 2)

    assert value(measured, PAGES) == before
    ask(measured, 3)
    assert value(measured, PAGES) == before + 3


def test_it_says_how_the_processes_are(measured: Server) -> None:
    ask(measured, 6)
    time.sleep(1.5)
    text = metrics(measured)
    assert re.search(r'^menkou_build_info\{.*version=".+"\} 1\.0$', text, re.MULTILINE)
    assert value(measured, 'menkou_database_pool_connections{state="idle"}') >= 1
    assert value(measured, "menkou_database_pool_waiting") == 0
    assert value(measured, "menkou_listener_up") == 1
    # The queue, which is empty, and no worker.
    for name in ("menkou_job_workers", "menkou_jobs_oldest_seconds"):
        assert f"\n{name} 0.0\n" in text


def test_no_label_names_a_project_a_person_or_an_address(measured: Server) -> None:
    measured.get("nobody.example", "/login-CANARY")
    measured.ask(requests.Session(), "CANARY", "acme.localhost", "/login")
    text = metrics(measured)
    assert "acme" not in text
    assert "CANARY" not in text
    assert 'method="other"' in text


def test_the_public_hosts_show_none(measured: Server) -> None:
    for host in ("localhost", "acme.localhost", "nobody.example"):
        answer = measured.get(host, "/metrics")
        assert answer.status_code == 404
        assert "menkou_" not in answer.text
