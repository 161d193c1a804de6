"""The control API itself: what it refuses, and what its log does not tell."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator.wechat import WEB, WeChat, read


def test_health_names_the_world(wechat: WeChat) -> None:
    health = wechat.get("/__sim__/health").json()

    assert health == {"ok": True, "world": "vectors", "held_polls": 0}


def test_reset_forgets_everything(wechat: WeChat) -> None:
    code, uuid = wechat.code(), wechat.new_uuid()
    wechat.control("faults", endpoint="token", errcode=-1)
    wechat.control("switches", deny_mode="state_only")
    wechat.control("people", id="ada", nickname="Ada")

    wechat.control("reset", world="vectors")

    assert read(wechat.exchange(code))["errcode"] == 40029
    assert "wx_errcode=402" in wechat.poll(uuid)
    assert wechat.get("/__sim__/switches").json()["deny_mode"] == "none"
    people = wechat.get("/__sim__/people").json()["people"]
    assert [person["id"] for person in people] == ["LI", "JOSE", "NONE"]


def test_an_empty_world_can_be_furnished(wechat: WeChat) -> None:
    wechat.control("reset", world="empty")
    app = wechat.control("apps", name="Mine", callback_domain="rp.test", open_account="gh_1")
    person = wechat.control("people", nickname="Ada")

    assert re.fullmatch("wx[0-9a-f]{16}", app["appid"])
    assert re.fullmatch("[0-9a-f]{32}", app["secret"])
    token = wechat.token(app_credentials(app), person=person["id"])
    assert read(wechat.userinfo(token))["nickname"] == "Ada"


def app_credentials(app: dict[str, Any]) -> dict[str, str]:
    return {"appid": app["appid"], "secret": app["secret"]}


def test_an_app_can_be_changed_in_one_field(wechat: WeChat) -> None:
    before = wechat.control("apps", appid=WEB["appid"])

    after = wechat.control("apps", appid=WEB["appid"], state="auditing")

    assert after == before | {"state": "auditing"}
    assert "Scope 参数错误" in wechat.qrconnect().text


def test_a_person_can_be_renamed(wechat: WeChat) -> None:
    wechat.control("people", id="LI", nickname="李磊")

    assert read(wechat.userinfo(wechat.token()))["nickname"] == "李磊"


def test_the_clock_can_be_set_moved_and_let_go(wechat: WeChat) -> None:
    assert wechat.get("/__sim__/clock").json() == {"now": "2026-01-01T00:00:00Z"}

    assert wechat.control("clock", set="2030-02-03T04:05:06+00:00", advance_s=4) == {
        "now": "2030-02-03T04:05:10Z"
    }
    assert wechat.control("clock", real=True)["now"] < "2030"


@pytest.mark.parametrize(
    ("path", "data", "complaint"),
    [
        ("reset", {"world": "wide"}, "world must be one of: demo, vectors, empty."),
        ("clock", {"set": "noon"}, "set must be a time such as 2026-01-01T00:00:00Z."),
        ("clock", {"advance_s": "3"}, "advance_s must be of type float."),
        ("apps", {"kind": "shop"}, "kind must be one of: website, mobile_app, service_account."),
        ("apps", {"nmae": "x"}, "Unknown field 'nmae'."),
        ("switches", {"deny_mode": "no"}, "deny_mode must be one of: none, state_only."),
        ("switches", {"code_ttl": 0}, "code_ttl must be at least 1"),
        ("switches", {"code_ttl": True}, "code_ttl must be of type int."),
        ("faults", {"errcode": -1}, "endpoint is missing."),
        ("faults", {"endpoint": "tokens", "errcode": -1}, "endpoint must be one of: auth,"),
        ("faults", {"endpoint": "token"}, "The fault does nothing."),
        (
            "faults",
            {"endpoint": "token", "count": 0, "errcode": -1},
            "delay_ms and drip_ms must not",
        ),
        ("faults", {"endpoint": "token", "http_status": 42}, "http_status must lie between"),
        ("faults", {"endpoint": "poll", "errcode": -1}, "poll answers no JSON"),
        ("apps", {"push_format": "csv"}, "push_format must be one of: xml, json."),
        ("apps", {"push_url": "https://rp.test/"}, "Events go to this machine only"),
        ("accounts", {"original_id": "gh_1"}, "No account has this original_id."),
        ("push", {"appid": WEB["appid"], "person": "LI"}, "The app has no push_url."),
        (
            "push",
            {"appid": WEB["appid"], "person": "LI", "event": "gone"},
            "event must be one of: user_info_modified, user_authorization_revoke,",
        ),
        ("approve", {"uuid": "x"}, "person is missing."),
        ("approve", {"uuid": "x", "person": "LI"}, "No living QR code has this uuid."),
        ("cancel", {"uuid": "x"}, "No living QR code has this uuid."),
        ("issue-code", {"appid": "x", "person": "LI"}, "No app has this appid."),
        ("issue-code", {"appid": WEB["appid"], "person": "x"}, "Nobody has the id 'x'."),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    wechat: WeChat, path: str, data: dict[str, Any], complaint: str
) -> None:
    answer = wechat.post(f"/__sim__/{path}", json=data)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(complaint)


def test_a_used_qr_code_cannot_be_decided_again(wechat: WeChat) -> None:
    uuid = wechat.new_uuid()
    wechat.control("approve", uuid=uuid, person="LI")

    answer = wechat.post("/__sim__/cancel", json={"uuid": uuid})

    assert answer.json() == {"error": "This QR code has been used."}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "error"),
    [
        ("{}", "text/plain", 415, "Send application/json."),
        ("world=demo", "application/x-www-form-urlencoded", 415, "Send application/json."),
        ("{", "application/json", 400, "The body is not JSON."),
        ("[]", "application/json", 400, "The body is not a JSON object."),
    ],
)
def test_only_json_is_taken(
    wechat: WeChat, body: str, content_type: str, status: int, error: str
) -> None:
    headers = {"Content-Type": content_type}

    answer = wechat.post("/__sim__/reset", data=body, headers=headers)

    assert answer.status_code == status
    assert answer.json() == {"error": error}
    assert wechat.get("/__sim__/health").json()["world"] == "vectors"


def test_a_wrong_method_is_refused(wechat: WeChat) -> None:
    answer = wechat.get("/__sim__/reset")

    assert answer.status_code == 405
    assert answer.json() == {"error": "Use one of: POST."}


def test_a_foreign_host_name_is_refused(wechat: WeChat) -> None:
    answer = wechat.get("/__sim__/log", headers={"Host": "rebound.evil.test"})

    assert answer.status_code == 400


def test_x08_the_log_shows_what_was_asked_and_nothing_secret(wechat: WeChat) -> None:
    code = wechat.control("approve", uuid=wechat.new_uuid(), person="LI")["code"]
    token = read(wechat.exchange(code))
    wechat.userinfo(token)
    wechat.exchange("bogus", appid=WEB["secret"], secret="short")
    wechat.get(
        "/sns/oauth2/refresh_token",
        {"appid": WEB["appid"], "refresh_token": token["refresh_token"]},
    )

    answer = wechat.get("/__sim__/log")

    for secret in (WEB["secret"], code, token["access_token"], token["refresh_token"], "short"):
        assert secret not in answer.text
    assert "abc123" not in answer.text
    log = answer.json()
    assert log["counts"] == {"qrconnect": 1, "token": 2, "userinfo": 1, "refresh": 1}
    assert log["entries"][1] == {
        "endpoint": "token",
        "at": "2026-01-01T00:00:00Z",
        "method": "GET",
        "path": "/sns/oauth2/access_token",
        "params": {
            "appid": WEB["appid"],
            "secret": "••••",
            "code": "••••",
            "grant_type": "authorization_code",
        },
        "status": 200,
        "fault": False,
        "errcode": 0,
    }
    assert [entry.get("errcode") for entry in log["entries"]] == [None, 0, 0, 40013, 40002]


def test_the_log_can_be_cleared(wechat: WeChat) -> None:
    wechat.exchange("bogus")

    wechat.http.delete(wechat.base + "/__sim__/log", timeout=10)

    assert wechat.log() == {"counts": {}, "entries": []}
