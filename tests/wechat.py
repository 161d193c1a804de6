"""WeChat as the tests meet it: the simulator's process, and a visitor who signs in through it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.http import HttpResponse
from django.test import Client
from urllib3 import PoolManager, Retry

from projects.models import Project
from tests.cast import APPID, client_of

ROOT = Path(__file__).resolve().parent.parent


class WeChat:
    """The simulator, and what it can be told to do."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.http = PoolManager(maxsize=4, retries=Retry(1, allowed_methods=None), timeout=5)

    def begin_again(self) -> None:
        """The apps and people of the vectors, no faults, nothing asked yet."""
        self.tell("reset", world="vectors")

    def tell(self, what: str, **data: Any) -> dict[str, Any]:
        answer = self.http.request("POST", f"{self.origin}/__sim__/{what}", json=data)
        assert answer.status == 200, answer.data.decode()
        told: dict[str, Any] = answer.json()
        return told

    def fault(self, endpoint: str, **what: Any) -> None:
        """Let the endpoint go wrong until told otherwise."""
        self.tell("faults", endpoint=endpoint, **what)

    def code(self, person: str = "LI", *, appid: str = APPID) -> str:
        """A fresh code, as WeChat gives it to the browser after 同意."""
        return str(self.tell("issue-code", appid=appid, person=person)["code"])

    def ask(self, what: str) -> dict[str, Any]:
        answer = self.http.request("GET", f"{self.origin}/__sim__/{what}")
        read: dict[str, Any] = answer.json()
        return read

    def log(self) -> dict[str, Any]:
        return self.ask("log")

    def calls(self, endpoint: str) -> int:
        """How often the endpoint was asked."""
        return int(self.log()["counts"].get(endpoint, 0))


@contextlib.contextmanager
def running_simulator(**environment: str) -> Iterator[WeChat]:
    """A simulator of one's own, on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": "/usr/bin:/bin", "SIMULATOR_POLL_HOLD_S": "2", **environment},
    )
    assert process.stdout is not None
    try:
        words = process.stdout.readline().split()
        wechat = WeChat(words[-1])
        wait_until_it_answers(wechat)
        with wechat.http:
            yield wechat
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def wait_until_it_answers(wechat: WeChat) -> None:
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=20))
    session.get(f"{wechat.origin}/__sim__/health", timeout=5)
    session.close()


class Visitor:
    """A browser of somebody who wants to sign in to a project."""

    def __init__(self, project: Project, wechat: WeChat, *, language: str = "en") -> None:
        self.project = project
        self.wechat = wechat
        self.client: Client = client_of(project.host)
        self.client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        self.origin = f"http://{project.host}"
        self.state = ""

    def press(self, alias: str = "wechat_web", **form: str) -> HttpResponse:
        """Press the button; remember the state that went to WeChat."""
        answer = self.client.post(f"/sso/{alias}/start", form, headers={"origin": self.origin})
        query = parse_qs(urlsplit(answer.headers.get("location", "")).query)
        self.state = query.get("state", [""])[0]
        return answer

    def come_back(self, alias: str = "wechat_web", **query: str) -> HttpResponse:
        """Arrive at the callback with these parameters."""
        return self.client.get(f"/sso/oauth2/callback/{alias}", query)

    def sign_in(
        self, person: str = "LI", *, alias: str = "wechat_web", appid: str = APPID, **form: str
    ) -> HttpResponse:
        """Press the button, agree on the phone, come back."""
        self.press(alias, **form)
        return self.come_back(alias, code=self.wechat.code(person, appid=appid), state=self.state)
