"""DingTalk / 钉钉: sign in with a DingTalk account."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import client_id, client_secret, only, provider_id, usual
from connections.protocols.oauth2 import TOKEN, OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import (
    parse_object,
    refuse_status,
    required,
    text,
    text_as_subject,
)
from connections.providers.definition import Group, callback_under, copy_steps, field_step, step
from connections.providers.families.accounts import Account
from connections.providers.families.consoles import foreign
from connections.providers.families.social import social_provider
from connections.values.claims import IdentityClaims
from connections.values.failures import OAUTH_FAULTS, SignInFailed, provider_error
from connections.values.faults import REFUSED_TOKEN, WRONG_CODE, misconfigured
from core.http.client import Response

CONSOLE = "https://open-dev.dingtalk.com"

FIELDS = (
    client_id(
        _("Client ID (AppKey)"),
        _("It begins with ding."),
        mistakes={
            r"ding[0-9a-f]{32}": _(
                "This is a CorpId. You find the Client ID under 凭证与基础信息."
            ),
            r"[0-9]{6,15}": _(
                "This is an AgentId. The Client ID is beside it and begins with ding."
            ),
            **foreign("dingtalk"),
        },
        shape=usual(r"(?:ding|suite)[0-9a-z]{12,20}"),
    ),
    client_secret(
        _("Client Secret (AppSecret)"),
        _("64 characters."),
        stray=re.compile(r"(?<![0-9A-Za-z_-])[0-9A-Za-z_-]{64}(?![0-9A-Za-z_-])"),
        mistakes=foreign("dingtalk"),
        shape=usual(r"[0-9A-Za-z_-]{64}"),
    ),
    provider_id(
        "corp_id",
        _("CorpId"),
        _("The CorpId of the company that owns the app. It begins with ding."),
        lower_case=True,
        mistakes=foreign("dingtalk"),
        differs_from=("client_id",),
        shape=only(
            r"ding[0-9a-f]{16,40}",
            _("A CorpId is ding and digits or a to f. You find it on the console's front page."),
        ),
    ),
)


class DingTalkProtocol(OAuth2Protocol):
    """Sends and reads JSON with DingTalk's own names."""

    # DingTalk's documentation does not mention PKCE.
    pkce = False
    code_goes_as = "json"
    authorize_parameters = {"prompt": "consent"}

    def token_request(self, callback: Callback) -> dict[str, str]:
        """https://open.dingtalk.com/document/orgapp/obtain-user-token."""
        return {
            "clientId": self.client.client_id,
            "clientSecret": self.client.client_secret,
            "code": self.code_of(callback),
            "grantType": "authorization_code",
        }

    def parse_tokens(self, response: Response) -> Tokens:
        answer = self.parse_answer(response)
        return {
            "access_token": required(answer, "accessToken", TOKEN),
            # Of the company that the user has chosen, if the scope asks for it.
            "corp_id": text(answer, "corpId"),
        }

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        """https://open.dingtalk.com/document/orgapp/dingtalk-retrieve-user-information."""
        response = self.get_with_query(
            "userinfo", {}, **{"x-acs-dingtalk-access-token": tokens["access_token"]}
        )
        answer = self.parse_answer(response)
        return {
            # unionId belongs to the developer's company, openId to the app.
            "sub": text_as_subject(answer, "unionId"),
            "open_id": text_as_subject(answer, "openId"),
            "name": text(answer, "nick"),
            "picture": text(answer, "avatarUrl"),
            "email": text(answer, "email"),
            "corp_id": tokens["corp_id"],
        }

    def parse_answer(self, response: Response) -> dict[str, Any]:
        """Return the response; raises SignInFailed for an error, whose code is a word."""
        answer = parse_object(response)
        if response.status_code == 403:
            # "Forbidden.AccessDenied…", which is longer than a code of ours.
            raise SignInFailed("no_permission")
        if answer.get("code") not in (None, ""):
            raise provider_error(self.definition, answer["code"])
        refuse_status(response)
        return answer


GUIDE = (
    step(
        _("Create an app at DingTalk"),
        _(
            "Sign in to the DingTalk console as a developer of your company, "
            "open 应用开发 > 钉钉应用 and click 创建应用."
        ),
        links=((_("Open the DingTalk console"), CONSOLE),),
    ),
    callback_under("安全设置 > 重定向URL（回调域名）"),
    step(
        _("Let the app read who signs in"),
        _(
            "Under 权限管理, search for 通讯录个人信息读权限 (Contact.User.Read) and click "
            "申请权限. Then publish a version under 版本管理与发布 and choose who can use the app."
        ),
    ),
    *copy_steps(
        _("Under 凭证与基础信息. Older apps call it AppKey."),
        _("Below the Client ID. Older apps call it AppSecret."),
    ),
    field_step(
        "corp_id",
        _(
            "On the console's front page, beside the company's name. DingTalk's user ids "
            "(unionId) are the same in all apps of this company, so users keep their accounts "
            "when you add another of its apps."
        ),
    ),
)

FAULTS = {
    "invalidParameter.authCode.notFound": WRONG_CODE,
    "invalidClientIdOrSecret": OAUTH_FAULTS["invalid_client"],
    "InvalidAuthentication": REFUSED_TOKEN,
    "no_permission": misconfigured(
        _("The app is not allowed to read user profiles."),
        _("Ask for 通讯录个人信息读权限 (Contact.User.Read) under 权限管理, and publish the app."),
    ),
}

PROVIDER = social_provider(
    "dingtalk",
    _("DingTalk"),
    FIELDS,
    GUIDE,
    authorize="https://login.dingtalk.com/oauth2/auth",
    tokens="https://api.dingtalk.com/v1.0/oauth2/userAccessToken",
    userinfo="https://api.dingtalk.com/v1.0/contact/users/me",
    protocol=DingTalkProtocol,
    scopes=("openid",),
    claims=Account(app_id="open_id"),
    # https://open.dingtalk.com/document/orgapp/obtain-identity-credentials
    tenants=Membership(
        claim="corp_id",
        label=_("Companies (CorpId)"),
        help=_(
            "The CorpId of each company whose members may sign in. With such a rule, DingTalk asks "
            "users to choose their company."
        ),
        scope="corpid",
        ignores_case=True,
    ),
    # The unionId is the same in all apps of a developer's company, and another elsewhere.
    known_by="`unionId`, with the company",
    namespace=lambda settings: f"dingtalk:{settings['corp_id']}",
    # `reauthentication` is empty: `prompt` is always "consent", the only value that DingTalk knows.
    identity_claims=IdentityClaims(
        subject=("union_id",), key="open_id", settings={"corp_id": "corp_id"}
    ),
    summary=_("Users sign in with DingTalk, by QR code or with their account."),
    group=Group.CHINA,
    search_words=("dd", "钉钉", "dingding", "alibaba", "阿里"),
    documentation="https://open.dingtalk.com/document/orgapp/tutorial-obtaining-user-personal-information",
    code_parameter="authCode",
    button_labels={"zh-hans": "钉钉登录"},
    callback_label=_("Redirect URL (重定向URL)"),
    faults=FAULTS,
    unknown_code_causes=frozenset({"invalidParameter.authCode.notFound"}),
    picture_hosts=("static-legacy.dingtalk.com", "static.dingtalk.com"),
)
