"""The long poll and the phone, by the P vectors."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.simulator.wechat import WeChat, wait_for_held_polls

WAITING = "window.wx_errcode=408;window.wx_code='';"
SCANNED = "window.wx_errcode=404;window.wx_code='';"
CANCELLED = "window.wx_errcode=403;window.wx_code='';"
EXPIRED = "window.wx_errcode=402;window.wx_code='';"
CONFIRMED = re.compile(r"window\.wx_errcode=405;window\.wx_code='([A-Za-z0-9]{32})';")


def test_p01_nobody_scans(wechat: WeChat) -> None:
    answer = wechat.get("/connect/l/qrconnect", {"uuid": wechat.new_uuid(), "_": "1"})

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript"
    assert answer.text == WAITING


def test_p02_the_phone_opens_the_confirm_page(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    wechat.scan(uuid)

    assert wechat.poll(uuid) == SCANNED


def test_p02_what_the_page_knows_already_is_not_told_again(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    wechat.scan(uuid)

    assert wechat.poll(uuid, last="404") == WAITING


def test_p03_the_person_agrees(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    wechat.decide(uuid, "agree")

    assert CONFIRMED.fullmatch(wechat.poll(uuid, last="404"))


def test_p04_the_person_cancels(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    wechat.decide(uuid, "cancel")

    assert wechat.poll(uuid, last="404") == CANCELLED


def test_p05_after_a_cancel_the_same_qr_code_may_be_scanned_again(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    wechat.decide(uuid, "cancel")

    wechat.scan(uuid)
    assert wechat.poll(uuid, last="403") == SCANNED
    wechat.decide(uuid, "agree")
    assert CONFIRMED.fullmatch(wechat.poll(uuid, last="404"))


def test_p06_a_qr_code_lives_five_minutes(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()

    wechat.control("clock", advance_s=300)
    assert wechat.poll(uuid) == WAITING
    wechat.control("clock", advance_s=1)
    assert wechat.poll(uuid) == EXPIRED


def test_a_poll_for_an_unknown_qr_code_asks_the_page_to_reload(wechat: WeChat) -> None:
    assert wechat.poll("doesnotexist0000") == EXPIRED


def test_p07_the_phone_says_that_a_qr_code_has_expired(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    wechat.control("clock", advance_s=301)

    answer = wechat.get("/connect/confirm", {"uuid": uuid})

    assert answer.status_code == 200
    assert "二维码已过期" in answer.text
    assert "<button" not in answer.text


def test_p08_the_same_news_as_json(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()

    answer = wechat.get("/connect/l/qrconnect", {"uuid": uuid, "f": "json"})

    assert answer.json() == {"wx_errcode": 408, "wx_code": ""}


def test_p09_agreeing_twice_issues_one_code(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    page = wechat.scan(uuid)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "decision": "agree", "person": "LI"}

    codes = set()
    for _ in range(2):
        answer = wechat.post(f"/connect/confirm?uuid={uuid}", data=form)
        assert "已同意" in answer.text
        codes |= {found[1] for found in CONFIRMED.finditer(wechat.poll(uuid))}

    assert len(codes) == 1


def test_p10_agreeing_without_the_form_s_token_is_refused(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    wechat.scan(uuid)

    answer = wechat.post(
        f"/connect/confirm?uuid={uuid}", data={"decision": "agree", "person": "LI"}
    )

    assert answer.status_code == 403
    assert "请求无法确认" in answer.text
    assert wechat.poll(uuid, last="404") == WAITING


def test_p10_agreeing_from_another_site_is_refused(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', wechat.scan(uuid))
    assert token is not None

    answer = wechat.post(
        f"/connect/confirm?uuid={uuid}",
        data={"csrfmiddlewaretoken": token[1], "decision": "agree", "person": "LI"},
        headers={"Origin": "https://evil.test"},
    )

    assert answer.status_code == 403
    assert wechat.poll(uuid, last="404") == WAITING


def test_agreeing_as_nobody_asks_again(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()

    answer = wechat.decide(uuid, "agree", person="nobody")

    assert answer.status_code == 400
    assert "请选择一个人" in answer.text
    assert wechat.poll(uuid, last="404") == WAITING


def test_a_cancelled_sheet_that_is_still_open_cannot_agree(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', wechat.scan(uuid))
    assert token is not None
    wechat.control("cancel", uuid=uuid)

    answer = wechat.post(
        f"/connect/confirm?uuid={uuid}",
        data={"csrfmiddlewaretoken": token[1], "decision": "agree", "person": "LI"},
    )

    assert "已取消" in answer.text
    assert wechat.poll(uuid) == CANCELLED


def test_the_phone_remembers_who_it_belongs_to(wechat: WeChat) -> None:
    wechat.decide(wechat.new_uuid(), "agree", person="JOSE")

    page = wechat.scan(wechat.new_uuid())

    assert re.findall(r'value="(\w+)" checked', page) == ["JOSE"]


def test_every_cookie_begins_with_sim(wechat: WeChat) -> None:
    wechat.decide(wechat.new_uuid(), "agree")

    assert sorted(cookie.name for cookie in wechat.http.cookies) == ["sim_csrf", "sim_person"]


@pytest.mark.parametrize(
    ("move", "news"),
    [
        pytest.param(("approve", {"person": "LI"}), 405, id="agree"),
        pytest.param(("cancel", {}), 403, id="cancel"),
    ],
)
def test_a_held_poll_answers_as_soon_as_the_person_decides(
    wechat: WeChat, move: tuple[str, dict[str, str]], news: int
) -> None:
    wechat.control("switches", poll_hold_s=20)
    uuid = wechat.new_uuid()
    path, data = move

    with ThreadPoolExecutor() as pool:
        held = pool.submit(wechat.poll, uuid)
        wait_for_held_polls(wechat, 1)
        wechat.control(path, uuid=uuid, **data)

        assert f"window.wx_errcode={news};" in held.result(timeout=5)


def test_a_held_poll_answers_when_the_clock_expires_its_qr_code(wechat: WeChat) -> None:
    wechat.control("switches", poll_hold_s=20)
    uuid = wechat.new_uuid()

    with ThreadPoolExecutor() as pool:
        held = pool.submit(wechat.poll, uuid)
        wait_for_held_polls(wechat, 1)
        wechat.control("clock", advance_s=301)
        assert held.result(timeout=5) == EXPIRED
