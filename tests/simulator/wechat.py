"""A caller's view of the running simulator, and the fixtures' names for what lives in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

ROOT = Path(__file__).parents[2]

WEB = {"appid": "wx0123456789abcdef", "secret": "0123456789abcdef0123456789abcdef"}
WEB2 = {"appid": "wx1111111111111111", "secret": "1" * 32}
WEB3 = {"appid": "wx3333333333333333", "secret": "3" * 32}
PEND = {"appid": "wx2222222222222222", "secret": "2" * 32}
SVC = {"appid": "wx4444444444444444", "secret": "4" * 32}
RID = r", rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$"


class WeChat:
    """The simulator over HTTP: its three surfaces, and the control API."""

    def __init__(self, base: str, http: requests.Session) -> None:
        self.base = base
        self.http = http

    def get(self, path: str, params: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.http.get(self.base + path, params=params, timeout=10, **more)

    def post(self, path: str, **more: Any) -> Any:
        return self.http.post(self.base + path, timeout=10, **more)

    def control(self, path: str, **data: Any) -> dict[str, Any]:
        answer = self.post(f"/__sim__/{path}", json=data)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def log(self) -> dict[str, Any]:
        return self.get("/__sim__/log").json()

    def qrconnect(self, *without: str, **changes: str) -> requests.Response:
        asked = {
            "appid": WEB["appid"],
            "redirect_uri": "https://rp.test/cb",
            "response_type": "code",
            "scope": "snsapi_login",
            "state": "abc123",
        } | changes
        kept = {name: value for name, value in asked.items() if name not in without}
        return self.get("/connect/qrconnect", kept, allow_redirects=False)

    def new_uuid(self, **changes: str) -> str:
        return uuid_in(self.qrconnect(**changes).text)

    def poll(self, uuid: str, **more: str) -> str:
        return self.get("/connect/l/qrconnect", {"uuid": uuid, "_": "1", **more}).text

    def scan(self, uuid: str) -> str:
        return self.get("/connect/confirm", {"uuid": uuid}).text

    def decide(self, uuid: str, decision: str, person: str = "LI") -> requests.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.scan(uuid))
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "decision": decision, "person": person}
        return self.post(f"/connect/confirm?uuid={uuid}", data=form)

    def code(self, app: dict[str, str] = WEB, **more: str) -> str:
        given = {"appid": app["appid"], "person": "LI", **more}
        return self.control("issue-code", **given)["code"]

    def exchange(
        self, code: str, app: dict[str, str] = WEB, /, **changes: str | None
    ) -> requests.Response:
        return self.get("/sns/oauth2/access_token", exchange_params(code, app, **changes))

    def token(self, app: dict[str, str] = WEB, **more: str) -> dict[str, Any]:
        answer = self.exchange(self.code(app, **more), app).json()
        assert "errcode" not in answer, answer
        return answer

    def userinfo(self, token: dict[str, Any], **changes: str) -> requests.Response:
        pair = {"access_token": token["access_token"], "openid": token["openid"]}
        return self.get("/sns/userinfo", pair | changes)


def exchange_params(
    code: str, app: dict[str, str] = WEB, /, **changes: str | None
) -> dict[str, str | None]:
    return {**app, "code": code, "grant_type": "authorization_code", **changes}


def uuid_in(page: str) -> str:
    found = re.search(r'/connect/qrcode/([^"]+)"', page)
    assert found is not None, page
    return found[1]


def read(answer: requests.Response) -> dict[str, Any]:
    """The JSON of an sns answer, from its bytes, because the charset is not told."""
    return json.loads(answer.content.decode("utf-8"))


def wait_for_held_polls(wechat: WeChat, number: int) -> None:
    """Until the simulator keeps so many callers waiting."""
    deadline = time.monotonic() + 10
    while wechat.get("/__sim__/health").json()["held_polls"] < number:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The simulator as its own process; both of its outputs are readable."""
    inherited = {name: value for name, value in os.environ.items() if name != "MENKOU_ENV"}
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", *arguments],
        cwd=ROOT,
        env=inherited | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A simulator on a port of its own: its address and its process."""
    with start("--port", "0") as process:
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            assert words, process.stderr and process.stderr.read()
            assert urlsplit(words[-1]).hostname == "127.0.0.1"
            yield words[-1], process
        finally:
            process.terminate()
            process.communicate(timeout=10)
