"""The home page."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.simulator.wechat import PEND, WeChat

DEMO = {
    "Base URL": None,
    "AppID": r"wx[0-9a-f]{16}",
    "AppSecret": r"[0-9a-f]{32}",
    "原始ID": r"gh_[0-9a-f]{12}",
    "授权回调域": r"acme\.localhost",
}
SERVICE = {
    "AppID": r"wx[0-9a-f]{16}",
    "AppSecret": r"[0-9a-f]{32}",
    "开放平台账号原始ID": r"gh_[0-9a-f]{12}",
    "服务号原始ID": r"gh_[0-9a-f]{12}",
    "网页授权域名": r"acme\.localhost",
}


def copyable(page: str) -> dict[str, str]:
    """What can be copied: the name of each value and the value."""
    found = re.findall(r'data-copy="([^"]*)">.*?<span class="visually-hidden"> (.*?)</span>', page)
    return {name: unescape(value) for value, name in found}


def test_the_approved_app_waits_with_everything_to_copy(wechat: WeChat) -> None:
    wechat.control("reset", world="demo")

    page, service, *_ = wechat.get("/").text.split("Service account")

    values = copyable(page.partition("Acme 服务号")[0])
    assert list(values) == list(DEMO)
    assert values.pop("Base URL") == wechat.base
    for name, value in values.items():
        assert re.fullmatch(DEMO[name] or "", value), name
    assert '<span lang="zh-CN">已通过</span> Approved' in page
    values = copyable(service)
    assert list(values) == list(SERVICE)
    for name, value in values.items():
        assert re.fullmatch(SERVICE[name], value), name


def test_what_was_copied_signs_in(wechat: WeChat) -> None:
    wechat.control("reset", world="demo")
    values = copyable(wechat.get("/").text.partition("Acme 服务号")[0])
    app = {"appid": values["AppID"], "secret": values["AppSecret"]}

    uuid = wechat.new_uuid(appid=app["appid"], redirect_uri="http://acme.localhost:8000/cb")
    code = wechat.control("approve", uuid=uuid, person="hanmeimei")["code"]

    assert "openid" in wechat.exchange(code, app).json()


def test_the_demo_has_people_of_all_sorts(wechat: WeChat) -> None:
    wechat.control("reset", world="demo")

    people = wechat.get("/__sim__/people").json()["people"]

    assert [person["nickname"] for person in people] == ["李雷😀", "韩梅梅", "José", "", "微信用户"]
    assert [bool(person["picture"]) for person in people] == [True, True, True, False, True]


def test_an_app_in_review_says_so(wechat: WeChat) -> None:
    page = wechat.get("/").text

    assert '<span lang="zh-CN">审核中</span> In review' in page
    assert f'data-copy="{PEND["appid"]}"' not in page


def test_an_empty_world_says_what_to_do(wechat: WeChat) -> None:
    wechat.control("reset", world="empty")

    page = wechat.get("/").text

    assert "No app is registered. Create one in the console." in page


@pytest.mark.parametrize("path", ["/", "/connect/qrconnect", "/connect/confirm", "/nowhere"])
def test_every_page_is_marked_and_strict(wechat: WeChat, path: str) -> None:
    answer = wechat.get(path)

    assert "SIMULATOR" in answer.text
    assert "Not WeChat, not Tencent" in answer.text
    assert not re.search(r"<style|<script(?! src=)| style=| on\w+=", answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
