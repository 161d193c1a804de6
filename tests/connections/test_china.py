"""WeCom, DingTalk, Feishu, QQ and Weibo: what each does in its own way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from connections.forms.connection_form import ConnectionForm
from connections.models import Connection, Identity, SignIn
from connections.protocols.wecom import AppTokens, app_tokens
from connections.providers import catalogue
from connections.secrets import seal_secret
from connections.values.outcomes import Outcome
from projects.models import Project, User
from tests.rows import each_row
from tests.samples import feishu, qq, weibo
from tests.samples.sample import Guest, Script, playing, sample_of

GETTOKEN = "/cgi-bin/gettoken"
GETUSERINFO = "/cgi-bin/auth/getuserinfo"
ME = "/oauth2.0/me"


@pytest.fixture
def at(project: Project, settings: Any, request: pytest.FixtureRequest) -> Iterator[Guest]:
    """Somebody in front of the button of the provider that the test names."""
    cache.clear()
    app_tokens.clear()
    name: str = request.param
    sample = sample_of(name)
    plain = {key: value for key, value in sample.filled_in.items() if key != "client_secret"}
    connection = Connection.objects.create(
        project=project, provider=name, alias=name, settings=plain
    )
    secret = sample.filled_in["client_secret"]
    seal_secret(connection, field="client_secret", value=secret, actor=None)  # type: ignore[arg-type]
    with playing(catalogue.get(name), sample, settings) as script:
        yield Guest(project, script, connection)
    app_tokens.clear()


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("at", [name], indirect=True)


def signed_in(answer: Any) -> User:
    assert (answer.status_code, answer.headers.get("location")) == (302, "/account")
    person = SignIn.objects.latest("pk").user
    assert person is not None
    return person


def refused(answer: Any) -> str:
    assert answer.status_code in {400, 403, 503}
    assert not Identity.objects.exists()
    return SignIn.objects.get().cause


def paths(script: Script) -> list[str]:
    return [peer.path.partition("?")[0] for peer in script.heard]


@pytest.mark.django_db
@of("wecom")
class TestWeCom:
    def test_the_app_asks_for_a_token_once_and_uses_it_again(self, at: Guest) -> None:
        signed_in(at.sign_in())
        signed_in(at.sign_in())

        assert paths(at.script).count(GETTOKEN) == 1

    def test_the_address_that_wecom_refuses_is_a_fact(self, at: Guest) -> None:
        message = "not allow to access from your ip, hint: [1], from ip: 203.0.113.7, more info"
        at.script.answers[GETUSERINFO] = {"errcode": "60020", "errmsg": message}

        assert refused(at.sign_in()) == "60020"
        assert SignIn.objects.get().facts["received"] == "203.0.113.7"

    @pytest.mark.parametrize("errcode", [40001, "40014", 42001])
    def test_a_token_that_ended_before_its_time_is_fetched_anew(
        self, at: Guest, errcode: int
    ) -> None:
        signed_in(at.sign_in())
        good = at.script.answers[GETUSERINFO]
        at.script.answers[GETTOKEN] = {
            "errcode": 0,
            "access_token": "a-newer-token",
            "expires_in": 7200,
        }
        at.script.answers[GETUSERINFO] = lambda script, peer: (
            good if "a-newer-token" in peer.path else {"errcode": errcode, "errmsg": "stale"}
        )

        signed_in(at.sign_in())

    @pytest.mark.parametrize(
        "answer",
        [
            {"errcode": 0, "openid": "OPENID"},
            {"errcode": 0, "openid": "OPENID", "external_userid": "EXTERNAL"},
            {"errcode": 0, "external_userid": "EXTERNAL"},
        ],
    )
    def test_people_outside_the_company_are_told_that_they_cannot_sign_in(
        self, at: Guest, answer: dict[str, Any]
    ) -> None:
        at.script.answers[GETUSERINFO] = answer

        page = at.sign_in()

        assert refused(page) == "outsider"
        assert (page.status_code, SignIn.objects.get().outcome) == (403, Outcome.POLICY)
        assert "Only members of the company can sign in here with WeCom." in page.content.decode()

    def test_a_wrong_secret_is_said_where_the_token_is_asked_for(self, at: Guest) -> None:
        at.script.answers[GETTOKEN] = {"errcode": 40001, "errmsg": "invalid credential"}

        assert refused(at.sign_in()) == "40001"

    def test_capitals_do_not_make_another_person(self, at: Guest) -> None:
        before = signed_in(at.sign_in())
        at.script.answers[GETUSERINFO] = {"errcode": 0, "userid": "LILEI"}

        assert signed_in(at.sign_in()) == before

    def test_a_member_whose_name_may_not_be_read_is_called_by_the_userid(self, at: Guest) -> None:
        at.script.answers["/cgi-bin/user/get"] = {"errcode": 60011, "errmsg": "no privilege"}

        assert signed_in(at.sign_in()).name == "LiLei"

    def test_the_browser_goes_to_the_qr_code_with_the_agentid(self, at: Guest) -> None:
        location = at.press().headers["location"]

        assert "/wwlogin/sso/login?" in location
        assert at.script.query["login_type"] == "CorpApp"
        assert (at.script.query["appid"], at.script.query["agentid"]) == (
            "ww1a2b3c4d5e6f7a8b",
            "1000002",
        )

    def test_inside_wecom_nobody_has_to_scan(self, at: Guest) -> None:
        at.client.defaults["HTTP_USER_AGENT"] = "Mozilla/5.0 wxwork/4.1 MicroMessenger/7.0.1"
        location = at.press().headers["location"]

        assert "/connect/oauth2/authorize?" in location
        assert location.endswith("#wechat_redirect")
        assert at.script.query["agentid"] == "1000002"


def test_a_token_of_an_app_is_used_until_shortly_before_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("connections.protocols.wecom.time.monotonic", lambda: now)
    tokens = AppTokens()
    tokens.keep("ww1", "secret", "token", 7200)

    assert tokens.get("ww1", "secret") == "token"
    assert tokens.get("ww1", "another secret") == ""
    now += 6900
    assert tokens.get("ww1", "secret") == ""


@pytest.mark.django_db
@of("dingtalk")
class TestDingTalk:
    def test_the_code_is_authcode_and_the_question_is_json(self, at: Guest) -> None:
        at.script.sample = sample_of("dingtalk")
        at.press()
        at.come_back({"authCode": "the-right-one", "code": "another"})

        asked = json.loads(at.script.heard[0].body)
        assert asked["code"] == "the-right-one"
        assert set(asked) == {"clientId", "clientSecret", "code", "grantType"}

    def test_an_app_without_permission_says_which_one(self, at: Guest) -> None:
        path = "/v1.0/contact/users/me"
        code = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
        at.script.answers[path] = {"code": code, "message": "应用尚未开通所需的权限"}
        at.script.status[path] = "403 Forbidden"

        assert refused(at.sign_in()) == "no_permission"

    def test_an_app_of_another_company_knows_other_people(self, at: Guest) -> None:
        before = signed_in(at.sign_in())
        settings = {**at.connection.settings, "corp_id": "ding" + "f" * 32, "client_id": "dingx"}
        Connection.objects.filter(pk=at.connection.pk).update(settings=settings)

        assert signed_in(at.sign_in()) != before


@pytest.mark.django_db
@of("feishu")
class TestFeishu:
    @pytest.mark.parametrize(
        ("answer", "cause"),
        [
            ({"code": 20010, "error": "invalid_grant"}, "20010"),
            ({"code": 29999, "error": "invalid_grant"}, "invalid_grant"),
            ({"code": 29999, "msg": "something new"}, "unknown_code"),
            ({"code": "20010", "error": "invalid_grant"}, "20010"),
            ({"code": "none"}, "malformed"),
            ({"code": False}, "malformed"),
        ],
    )
    def test_an_error_is_known_by_its_number_or_by_its_word(
        self, at: Guest, answer: dict[str, Any], cause: str
    ) -> None:
        at.script.answers["/oauth/v3/token"] = answer

        assert refused(at.sign_in()) == cause

    def test_a_profile_with_an_error_in_status_200_signs_nobody_in(self, at: Guest) -> None:
        at.script.answers["/open-apis/authen/v1/user_info"] = {**feishu.ANSWER, "code": 20066}

        assert refused(at.sign_in()) == "20066"

    def test_a_scope_that_was_entered_is_asked_for(self, at: Guest) -> None:
        settings = {**at.connection.settings, "scopes": "contact:user.email:readonly"}
        Connection.objects.filter(pk=at.connection.pk).update(settings=settings)
        at.press()

        assert at.script.query["scope"] == "contact:user.email:readonly"

    @pytest.mark.parametrize("union_id", ["", None])
    def test_without_a_union_id_the_app_knows_the_person_until_there_is_one(
        self, at: Guest, union_id: Any
    ) -> None:
        data: dict[str, Any] = feishu.ANSWER["data"]  # type: ignore[assignment]
        path = "/open-apis/authen/v1/user_info"
        at.script.answers[path] = {**feishu.ANSWER, "data": {**data, "union_id": union_id}}
        before = signed_in(at.sign_in())
        other = {**data, "union_id": union_id, "open_id": "ou_another"}
        at.script.answers[path] = {**feishu.ANSWER, "data": other}
        assert signed_in(at.sign_in()) != before, "each open_id is somebody else"

        at.script.answers[path] = feishu.ANSWER
        assert signed_in(at.sign_in()) == before

        at.script.answers[path] = {**feishu.ANSWER, "data": {**data, "union_id": union_id}}
        assert signed_in(at.sign_in()) == before

    def test_the_same_person_in_another_company_is_somebody_else(self, at: Guest) -> None:
        before = signed_in(at.sign_in())
        data: dict[str, Any] = feishu.ANSWER["data"]  # type: ignore[assignment]
        moved = {**data, "tenant_key": "another", "open_id": "ou_another"}
        at.script.answers["/open-apis/authen/v1/user_info"] = {**feishu.ANSWER, "data": moved}

        assert signed_in(at.sign_in()) != before


@pytest.mark.django_db
@of("qq")
class TestQQ:
    def test_it_asks_three_times_for_json(self, at: Guest) -> None:
        signed_in(at.sign_in())

        assert paths(at.script) == ["/oauth2.0/token", ME, "/user/get_user_info"]
        assert all("fmt=json" in peer.path for peer in at.script.heard[:2])
        assert at.script.heard[0].path.startswith("/oauth2.0/token?")

    def test_answers_in_a_call_are_understood(self, at: Guest) -> None:
        ids = json.dumps(at.script.answers[ME]).encode()
        at.script.answers[ME] = b"callback( " + ids + b" );\n"

        assert signed_in(at.sign_in()).name == "李雷"

    def test_an_app_without_unionids_knows_people_by_its_own(self, at: Guest) -> None:
        plain = {"client_id": qq.APP_ID, "openid": qq.OPENID}
        at.script.answers[ME] = lambda script, peer: (
            {"error": 100048, "error_description": "companyid not set"}
            if "unionid=1" in peer.path
            else plain
        )

        before = signed_in(at.sign_in())

        identity = Identity.objects.get()
        assert (identity.namespace, identity.subject) == (f"qq-app:{qq.APP_ID}", qq.OPENID)
        at.script.answers[ME] = {**plain, "unionid": qq.UNIONID}
        assert signed_in(at.sign_in()) == before

    def test_a_profile_with_an_error_in_status_200_signs_nobody_in(self, at: Guest) -> None:
        at.script.answers["/user/get_user_info"] = {"ret": 100030, "msg": "no permission"}

        assert refused(at.sign_in()) == "100030"


@pytest.mark.django_db
@of("weibo")
class TestWeibo:
    def test_a_profile_of_somebody_else_signs_nobody_in(self, at: Guest) -> None:
        profile = dict(at.script.answers["/2/users/show.json"])
        at.script.answers["/2/users/show.json"] = {**profile, "idstr": "1"}

        assert refused(at.sign_in()) == "sub_mismatch"

    def test_an_error_of_the_profile_is_known_by_its_number(self, at: Guest) -> None:
        path = "/2/users/show.json"
        at.script.answers[path] = {"error": "expired_token", "error_code": 21327, "request": path}
        at.script.status[path] = "403 Forbidden"

        assert refused(at.sign_in()) == "21327"

    @pytest.mark.parametrize("uid", [None, "", "0", 0, "../admin"])
    def test_a_token_without_a_usable_uid_signs_nobody_in(self, at: Guest, uid: Any) -> None:
        token = dict(weibo.SAMPLE.answers["/oauth2/access_token"])
        at.script.answers["/oauth2/access_token"] = {**token, "uid": uid}

        assert refused(at.sign_in()) in {"no_subject", "malformed"}


HEX = "0123456789abcdef0123456789abcdef"
MIX_UPS = [
    ("wecom", "client_id", "1000002", "the field “App ID (AgentId)”"),
    ("wecom", "client_id", "cli_a1b2c3d4e5f6a7b8", "Feishu or Lark"),
    ("wecom", "agent_id", "ww1a2b3c4d5e6f7a8b", "This is a CorpID."),
    ("wecom", "client_secret", "ww1a2b3c4d5e6f7a8b", "the field “Client ID (CorpID)”"),
    ("dingtalk", "client_id", f"ding{HEX}", "This is a CorpId."),
    ("dingtalk", "client_id", "1234567890", "This is an AgentId."),
    ("dingtalk", "corp_id", "dingabcdef0123456789", "in the field “Client ID (AppKey)”"),
    ("feishu", "client_id", "ou_caecc734c2e3328a62489fe0648c4b98", "person or a chat"),
    ("feishu", "client_id", "ww1a2b3c4d5e6f7a8b", "CorpID from WeCom"),
    ("lark", "client_secret", "cli_a1b2c3d4e5f6a7b8", "the field “Client ID (App ID)”"),
    ("qq", "client_id", "wx0123456789abcdef", "AppID from WeChat"),
    ("qq", "client_secret", "101234567", "the field “Client ID (APP ID)”"),
    ("weibo", "client_id", "https://open.weibo.com/apps", "web or email address"),
    ("weibo", "client_secret", "1234567890", "the field “Client ID (App Key)”"),
]


@pytest.mark.django_db
class TestForms:
    @each_row("provider, field, value, sentence", MIX_UPS, undo=True)
    def test_a_value_in_the_wrong_field_is_named(
        self, project: Project, provider: str, field: str, value: str, sentence: str
    ) -> None:
        definition = catalogue.get(provider)
        typed = {**sample_of(provider).filled_in, "alias": provider, field: value}

        form = ConnectionForm(typed, definition=definition, project=project)

        assert sentence in " ".join(form.errors[field])

    def test_a_corpid_may_begin_with_wx(self, project: Project) -> None:
        typed = {
            **sample_of("wecom").filled_in,
            "alias": "wecom",
            "client_id": "wx1a2b3c4d5e6f7a8b",
        }

        form = ConnectionForm(typed, definition=catalogue.get("wecom"), project=project)

        assert form.is_valid(), form.errors

    def test_the_domain_file_is_an_advanced_field_with_wecoms_own_name(
        self, project: Project
    ) -> None:
        form = ConnectionForm(definition=catalogue.get("wecom"), project=project)

        names = [field.name for field in form.advanced_fields]
        assert names == ["client_secret_expires_on", "domain_file", "domain_file_content"]
        assert "WW_verify_" in str(form.fields["domain_file"].help_text)

    @each_row("provider", ["wecom", "dingtalk", "feishu", "qq", "weibo"], undo=True)
    def test_a_secret_in_a_field_that_is_shown_is_not_kept(
        self, project: Project, provider: str
    ) -> None:
        definition = catalogue.get(provider)
        filled_in = sample_of(provider).filled_in
        secret = filled_in["client_secret"]
        typed = {**filled_in, "alias": provider, "client_id": secret, "client_secret": ""}

        form = ConnectionForm(typed, definition=definition, project=project)

        assert form.errors.as_data()["client_id"][0].code == "secret_in_wrong_field"
        assert secret not in str(form["client_id"])


@pytest.mark.django_db
@of("wecom")
def test_the_file_that_wecom_asks_for_is_served(at: Guest) -> None:
    page = at.client.get("/WW_verify_AbCdEf0123456789.txt")

    assert (page.status_code, page.content) == (200, b"AbCdEf0123456789")
