"""The process: when it refuses to start, whom it answers, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from simulator.loopback import is_loopback, loopback_only
from tests.rows import each_row
from tests.simulator.wechat import ROOT, WeChat, running, start, wait_for_held_polls


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        pytest.param([], {"MENKOU_ENV": "production"}, 2, "never runs in production", id="X09"),
        pytest.param(["--bind", "0.0.0.0"], {}, 2, "on this machine only", id="X10-everywhere"),
        pytest.param(["--bind", "::"], {}, 2, "on this machine only", id="X10-everywhere-6"),
        pytest.param(["--bind", "192.0.2.1"], {}, 2, "on this machine only", id="X10-elsewhere"),
        pytest.param(["--port", "70000"], {}, 2, "70000 is not a port", id="no-port"),
        pytest.param(
            [], {"SIMULATOR_PORT": "x"}, 2, "x is not a port", id="no-port-in-environment"
        ),
    ],
)
def test_it_refuses_to_start(
    arguments: list[str], environment: dict[str, str], code: int, words: str
) -> None:
    with start(*arguments, **environment) as process:
        out, err = process.communicate(timeout=10)

    assert process.returncode == code
    assert words in err
    assert out == ""


def test_a_taken_port_is_a_plain_message() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with start(SIMULATOR_PORT=str(port)) as process:
            _, err = process.communicate(timeout=10)

    assert process.returncode == 1
    assert err == (
        f"Port {port} of 127.0.0.1 is taken. Choose another with --port or SIMULATOR_PORT.\n"
    )


def test_it_listens_on_the_loopback_interface_only(simulator_address: str) -> None:
    port = int(simulator_address.rpartition(":")[2])
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]

    # The second column is the address in hexadecimal, the fourth 0A for a listening socket.
    listening = {fields[1] for fields in sockets if fields[3] == "0A"}
    assert {name for name in listening if name.endswith(f":{port:04X}")} == {f"0100007F:{port:04X}"}


@each_row(
    "address, expected",
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("192.168.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("localhost", False),
    ],
)
def test_what_counts_as_this_machine(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    ("peer", "expected"), [("127.0.0.1", "200 OK"), ("192.0.2.1", "403 Forbidden")]
)
def test_x10_callers_from_elsewhere_are_refused(peer: str, expected: str) -> None:
    statuses: list[str] = []

    def application(environ, start_response):
        start_response("200 OK", [])
        return [b"inside"]

    body = b"".join(
        loopback_only(application)(
            {"REMOTE_ADDR": peer}, lambda status, headers: statuses.append(status)
        )
    )

    assert statuses == [expected]
    assert (body == b"inside") is (expected == "200 OK")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_even_while_polls_are_held(how: signal.Signals) -> None:
    with running() as (address, process), requests.Session() as http:
        wechat = WeChat(address, http)
        asked = {
            "appid": wechat.get("/__sim__/apps").json()["apps"][0]["appid"],
            "redirect_uri": "http://localhost/",
        }
        uuid = wechat.new_uuid(**asked)

        with ThreadPoolExecutor(8) as pool:
            polls = [pool.submit(held_poll, address, uuid) for _ in range(8)]
            wait_for_held_polls(wechat, 8)
            began = time.monotonic()
            process.send_signal(how)
            out, err = process.communicate(timeout=10)
            took = time.monotonic() - began
            answers = [poll.result() for poll in polls]

    # A poll is held for 25 seconds otherwise.
    assert took < 5
    assert process.returncode == 0
    assert (out, err) == ("", "")
    assert answers == ["window.wx_errcode=408;window.wx_code='';"] * 8


def held_poll(address: str, uuid: str) -> str:
    asked = {"uuid": uuid}
    return requests.get(address + "/connect/l/qrconnect", params=asked, timeout=30).text


def test_it_takes_less_than_a_second_of_computing_to_start_and_stop() -> None:
    before = os.times()
    with running() as (address, _):
        assert requests.get(address + "/__sim__/health", timeout=10).ok
    after = os.times()

    # Computing time instead of the clock's, which a busy machine would stretch.
    user = after.children_user - before.children_user
    system = after.children_system - before.children_system
    assert 0 < user + system < 1


def test_it_imports_nothing_of_the_product() -> None:
    program = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'simulator.settings'; "
        "import simulator.server, django; django.setup(); import simulator.urls; "
        "print(sorted({'portal', 'connections', 'projects', 'allauth'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
