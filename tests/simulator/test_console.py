"""An app's life in the console: draft, review, secret, callback domain, and what it may then do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.simulator.console import Console, errors, facts, notice, state
from tests.simulator.test_qrconnect import BAD_APPID, BAD_SCOPE, messages
from tests.simulator.wechat import exchange_params, read, uuid_in

CALLBACK = "https://login.example.com/cb"


def qrconnect(console: Console, appid: str, redirect_uri: str = CALLBACK) -> str:
    return console.wechat.qrconnect(appid=appid, redirect_uri=redirect_uri).text


def test_a_submitted_app_waits_for_its_reviewer(console: Console) -> None:
    appid = console.create()

    page = console.page(f"apps/{appid}")

    assert state(page) == "审核中"
    assert "审核通过后可见" in page
    assert list(facts(page)) == ["原始ID"]
    assert messages(qrconnect(console, appid)) == [BAD_SCOPE]


def test_an_approved_app_has_an_appid_and_a_secret_that_is_shown_once(console: Console) -> None:
    appid = console.create()
    approved = console.send(f"apps/{appid}/decide", decision="approve").text
    assert (state(approved), facts(approved)["AppID"]) == ("已通过", appid)
    assert "尚未生成" in approved

    answer = console.send(f"apps/{appid}/secret")

    secret = facts(answer.text)["AppSecret"]
    assert re.fullmatch("[0-9a-f]{32}", secret)
    assert console.app(appid)["secret"] == secret
    for path in ("", "apps/new", f"apps/{appid}", "accounts", "people", "settings"):
        assert secret not in console.page(path)
    assert secret not in console.wechat.get("/").text
    assert "已设置，不再显示" in console.page(f"apps/{appid}")


def test_what_the_console_gave_signs_in(console: Console) -> None:
    appid = console.approved()
    app = {"appid": appid, "secret": console.new_secret(appid)}

    uuid = uuid_in(qrconnect(console, appid))
    code = console.wechat.control("approve", uuid=uuid, person="LI")["code"]

    assert "openid" in read(console.wechat.exchange(code, app))


def test_x11_a_regenerated_secret_kills_the_old_one_at_once(console: Console) -> None:
    appid = console.approved()
    old = console.new_secret(appid)

    new = console.new_secret(appid)

    def probe(secret: str) -> int:
        return read(console.wechat.exchange("bogus", {"appid": appid, "secret": secret}))["errcode"]

    assert (probe(old), probe(new)) == (40125, 40029)


def test_an_app_without_a_secret_accepts_none(console: Console) -> None:
    appid = console.approved()

    asked = exchange_params("bogus", {"appid": appid, "secret": "0" * 32})

    assert read(console.wechat.get("/sns/oauth2/access_token", asked))["errcode"] == 40125


def test_a_refused_app_says_why_and_may_be_submitted_again(console: Console) -> None:
    appid = console.create()

    refused = console.send(f"apps/{appid}/decide", decision="refuse", reason="名称与登记表不符")

    assert state(refused.text) == "未通过"
    assert "<blockquote>名称与登记表不符</blockquote>" in refused.text
    assert messages(qrconnect(console, appid)) == [BAD_SCOPE]
    again = console.send(f"apps/{appid}/submit")
    assert state(again.text) == "审核中"
    assert "名称与登记表不符" not in again.text


def test_a_refusal_needs_a_reason(console: Console) -> None:
    appid = console.create()

    answer = console.send(f"apps/{appid}/decide", decision="refuse", reason=" ")

    assert (answer.status_code, errors(answer)) == (400, ["Say why."])
    assert console.app(appid)["state"] == "auditing"


def test_a_draft_needs_only_a_name_and_is_completed_later(console: Console) -> None:
    nothing = dict.fromkeys(("name_en", "description", "website", "callback_domain"), "")
    appid = console.create("draft", **nothing)
    assert state(console.page(f"apps/{appid}")) == "未提交"

    answer = console.send(f"apps/{appid}/submit")
    assert answer.url.endswith(f"/console/apps/{appid}/edit")
    assert console.app(appid)["state"] == "draft"

    console.send(
        f"apps/{appid}/edit",
        then="submit",
        name="书店",
        description="卖书",
        website="http://books.example.com",
        callback_domain="books.example.com",
    )
    assert console.app(appid)["state"] == "auditing"


def test_an_app_that_is_under_review_or_approved_is_not_edited(console: Console) -> None:
    appid = console.approved()

    console.send(f"apps/{appid}/edit", then="submit", name="别的名字")

    assert console.app(appid)["name"] == "晨光书店"


def test_the_reviewer_can_be_told_to_approve_everything(console: Console) -> None:
    console.send("settings", review="at_once", deny_mode="none")

    assert console.app(console.create())["state"] == "approved"


def test_the_reviewer_sees_what_wechat_would_not_accept(console: Console) -> None:
    console.create()
    appid = console.create(name="微信书店")

    page = console.page(f"apps/{appid}")

    assert re.findall(r"<li>\s*<span lang=\"zh-CN\">.*?<span lang=\"en\">(.*?)</span>", page) == [
        "The name contains WeChat or Tencent",
        "Several apps have the same official website",
        "An app icon is missing",
        "The scanned registration form is missing",
    ]


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("decide", {"decision": "approve"}),
        ("decide", {"decision": "refuse", "reason": "late"}),
        ("submit", {}),
        ("online", {"to": "online"}),
    ],
)
def test_a_step_that_comes_too_late_changes_nothing(
    console: Console, path: str, typed: dict[str, str]
) -> None:
    appid = console.approved()
    before = console.app(appid)

    answer = console.send(f"apps/{appid}/{path}", **typed)

    assert notice(answer) == "The app's state has changed; nothing was done."
    assert console.app(appid) == before


def test_only_an_approved_app_gets_a_secret(console: Console) -> None:
    appid = console.create()

    console.send(f"apps/{appid}/secret")

    assert console.app(appid)["secret"] == ""


def test_an_app_can_be_taken_offline_and_back(console: Console) -> None:
    appid = console.approved()

    assert state(console.send(f"apps/{appid}/online", to="offline").text) == "已下线"
    assert messages(qrconnect(console, appid)) == [BAD_SCOPE]
    assert state(console.send(f"apps/{appid}/online", to="online").text) == "已通过"
    assert uuid_in(qrconnect(console, appid))


def test_without_the_interface_nobody_signs_in(console: Console) -> None:
    appid = console.approved()

    console.send(f"apps/{appid}/login", granted="no")
    assert messages(qrconnect(console, appid)) == [BAD_SCOPE]
    console.send(f"apps/{appid}/login", granted="yes")
    assert uuid_in(qrconnect(console, appid))


def test_a_deleted_app_is_unknown(console: Console) -> None:
    appid = console.approved()

    console.send(f"apps/{appid}/remove")

    assert messages(qrconnect(console, appid)) == [BAD_APPID]
    assert console.wechat.get(f"/console/apps/{appid}").status_code == 404


def test_the_page_of_a_demo_app_does_not_show_its_open_secret(console: Console) -> None:
    console.wechat.control("reset", world="demo")
    app = console.wechat.get("/__sim__/apps").json()["apps"][0]

    page = console.page(f"apps/{app['appid']}")

    assert app["secret"] not in page
    assert 'AppSecret is open, on the <a href="/">home page</a>.' in page


BUTTONS = ["submit", "decide", "secret", "domain", "online", "login", "account", "push", "event"]
PRESSED = [f"apps/{{}}/{button}" for button in [*BUTTONS, "remove", "edit"]]
POSTED = [*PRESSED, "apps/new", "accounts", "people", "people/LI", "settings"]


@pytest.mark.parametrize("path", POSTED)
def test_no_form_is_taken_without_its_token(console: Console, path: str) -> None:
    appid = console.create()
    before = console.wechat.get("/__sim__/apps").text, console.wechat.get("/__sim__/people").text

    answer = console.wechat.post(f"/console/{path.format(appid)}", data={"then": "remove"})

    assert answer.status_code == 403
    assert "This request cannot be trusted" in answer.text
    after = console.wechat.get("/__sim__/apps").text, console.wechat.get("/__sim__/people").text
    assert after == before


@pytest.mark.parametrize("button", [*BUTTONS, "remove"])
def test_no_button_is_pressed_by_a_link(console: Console, button: str) -> None:
    appid = console.create()

    assert console.wechat.get(f"/console/apps/{appid}/{button}").status_code == 405


def test_every_address_of_the_console_is_known_to_these_tests() -> None:
    urls = (Path(__file__).parents[2] / "simulator" / "urls.py").read_text()
    declared = re.findall(r'path\("console/([^"]*)"', urls)

    named = {re.sub(r"<str:\w+>", "{}", path) for path in declared}

    tested = {path.replace("people/LI", "people/{}") for path in POSTED}
    assert named - tested == {"", "apps/{}", "apps/{}/icon", "accounts/{}"}


@pytest.mark.parametrize("path", ["", "apps/new", "accounts", "people", "settings"])
def test_every_page_is_marked_strict_and_not_framed(console: Console, path: str) -> None:
    answer = console.wechat.get(f"/console/{path}")

    assert "不是微信，不是腾讯" in answer.text
    assert "Not WeChat, not Tencent" in answer.text
    assert not re.search(r"<style|<script(?! src=)| style=| on\w+=", answer.text)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert {cookie.name for cookie in console.wechat.http.cookies} <= {"sim_csrf", "sim_person"}


def test_a_draft_that_is_submitted_is_approved_at_once_where_that_is_set(console: Console) -> None:
    appid = console.create("draft")
    console.send("settings", review="at_once", deny_mode="none")

    answer = console.send(f"apps/{appid}/submit")

    assert notice(answer) == "Approved."
    assert state(answer.text) == "已通过"
