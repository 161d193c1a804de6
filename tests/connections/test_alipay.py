"""Alipay: signed both ways, and two ids for one person."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from django.http import HttpResponse
from django.test import Client

from connections.fields.pasted_keys import private_key_pem
from connections.models import Connection, Identity, SignIn
from connections.providers.alipay import in_one_line
from projects.models import Project, User
from tests.connections.servers import Peer
from tests.rows import each_row
from tests.samples.alipay import (
    ALIPAY_KEY,
    APP_KEY,
    APPID,
    OPEN_ID,
    PROFILE,
    SAMPLE,
    TOKEN,
    in_gbk,
    signed,
)
from tests.samples.guests import guest_at
from tests.samples.sample import NO_ID, Guest, Script

USER_ID = "2088102150477652"
ADD = "/projects/acme/connections/add/alipay/"


@pytest.fixture
def guest(project: Project, settings: Any) -> Iterator[Guest]:
    with guest_at("alipay", project, settings) as visitor:
        yield visitor


def answer(guest: Guest, token: dict[str, Any], profile: dict[str, Any] | None = None) -> None:
    """Let Alipay answer so, rightly signed."""

    def gateway(script: Script, peer: Peer) -> Any:
        if peer.query["method"] == "alipay.user.info.share":
            return signed("alipay_user_info_share_response", profile or PROFILE)
        return signed("alipay_system_oauth_token_response", token)

    guest.script.answers["/gateway.do"] = gateway


def without(content: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in names}


def person(guest: Guest) -> User:
    assert guest.sign_in().status_code == 302, SignIn.objects.values_list("cause", flat=True)
    found = SignIn.objects.latest("pk").user
    assert found is not None
    return found


def refused(response: HttpResponse) -> str:
    """Why nobody was signed in."""
    assert response.status_code in {400, 503}
    assert not Identity.objects.exists()
    return SignIn.objects.get().cause


class TestSignatures:
    def test_what_we_ask_is_signed_with_the_apps_key(self, guest: Guest) -> None:
        person(guest)

        for heard in guest.script.heard:
            asked = {**heard.query, **heard.form}
            given = base64.b64decode(asked.pop("sign"))
            content = "&".join(f"{name}={value}" for name, value in sorted(asked.items()))
            APP_KEY.public_key().verify(given, content.encode(), PKCS1v15(), SHA256())
            assert asked["sign_type"] == "RSA2"

    def test_f01_public_parameters_are_in_the_query_as_in_alipays_sdks(self, guest: Guest) -> None:
        person(guest)

        token, profile = guest.script.heard
        public = {"app_id", "method", "format", "charset", "sign_type", "timestamp", "version"}
        assert set(token.query) == {*public, "sign"}
        assert token.query["charset"] == "utf-8"
        assert set(token.form) == {"grant_type", "code"}
        assert set(profile.query) == {*public, "sign", "auth_token"}
        assert profile.form == {}
        for heard in (token, profile):
            assert heard.head.startswith("POST /gateway.do?")
            assert heard.headers["content-type"].endswith(";charset=utf-8")

    def test_the_first_address_speaks_alipays_words(self, guest: Guest) -> None:
        guest.press()

        assert set(guest.script.query) == {"app_id", "scope", "redirect_uri", "state"}
        assert guest.script.query["scope"] == "auth_user"

    def test_an_answer_that_somebody_else_signed_is_refused(self, guest: Guest) -> None:
        guest.script.answers["/gateway.do"] = signed(
            "alipay_system_oauth_token_response", TOKEN, APP_KEY
        )

        assert refused(guest.sign_in()) == "signature"

    @pytest.mark.parametrize("sign", ["", "AAAA", "中"])
    def test_an_answer_without_a_signature_is_refused(self, guest: Guest, sign: str) -> None:
        envelope = signed("alipay_system_oauth_token_response", TOKEN)
        guest.script.answers["/gateway.do"] = {**envelope, "sign": sign}

        assert refused(guest.sign_in()) == "signature"

    def test_an_answer_that_was_changed_on_the_way_is_refused(self, guest: Guest) -> None:
        envelope = signed("alipay_system_oauth_token_response", TOKEN)
        envelope["alipay_system_oauth_token_response"] = {**TOKEN, "open_id": "somebody-else"}
        guest.script.answers["/gateway.do"] = envelope

        assert refused(guest.sign_in()) == "signature"

    @pytest.mark.parametrize(("first", "second"), [("true", "false"), ("false", "true")])
    def test_of_two_envelopes_only_the_signed_one_counts(
        self, guest: Guest, first: str, second: str
    ) -> None:
        name = "alipay_system_oauth_token_response"
        letters = {"true": json.dumps(TOKEN), "false": json.dumps({**TOKEN, "open_id": "forged"})}
        sign = signed(name, TOKEN)["sign"]

        def gateway(script: Script, peer: Peer) -> Any:
            if peer.query["method"] == "alipay.user.info.share":
                return signed("alipay_user_info_share_response", without(PROFILE, "open_id"))
            both = f'"{name}": {letters[first]}, "{name}": {letters[second]}'
            return f'{{{both}, "sign": "{sign}"}}'.encode()

        guest.script.answers["/gateway.do"] = gateway
        guest.sign_in()

        known = set(Identity.objects.values_list("subject", flat=True))
        assert known == ({OPEN_ID} if first == "true" else set())


def gbk(
    guest: Guest, profile: dict[str, Any], *, label: str = "GBK", key: Any = ALIPAY_KEY
) -> None:
    """Let Alipay answer in GBK, as it does without a charset in the query."""

    def gateway(script: Script, peer: Peer) -> Any:
        script.content_type["/gateway.do"] = f"text/html;charset={label}"
        if peer.query["method"] == "alipay.user.info.share":
            return in_gbk("alipay_user_info_share_response", profile, key)
        return in_gbk("alipay_system_oauth_token_response", TOKEN)

    guest.script.answers["/gateway.do"] = gateway


class TestGBK:
    # The second byte of 俓 is that of a backslash, and 写 alone could be Cyrillic in UTF-8.
    @pytest.mark.parametrize("name", ["李雷", "俓儅", "写", "Ada"])
    @pytest.mark.parametrize("label", ["GBK", "gbk", "GB2312", "gb18030"])
    def test_f01_an_answer_in_gbk_is_read_as_gbk(self, guest: Guest, name: str, label: str) -> None:
        gbk(guest, {**PROFILE, "nick_name": name}, label=label)

        assert person(guest).name == name

    def test_f01_an_answer_in_gbk_is_verified_over_its_bytes(self, guest: Guest) -> None:
        gbk(guest, PROFILE, key=APP_KEY)

        assert refused(guest.sign_in()) == "signature"

    def test_f01_a_label_without_gbk_in_the_answer_changes_nothing(self, guest: Guest) -> None:
        plain = SAMPLE.answers["/gateway.do"]

        def gateway(script: Script, peer: Peer) -> Any:
            answer = plain(script, peer)
            script.content_type["/gateway.do"] = "text/html;charset=GBK"
            return answer

        guest.script.answers["/gateway.do"] = gateway

        assert person(guest).name == "李雷"

    def test_f01_an_error_in_gbk_is_an_error(self, guest: Guest) -> None:
        trouble = {"code": "40002", "sub_code": "isv.code-invalid", "sub_msg": "授权码code无效"}
        guest.script.answers["/gateway.do"] = json.dumps(
            {"error_response": trouble}, ensure_ascii=False
        ).encode("gbk")
        guest.script.content_type["/gateway.do"] = "text/html;charset=GBK"

        assert refused(guest.sign_in()) == "isv.code-invalid"


class TestPerson:
    def test_an_old_app_knows_people_by_their_user_id(self, guest: Guest) -> None:
        old = without(TOKEN, "open_id")
        answer(guest, {**old, "user_id": USER_ID}, {**PROFILE, "open_id": "", "user_id": USER_ID})

        person(guest)

        identity = Identity.objects.get()
        assert (identity.namespace, identity.subject) == ("alipay", USER_ID)

    def test_an_app_that_moves_to_open_ids_keeps_its_people(self, guest: Guest) -> None:
        answer(guest, {**TOKEN, "user_id": USER_ID})
        before = person(guest)
        answer(guest, TOKEN)

        assert person(guest) == before
        assert Identity.objects.get().subject == USER_ID

    @pytest.mark.parametrize("value", [*NO_ID[:3], 5.5, [], "a\nb", "x" * 256])
    def test_two_people_without_an_id_are_refused_although_alipay_signed_it(
        self, guest: Guest, value: Any
    ) -> None:
        answer(guest, {**TOKEN, "open_id": value})

        assert refused(guest.sign_in()) == "no_subject"

    def test_a_profile_of_somebody_else_is_refused(self, guest: Guest) -> None:
        answer(guest, TOKEN, {**PROFILE, "open_id": "somebody-else"})

        assert refused(guest.sign_in()) == "sub_mismatch"

    def test_an_error_inside_the_answers_own_envelope_is_an_error(self, guest: Guest) -> None:
        trouble = {"code": "20001", "msg": "x", "sub_code": "aop.invalid-auth-token"}
        answer(guest, TOKEN, trouble)

        assert refused(guest.sign_in()) == "aop.invalid-auth-token"


def errors(client: Client, **values: str) -> dict[str, str]:
    """What an administrator who types this reads, by field."""
    response = client.post(ADD, {**SAMPLE.filled_in, "alias": "alipay", "enabled": "on", **values})
    assert response.status_code == 200
    form = response.context["form"]
    return {name: str(messages[0]) for name, messages in form.errors.items()}


class TestForm:
    @each_row(
        "field, value, words",
        [
            ("client_id", "2088102150477652", "PID"),
            ("client_id", "https://example.com", "web or email address"),
            ("client_secret", APPID, "This is an APPID"),
            ("client_secret", in_one_line(APP_KEY.public_key()), "a public key"),
            ("client_secret", "secret", "a part of it is missing"),
            ("alipay_public_key", private_key_pem(APP_KEY), "App private key"),
            ("alipay_public_key", in_one_line(APP_KEY.public_key()), "the 应用公钥"),
            (
                "alipay_public_key",
                in_one_line(rsa.generate_private_key(65537, 1024).public_key()),
                "1024 bits",
            ),
        ],
        undo=True,
    )
    def test_a_mix_up_is_called_by_its_name(
        self, as_editor: Client, field: str, value: str, words: str
    ) -> None:
        found = errors(as_editor, **{field: value})

        assert set(found) == {field}
        assert words in found[field]

    def test_a_public_key_between_its_lines_is_kept_in_one(self, as_editor: Client) -> None:
        line = in_one_line(ALIPAY_KEY.public_key())
        pasted = f"-----BEGIN PUBLIC KEY-----\r\n{line}\r\n-----END PUBLIC KEY-----"

        as_editor.post(ADD, {**SAMPLE.filled_in, "alias": "a", "alipay_public_key": pasted})

        assert Connection.objects.get().settings["alipay_public_key"] == line

    def test_the_app_of_a_sandbox_is_doubted_once_and_may_be_saved(self, as_editor: Client) -> None:
        typed = {**SAMPLE.filled_in, "alias": "a", "client_id": "9021000122671234"}
        form = as_editor.post(ADD, typed).context["form"]
        assert form.warning_codes == "client_id.doubt"

        as_editor.post(ADD, {**typed, "accept_warnings": form.warning_codes})

        assert Connection.objects.get().settings["client_id"] == "9021000122671234"
