"""Naver: sign in with a Naver ID."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import parse_object, text_as_subject
from connections.providers.definition import callback_step, copy_steps, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider
from connections.values.failures import SignInFailed, provider_error
from connections.values.faults import CODE_REFUSED
from core.http.client import Response

# “Up to 40 letters and digits” both; in most applications 20 and 10.
VALUE = re.compile(r"[0-9A-Za-z_-]{8,40}")
USUAL_SECRET = re.compile(r"[0-9A-Za-z_-]{10}")
# The message that tells a wrong secret from a used code, which have the same error code.
WRONG_PAIR = "wrong client id / client secret pair"

FIELDS = (
    client_id(
        help=_("Usually 20 letters and digits."),
        doubts={USUAL_SECRET: _("This looks like the client secret. The Client ID is longer.")},
        shape=usual(VALUE),
    ),
    client_secret(help=_("Usually 10 letters and digits."), shape=usual(VALUE)),
)

GUIDE = (
    step(
        _("Register an application"),
        _(
            "At Naver Developers, open Application > 애플리케이션 등록 (register). Under 사용 API "
            "(APIs in use) choose 네이버 로그인 (Naver Login), and select what you need: 회원이름 "
            "(name), 별명 (nickname), 프로필 사진 (picture), 연락처 이메일 주소 (email). Naver's "
            "review refuses what an application does not use."
        ),
        links=((_("Open Naver Developers"), "https://developers.naver.com/apps/#/register"),),
    ),
    callback_step(
        _(
            "Under 로그인 오픈 API 서비스 환경 (where the login is used), add PC 웹 (PC web) and "
            "Mobile 웹 (mobile web). For each, enter the address of your website as 서비스 URL, "
            "and the callback URL from the card “Copy to the provider” as 네이버 로그인 Callback "
            "URL."
        ),
        _(
            "Until Naver has reviewed the application (tab 네이버 로그인 검수 상태, button 검수 "
            "요청), only the user who registered it and those on the tab 멤버관리 (members) can "
            "sign in."
        ),
    ),
    *copy_steps(
        _("On the application's tab 개요 (overview)."),
        _(
            "On the same tab. Click 보기 (show) once: the button becomes 재발급 (reissue), which "
            "makes a new one."
        ),
    ),
)


class NaverProtocol(OAuth2Protocol):
    """Sends the state again with the code, and unwraps the profile."""

    def token_request(self, callback: Callback) -> dict[str, str]:
        return {**super().token_request(callback), "state": callback.parameters.get("state", "")}

    def parse_tokens(self, response: Response) -> Tokens:
        if parse_object(response).get("error_description") == WRONG_PAIR:
            raise provider_error(self.definition, "invalid_client")
        return super().parse_tokens(response)

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        answer = self.get_json("userinfo", tokens["access_token"])
        profile = answer.get("response")
        if answer.get("resultcode") != "00" or not isinstance(profile, dict):
            raise SignInFailed("profile_refused", code=str(answer.get("resultcode")))
        return {**profile, "sub": text_as_subject(profile, "id")}


PROVIDER = social_provider(
    "naver",
    "Naver",
    FIELDS,
    GUIDE,
    # Only these endpoints support PKCE. They require the scope. Those of /oauth2.0/ have
    # neither.
    authorize="https://nid.naver.com/oauth2/authorize",
    tokens="https://nid.naver.com/oauth2/token",
    userinfo="https://openapi.naver.com/v1/nid/me",
    protocol=NaverProtocol,
    # The scopes are configured at Naver. The ID token has no claims that the profile does not have.
    scopes=("openid",),
    claims=Account(names=("name", "nickname"), picture="profile_image"),
    known_by="the app's `id` of the account",
    # User ids are different in each app.
    namespace=lambda settings: f"naver:{settings['client_id']}",
    # https://developers.naver.com/docs/login/devguide/devguide.md, section 5.2, which describes
    # it at the addresses without PKCE.
    reauthentication={"auth_type": "reauthenticate"},
    summary=_("Users sign in with their Naver ID."),
    search_words=("네이버", "korea", "韩国"),
    documentation="https://developers.naver.com/docs/login/devguide/devguide.md",
    callback_label=_("Callback URL (네이버 로그인 Callback URL)"),
    # https://developers.naver.com/docs/login/api/api.md
    faults={"invalid_request": CODE_REFUSED},
    unknown_code_causes=frozenset({"invalid_grant", "invalid_request"}),
    picture_hosts=("phinf.pstatic.net", "ssl.pstatic.net"),
)
