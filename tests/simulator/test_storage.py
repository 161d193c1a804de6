"""What outlives a restart, where a file is given for it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.simulator.console import Console
from tests.simulator.wechat import WeChat, read, start

KEPT = ["apps", "accounts", "people", "switches"]
REFUSED = "The WeChat simulator does not start"


@contextmanager
def simulator(*arguments: str, **environment: str) -> Iterator[Console]:
    with start("--port", "0", *arguments, **environment) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        assert words, process.stderr and process.stderr.read()
        with requests.Session() as http:
            yield Console(WeChat(words[-1], http))
        process.terminate()
        process.communicate(timeout=10)


def test_apps_accounts_people_and_switches_outlive_restarts(tmp_path: Path) -> None:
    file = tmp_path / "simulator.json"
    with simulator("--data", str(file)) as console:
        appid = console.approved(lenient="on")
        secret = console.new_secret(appid)
        console.send("people", nickname="王芳", picture="on")
        console.send("settings", review="at_once", deny_mode="state_only")
        app = {"appid": appid, "secret": secret}
        code = console.wechat.code(app, person="lilei")
        before = [console.wechat.get(f"/__sim__/{name}").json() for name in KEPT]

        # It is its owner's alone, and nothing lies beside it.
        assert file.stat().st_mode & 0o777 == 0o600
        assert list(tmp_path.iterdir()) == [file]
        for page in (console.page("settings"), console.wechat.get("/").text):
            assert "simulator.json" in page

    with simulator(SIMULATOR_DATA=str(file)) as console:
        after = [console.wechat.get(f"/__sim__/{name}").json() for name in KEPT]
        assert after == before
        assert secret not in console.page(f"apps/{appid}")
        assert read(console.wechat.exchange(code, app))["errcode"] == 40029
        assert "openid" in console.wechat.token(app, person="lilei")

        # What the control API changes is kept, too.
        console.wechat.control("reset", world="empty")
        console.wechat.control("people", id="ada", nickname="Ada")

    with simulator("--data", str(file)) as console:
        assert console.wechat.get("/__sim__/health").json()["world"] == "empty"
        people = console.wechat.get("/__sim__/people").json()["people"]
        assert [person["nickname"] for person in people] == ["Ada"]


def test_a_worker_that_comes_after_a_killed_one_goes_on_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "simulator.json"
    with simulator("--data", str(file)) as console:
        appid = console.approved()
        (killed,) = workers(file)
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 15
        while workers(file) in ([], [killed]):
            assert time.monotonic() < deadline
            time.sleep(0.05)

        assert console.app(appid)["state"] == "approved"


def workers(file: Path) -> list[int]:
    """The processes that keep this file and whose parent does so too."""
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(file).encode() in (process / "cmdline").read_bytes():
                stat = (process / "stat").read_text()
                parents[int(process.name)] = int(stat.rpartition(")")[2].split()[1])
    return [process for process, parent in parents.items() if parent in parents]


def test_without_a_file_nothing_is_kept_and_the_pages_say_so(console: Console) -> None:
    assert "Everything is in memory and gone after a restart." in console.page("settings")
    assert "Everything is kept in memory" in console.wechat.get("/").text


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"format": 2}', '{"format": 1, "world": "x", "apps": [{}]}', "\udcff"],
    ids=["empty", "list", "nothing", "newer", "broken-app", "binary"],
)
def test_a_file_of_somebody_else_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    file = tmp_path / "letter.txt"
    file.write_text(content, errors="surrogateescape")
    before = file.read_bytes()

    with start("--port", "0", "--data", str(file)) as process:
        out, err = process.communicate(timeout=10)

    assert (process.returncode, out) == (2, "")
    assert err.startswith(f"{REFUSED}: {file} is not a file that it wrote (")
    assert file.read_bytes() == before


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "simulator.json"

    with start("--port", "0", "--data", str(file)) as process:
        _, err = process.communicate(timeout=10)

    assert process.returncode == 2
    assert err == f"{REFUSED}: it cannot write into the folder of {file}.\n"
