"""How sign-ins end: vectors C, T and U, each with its page, its record and nobody signed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from connections.models import SignIn
from connections.providers import catalogue
from connections.values.failures import SHARED_FAULTS
from projects.models import Project
from tests.cast import APPID, make_connection
from tests.connections.servers import free_port
from tests.connections.sign_in_assertions import (
    CHINESE,
    assert_allauth_keeps_nothing,
    assert_failed,
    assert_nobody_is_known,
    assert_signed_in,
    text_of,
)
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

RID = "65f2a1b3-1c2d3e4f-5a6b7c8d"


@dataclass(frozen=True)
class Row:
    """A vector: what goes wrong at WeChat, and how the sign-in ends."""

    id: str
    endpoint: str
    outcome: str
    cause: str
    fault: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """What is recorded as WeChat's code."""
        given = self.fault.get("errcode", self.fault.get("http_status", ""))
        return str(given)

    @property
    def trace(self) -> str:
        return RID if "errcode" in self.fault else ""


def errcode(row: str, number: int, outcome: str, *, endpoint: str = "token") -> Row:
    known = str(number) in catalogue.get("wechat_web").faults
    cause = str(number) if known else "unknown_code"
    fault = {"errcode": number, "errmsg": f"what WeChat says, rid: {RID}"}
    return Row(row, endpoint, outcome, cause, fault)


HTML = "<html><body><h1>Bad Gateway</h1></body></html>"

ROWS = [
    errcode("T02", 40029, "retry"),
    errcode("T03", 40163, "retry"),
    errcode("T04", 42003, "retry"),
    errcode("T05", 40013, "config"),
    errcode("T06", 40125, "config"),
    errcode("T08", 40243, "config"),
    errcode("T09", -1, "temporary"),
    errcode("T10", 45011, "temporary"),
    errcode("T11", 99999, "config"),
    errcode("T12", 41004, "config"),
    errcode("T-40164", 40164, "config"),
    errcode("T-40226", 40226, "policy"),
    errcode("T-41002", 41002, "config"),
    errcode("T-45009", 45009, "temporary"),
    errcode("T-50002", 50002, "policy"),
    Row("T14-hung-up", "token", "temporary", "unreachable", {"close": True}),
    Row("T15", "token", "temporary", "http_status", {"http_status": 502, "raw_body": HTML}),
    Row("T16-html", "token", "config", "not_json", {"raw_body": HTML}),
    Row("T16-empty", "token", "config", "not_json", {"raw_body": ""}),
    Row("T16-list", "token", "config", "malformed", {"raw_body": "[]"}),
    Row("T18", "token", "config", "malformed", {"omit": ["openid"]}),
    Row("T18-no-token", "token", "config", "malformed", {"omit": ["access_token"]}),
    Row("T21", "token", "policy", "snapshot", {"set": {"is_snapshotuser": 1}}),
    errcode("U01-40003", 40003, "retry", endpoint="userinfo"),
    errcode("U01-40001", 40001, "retry", endpoint="userinfo"),
    errcode("U01-40014", 40014, "retry", endpoint="userinfo"),
    errcode("U01-42001", 42001, "retry", endpoint="userinfo"),
    errcode("U02", 48001, "config", endpoint="userinfo"),
    errcode("U-48004", 48004, "config", endpoint="userinfo"),
    errcode("U-50001", 50001, "retry", endpoint="userinfo"),
    Row("U04", "userinfo", "reject", "openid_mismatch", {"set": {"openid": "o" + "x" * 27}}),
    Row("U04-unionid", "userinfo", "reject", "openid_mismatch", {"set": {"unionid": "o" * 28}}),
    Row("U04-none", "userinfo", "config", "malformed", {"omit": ["openid"]}),
    Row("U06", "userinfo", "temporary", "http_status", {"http_status": 500}),
    Row("U-html", "userinfo", "config", "not_json", {"raw_body": HTML}),
    Row("U-snapshot", "userinfo", "policy", "snapshot", {"set": {"is_snapshotuser": 1}}),
]
by_id = pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])

PUBLIC = {
    "in_wechat": "Open this page in a computer's browser",
    "snapshot": "使用完整服务",
    "40226": "WeChat does not allow this account to sign in.",
    "50002": "WeChat does not allow this account to sign in.",
}


def go_wrong(wechat: WeChat, row: Row) -> None:
    wechat.tell("switches", rid_style="none")
    wechat.fault(row.endpoint, **row.fault)


@by_id
def test_a8_a11_36_59_a_failure_at_wechat_ends_as_its_vector_says(
    visitor: Visitor, project: Project, wechat: WeChat, row: Row
) -> None:
    make_connection(project)
    go_wrong(wechat, row)

    answer = visitor.sign_in()

    assert_failed(
        answer, row.outcome, cause=row.cause, provider_code=row.code, provider_trace=row.trace
    )
    assert PUBLIC.get(row.cause, "") in text_of(answer)
    assert RID not in text_of(answer)
    assert wechat.calls("token") == 1
    assert wechat.calls("userinfo") == (row.endpoint == "userinfo")


# The page has the words of its outcome, or of its cause.
@each_row(
    "row", list({(row.outcome, PUBLIC.get(row.cause)): row for row in ROWS}.values()), undo=True
)
def test_the_page_of_a_failure_is_chinese_for_who_reads_chinese(
    project: Project, wechat: WeChat, row: Row
) -> None:
    wechat.begin_again()
    make_connection(project)
    go_wrong(wechat, row)

    answer = Visitor(project, wechat, language="zh-CN").sign_in()

    for words in CHINESE[row.outcome]:
        assert words in text_of(answer)
    assert '<html lang="zh-hans">' in answer.content.decode()


def test_t01_whoever_agrees_is_signed_in_and_no_token_is_kept(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    connection = make_connection(project)

    answer = visitor.sign_in("LI")

    person = assert_signed_in(answer, visitor, as_name="李雷😀")
    sign_in = SignIn.objects.get()
    assert (sign_in.outcome, sign_in.cause, sign_in.provider_code) == ("ok", "", "")
    assert (sign_in.connection, sign_in.project, sign_in.user) == (connection, project, person)
    assert set(sign_in.durations) == {"token", "userinfo"}
    assert_allauth_keeps_nothing()


def test_the_token_is_asked_for_by_a_form_that_no_address_shows(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)

    visitor.sign_in("LI")

    token, userinfo = wechat.log()["entries"]
    assert (token["method"], token["path"]) == ("POST", "/sns/oauth2/access_token")
    assert set(token["params"]) == {"appid", "secret", "code", "grant_type"}
    assert (token["params"]["appid"], token["params"]["grant_type"]) == (
        APPID,
        "authorization_code",
    )
    assert (userinfo["method"], userinfo["path"]) == ("GET", "/sns/userinfo")
    assert set(userinfo["params"]) == {"access_token", "openid"}


def test_c01_a_state_without_a_code_is_a_cancelled_sign_in(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press()

    answer = visitor.come_back(state=visitor.state)

    assert_failed(answer, "cancelled", cause="cancelled", provider_code="")
    assert "Your account has not changed." in text_of(answer)
    assert wechat.log()["counts"] == {}


@pytest.mark.parametrize("error", ["access_denied", "user_cancelled", "user_denied"])
def test_c02_40_access_denied_is_a_cancelled_sign_in(
    visitor: Visitor, project: Project, wechat: WeChat, error: str
) -> None:
    make_connection(project)
    visitor.press()

    answer = visitor.come_back(state=visitor.state, error=error, code="c")

    assert_failed(answer, "cancelled", cause="cancelled")
    assert wechat.log()["counts"] == {}


def test_a_cancelled_sign_in_says_so_in_chinese(project: Project, wechat: WeChat) -> None:
    make_connection(project)
    visitor = Visitor(project, wechat, language="zh-CN")
    visitor.press()

    answer = visitor.come_back(state=visitor.state)

    for words in CHINESE["cancelled"]:
        assert words in text_of(answer)


def test_a_refusal_says_so_in_chinese(project: Project, wechat: WeChat) -> None:
    make_connection(project)

    answer = Visitor(project, wechat, language="zh-CN").come_back(state="unknown", code="c")

    for words in CHINESE["reject"]:
        assert words in text_of(answer)
    assert_nobody_is_known()


def test_40_after_a_cancelled_sign_in_the_next_one_works(
    visitor: Visitor, project: Project
) -> None:
    make_connection(project)
    visitor.press()
    page = visitor.come_back(state=visitor.state)
    assert '<a class="action" href="/login">Try again</a>' in page.content.decode()

    assert_signed_in(visitor.sign_in(), visitor)


def test_the_next_try_leads_where_the_first_one_should(visitor: Visitor, project: Project) -> None:
    make_connection(project)
    visitor.press(next="/account?tab=1")

    page = visitor.come_back(state=visitor.state)

    link = '<a class="action" href="/login?next=%2Faccount%3Ftab%3D1">Try again</a>'
    assert link in page.content.decode()


def test_40_an_error_that_nobody_knows_is_recorded_and_its_words_are_not_shown(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press()

    answer = visitor.come_back(
        state=visitor.state,
        error="<script>alert(1)</script>",
        error_description="<script>alert(2)</script>",
    )

    assert_failed(answer, "config", cause="unknown_code", provider_code="scriptalert1script")
    assert "alert" not in answer.content.decode()
    assert wechat.log()["counts"] == {}


def test_t05_without_a_fault_a_wrong_appid_is_the_owners_to_mend(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project, client_id="wxffffffffffffffff")

    sign_in = assert_failed(visitor.sign_in(), "config", cause="40013", provider_code="40013")

    assert len(sign_in.provider_trace) == 26
    message = sign_in.facts.pop("message")
    assert message.startswith("invalid appid")
    assert sign_in.facts == {
        "request": f"POST {wechat.origin}/sns/oauth2/access_token",
        "status": "200",
    }
    assert wechat.calls("token") == 1


def test_t06_without_a_fault_a_wrong_appsecret_is_the_owners_to_mend(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project, secret="f" * 32)

    assert_failed(visitor.sign_in(), "config", cause="40125", provider_code="40125")
    assert wechat.calls("token") == 1


def test_an_older_answers_request_id_is_recorded_too(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    wechat.tell("switches", rid_style="none")
    wechat.fault("token", errcode=40029, errmsg="invalid code, hints: [ req_id: GBGaXNce-12 ]")

    assert_failed(visitor.sign_in(), "retry", provider_trace="GBGaXNce-12")


def test_t14_59_a_refused_connection_is_wechats_trouble(
    visitor: Visitor, project: Project, settings: Any
) -> None:
    make_connection(project)
    settings.WECHAT_API_BASE_URL = f"http://127.0.0.1:{free_port()}"

    assert_failed(visitor.sign_in(), "temporary", cause="unreachable")


def test_t14_59_a_server_without_tls_is_named_as_such(
    visitor: Visitor, project: Project, wechat: WeChat, settings: Any
) -> None:
    make_connection(project)
    settings.WECHAT_API_BASE_URL = wechat.origin.replace("http://", "https://")

    assert_failed(visitor.sign_in(), "config", cause="tls")


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "/sso/oauth2/callback/wechat_web"), ("put", "/sso/oauth2/callback/wechat_web")],
)
def test_only_a_get_comes_back(visitor: Visitor, project: Project, method: str, path: str) -> None:
    make_connection(project)

    assert getattr(visitor.client, method)(path).status_code == 405


def test_every_cause_has_words_for_the_owner_and_an_outcome_with_a_page() -> None:
    for cause, fault in {**SHARED_FAULTS, **catalogue.get("wechat_web").faults}.items():
        assert str(fault.cause).endswith("."), cause
        assert str(fault.remedy).endswith("."), cause
        assert fault.outcome in CHINESE, cause


def test_the_simulators_journal_shows_a_fault_was_met(wechat: WeChat) -> None:
    """The rows above would prove nothing if faults were not delivered."""
    wechat.fault("token", errcode=40029)

    answer = requests.post(f"{wechat.origin}/sns/oauth2/access_token", data={}, timeout=5)

    assert answer.json()["errcode"] == 40029
    assert wechat.log()["entries"][-1]["fault"] is True
