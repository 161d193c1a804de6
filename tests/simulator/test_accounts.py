"""Accounts of the Open Platform, and the people who sign in."""

from __future__ import annotations

import re

from tests.simulator.console import Console, notice
from tests.simulator.wechat import read


def accounts(console: Console) -> list[dict[str, str]]:
    return console.wechat.get("/__sim__/accounts").json()["accounts"]


def credentials(console: Console, appid: str) -> dict[str, str]:
    return {"appid": appid, "secret": console.app(appid)["secret"]}


def token(console: Console, appid: str) -> dict[str, str]:
    if not console.app(appid)["secret"]:
        console.new_secret(appid)
    return console.wechat.token(credentials(console, appid))


def test_the_first_app_opens_an_account_with_an_original_id(console: Console) -> None:
    appid = console.create()

    (account,) = accounts(console)

    assert re.fullmatch("gh_[0-9a-f]{12}", account["original_id"])
    assert console.app(appid)["open_account"] == account["original_id"]


def test_apps_of_one_account_share_unionids_and_apps_of_two_do_not(console: Console) -> None:
    first = console.approved()
    account = console.app(first)["open_account"]
    same = console.approved(open_account=account)
    other = console.approved(open_account="")

    one, two, three = (token(console, appid) for appid in (first, same, other))

    assert one["unionid"] == two["unionid"] != three["unionid"]
    assert len({one["openid"], two["openid"], three["openid"]}) == 3


def test_a_mobile_app_of_the_account_shares_unionids_but_shows_no_qr_code(
    console: Console,
) -> None:
    website = console.approved()
    account = console.app(website)["open_account"]
    mobile = console.wechat.control("apps", kind="mobile_app", open_account=account, name="App")

    code = console.wechat.code(mobile, scope="snsapi_userinfo")
    answer = read(console.wechat.exchange(code, {k: mobile[k] for k in ("appid", "secret")}))

    assert answer["unionid"] == token(console, website)["unionid"]
    page = console.wechat.qrconnect(appid=mobile["appid"])
    assert "/connect/qrcode/" not in page.text


def test_moving_an_app_changes_unionids_and_keeps_openids(console: Console) -> None:
    appid = console.approved()
    before = token(console, appid)
    console.send("accounts", name="另一家公司")
    new = accounts(console)[1]
    assert new["name"] == "另一家公司"

    console.send(f"apps/{appid}/account", open_account=new["original_id"])

    after = token(console, appid)
    assert (after["openid"] == before["openid"], after["unionid"] == before["unionid"]) == (
        True,
        False,
    )


def test_an_app_cannot_be_moved_to_an_account_that_nobody_opened(console: Console) -> None:
    appid = console.approved()

    assert console.send(f"apps/{appid}/account", open_account="gh_x").status_code == 404


def test_an_account_can_be_renamed(console: Console) -> None:
    account = console.app(console.create())["open_account"]

    answer = console.send(f"accounts/{account}", name="Dawn Ltd")

    assert accounts(console) == [{"original_id": account, "name": "Dawn Ltd"}]
    assert f'<h2 id="account-{account}">Dawn Ltd</h2>' in answer.text


def test_the_accounts_page_lists_the_apps_of_each(console: Console) -> None:
    appid = console.approved()

    page = console.page("accounts")

    assert f'<a href="/console/apps/{appid}">晨光书店</a>' in page


def test_people_come_change_and_go(console: Console) -> None:
    def people() -> list[tuple[str, bool]]:
        found = console.wechat.get("/__sim__/people").json()["people"]
        return [(person["nickname"], bool(person["picture"])) for person in found]

    assert notice(console.send("people", nickname="王芳", picture="on")) == "Added."
    assert people() == [("李雷😀", False), ("王芳", True)]
    console.send("people/LI", then="save", nickname="", picture="on")
    assert people() == [("", True), ("王芳", True)]
    console.send("people/LI", then="remove")
    assert people() == [("王芳", True)]
    assert console.send("people/LI", then="save", nickname="x").status_code == 404


def test_somebody_who_was_added_signs_in_with_their_picture(console: Console) -> None:
    console.send("people", nickname="王芳", picture="on")
    person = console.wechat.get("/__sim__/people").json()["people"][1]["id"]
    appid = console.approved()
    console.new_secret(appid)

    granted = console.wechat.token(credentials(console, appid), person=person)
    info = read(console.wechat.userinfo(granted))

    assert info["nickname"] == "王芳"
    assert console.wechat.http.get(info["headimgurl"], timeout=10).ok
    assert info["openid"] in console.page("people")
