"""The pretend Open Platform's console as somebody uses it who has no browser."""

from __future__ import annotations

import re
import struct
import zlib
from html import unescape
from typing import Any

import requests

from tests.simulator.wechat import WeChat

# The appendix's fields, as a careful person fills them in.
FILLED = {
    "name": "晨光书店",
    "name_en": "Dawn Books",
    "description": "卖书的网站。",
    "description_en": "A website that sells books.",
    "website": "https://books.example.com",
    "callback_domain": "login.example.com",
}


class Console:
    """Pages and their forms; every form is sent as its page drew it."""

    def __init__(self, wechat: WeChat) -> None:
        self.wechat = wechat

    def page(self, path: str = "") -> str:
        answer = self.wechat.get(f"/console/{path}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, *, files: dict[str, Any] | None = None, **typed: str) -> Any:
        """Press the button of a form; what was typed goes with the form's own token."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page("apps/new"))
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], **typed}
        return self.wechat.post(f"/console/{path}", data=form, files=files)

    def create(self, then: str = "submit", **changes: str) -> str:
        """Fill in 创建网站应用; gives the AppID that the new app's page is found by."""
        answer = self.send("apps/new", then=then, **(FILLED | changes))
        assert answer.status_code == 200, errors(answer)
        found = re.search(r"/console/apps/(wx[0-9a-f]{16})\?done=", answer.url)
        assert found is not None, answer.url
        return found[1]

    def approved(self, **changes: str) -> str:
        """An app that has passed the review."""
        appid = self.create(**changes)
        self.send(f"apps/{appid}/decide", decision="approve")
        return appid

    def app(self, appid: str) -> dict[str, Any]:
        """What the simulator has kept of an app."""
        apps = self.wechat.get("/__sim__/apps").json()["apps"]
        (app,) = (app for app in apps if app["appid"] == appid)
        return app

    def new_secret(self, appid: str) -> str:
        """Press 生成 or 重置, and read what the page shows once."""
        return facts(self.send(f"apps/{appid}/secret").text)["AppSecret"]


def facts(page: str) -> dict[str, str]:
    """What can be copied from a page."""
    found = re.findall(r'data-copy="([^"]*)">.*?<span class="visually-hidden"> (.*?)</span>', page)
    return {name: unescape(value) for value, name in found}


def state(page: str) -> str:
    """The words of the first badge."""
    found = re.search(r'<span class="state \w+">\s*<span lang="zh-CN">(\S+)</span>', page)
    assert found is not None
    return found[1]


def errors(answer: requests.Response) -> list[str]:
    """The complaints of a form, in English."""
    return [
        unescape(english)
        for english in re.findall(
            r'<span class="error">.*?<span lang="en">(.*?)</span>', answer.text, re.DOTALL
        )
    ]


def notice(answer: requests.Response) -> str:
    """What a page says that was done, in English."""
    found = re.search(
        r'<p class="notice" role="status">.*?<span lang="en">(.*?)</span>', answer.text, re.DOTALL
    )
    return unescape(found[1]) if found else ""


def png(width: int, height: int | None = None) -> bytes:
    """A grey picture."""
    height = height or width
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(width + 1) * height)
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
