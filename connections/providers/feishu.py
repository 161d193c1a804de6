"""Feishu / 飞书: sign in with a company's account. Lark is the same product abroad."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import client_id, client_secret, scopes, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.pictures import safe_picture
from connections.protocols.profiles import email_claim, name_of
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import (
    has_error,
    optional_subject,
    parse_answer,
    parse_object,
    refuse_code,
    required_object,
    text,
    text_as_subject,
)
from connections.providers.definition import (
    Answer,
    Group,
    Settings,
    callback_under,
    copy_steps,
    step,
)
from connections.providers.families.consoles import foreign
from connections.providers.families.social import social_provider
from connections.values.claims import Claims, IdentityClaims
from connections.values.failures import OAUTH_FAULTS
from connections.values.faults import (
    ACCOUNT_GONE,
    COPY_CALLBACK,
    EXPIRED_CODE,
    REFUSED_TOKEN,
    USED_CODE,
    WRONG_CODE,
    misconfigured,
    not_allowed,
    try_again,
)
from core.http.client import Response

CONSOLE = "https://open.feishu.cn/app"

# An app at Lark has the same credentials.
FIELDS = (
    client_id(
        _("Client ID (App ID)"),
        _("It begins with cli_."),
        mistakes={
            r"(?:ou|on|oc)_.*": _(
                "This is the id of a person or a chat. The App ID begins with cli_."
            ),
            **foreign("feishu"),
        },
        shape=usual(r"cli_[0-9a-z]{12,24}"),
    ),
    client_secret(
        _("Client Secret (App Secret)"),
        _("32 letters and digits."),
        stray=re.compile(
            r"(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])(?=[0-9A-Z]*[a-z])(?=[0-9a-z]*[A-Z])"
            r"[0-9A-Za-z]{32}(?![0-9A-Za-z])"
        ),
        mistakes=foreign("feishu"),
        shape=usual(r"[0-9A-Za-z]{32}"),
    ),
    scopes(
        help=_(
            "For email addresses: contact:user.email:readonly, once the app has this permission. "
            "Without it, users see the error 20027."
        )
    ),
)


class FeishuProtocol(OAuth2Protocol):
    """Sends JSON. A code in the response, at Lark a string, reports errors."""

    code_goes_as = "json"

    def parse_tokens(self, response: Response) -> Tokens:
        """Return the tokens; raises SignInFailed for an error, which has a number or a word."""
        answer = parse_object(response)
        if str(answer.get("code")) in self.definition.faults or not has_error(answer):
            refuse_code(self.definition, answer, "code")
        return super().parse_tokens(response)

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/authen-v1/user_info/get."""
        token = {"Authorization": f"Bearer {tokens['access_token']}"}
        response = self.get_with_query("userinfo", {}, **token)
        data = required_object(parse_answer(self.definition, response, "code"), "data")
        return {
            # union_id belongs to the developer, open_id to the app, tenant_key to the company.
            "sub": optional_subject(data, "union_id"),
            "open_id": text_as_subject(data, "open_id"),
            "tenant": text_as_subject(data, "tenant_key"),
            "name": text(data, "name"),
            "en_name": text(data, "en_name"),
            "picture": text(data, "avatar_url"),
            "email": text(data, "enterprise_email") or text(data, "email"),
        }


def parse_claims(settings: Settings, namespace: str, answer: Answer) -> Claims:
    """Return the user's claims in the company that Feishu names.

    The company's administrators enter the addresses. Feishu documents that they are not verified.
    """
    address, _verified = email_claim(answer)
    return Claims(
        namespace=namespace,
        # A union_id is unique within the apps of one developer, so the company is added. Without
        # one, the open_id identifies the user until Feishu returns both.
        subject=f"{answer['tenant']}:{answer['sub']}" if answer["sub"] else "",
        keys=((f"{namespace}-app:{settings['client_id']}", answer["open_id"]),),
        name=name_of(answer, ("name", "en_name")),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
        address=address,
    )


MUST_MATCH = _("It must match exactly; otherwise users see the error 20029.")
GUIDE = (
    step(
        _("Create an app at Feishu"),
        _(
            "In the Feishu developer console (开发者后台), click 创建企业自建应用. Then open "
            "添加应用能力 and add 网页应用."
        ),
        links=((_("Open the Feishu developer console"), CONSOLE),),
    ),
    callback_under("安全设置 > 重定向URL", MUST_MATCH),
    *copy_steps(_("Under 凭证与基础信息."), _("Below the App ID. Click the eye to see it.")),
    step(
        _("Publish the app"),
        _(
            "Under 版本管理与发布, create a version, choose under 可用范围 who may use it, and "
            "have it published. For email addresses, ask under 权限管理 for 获取用户邮箱信息 "
            "first, and enter contact:user.email:readonly here as a scope, under “Advanced "
            "settings”."
        ),
    ),
)

COPY_AGAIN = _("Copy the App ID and the App Secret again from the console, from the same app.")
INACTIVE = not_allowed(
    _("The user's account is suspended, or has not been activated."),
    _("Your account is suspended or has not been activated. Ask your company's administrator."),
    _("An administrator of the user's company can activate it."),
)

# https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/authentication-management/access-token/get-user-access-token
FAULTS = {
    "20002": misconfigured(_("The App Secret is wrong."), COPY_AGAIN),
    "20003": WRONG_CODE,
    "20004": EXPIRED_CODE,
    "20008": ACCOUNT_GONE,
    "20009": misconfigured(
        _("The user's company has not installed the app."),
        _("Publish the app, or have that company install it."),
    ),
    "20010": not_allowed(
        _("The user is not among those who may use the app."),
        _("Your company has not allowed you to use this app. Ask its administrator."),
        _("Add the user to the app's availability (可用范围) and publish a new version."),
    ),
    "20024": misconfigured(_("The authorization code was issued to another app."), COPY_AGAIN),
    "20048": misconfigured(_("There is no app with this App ID."), COPY_AGAIN),
    "20049": try_again(_("The PKCE code verifier did not match.")),
    "20050": OAUTH_FAULTS["server_error"],
    "20065": USED_CODE,
    "20066": INACTIVE,
    "20069": misconfigured(
        _("The app is turned off."), _("Turn it on in the console, and publish it.")
    ),
    "20071": misconfigured(
        _("The callback URL differs from the one at the start of the sign-in."), COPY_CALLBACK
    ),
    # https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/authen-v1/user_info/get
    "20005": REFUSED_TOKEN,
    "20021": not_allowed(
        _("The user has left the company."), _("Your account is no longer a member of the company.")
    ),
    "20022": INACTIVE,
    "20023": INACTIVE,
}

# Hosts of pictures, as seen in responses. They are not documented.
PICTURE_HOSTS = (
    "s1-imfile.feishucdn.com",
    "s3-imfile.feishucdn.com",
    "internal-api-lark-file.feishu.cn",
    "internal-api-lark-file.larksuite.com",
)

PROVIDER = social_provider(
    "feishu",
    _("Feishu"),
    FIELDS,
    GUIDE,
    authorize="https://accounts.feishu.cn/open-apis/authen/v1/authorize",
    tokens="https://accounts.feishu.cn/oauth/v3/token",
    userinfo="https://open.feishu.cn/open-apis/authen/v1/user_info",
    protocol=FeishuProtocol,
    # The profile needs no scope. Addresses need a permission of the app.
    scopes=(),
    claims=parse_claims,
    known_by="`union_id`, with the company's `tenant_key`; or (App ID, `open_id`)",
    identity_claims=IdentityClaims(
        subject=("tenant_key", "union_id"), key="open_id", settings={"app_id": "client_id"}
    ),
    # https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/authen-v1/user_info/get
    tenants=Membership(
        claim="tenant",
        label=_("Companies (tenant_key)"),
        help=_(
            "The tenant_key of each company whose members may sign in. The details of a refused "
            "sign-in show it."
        ),
        is_in_subject=True,
    ),
    summary=_("Members of companies sign in with Feishu. For accounts outside China, choose Lark."),
    group=Group.CHINA,
    search_words=("fs", "feishu", "飞书", "lark", "bytedance", "字节跳动"),
    documentation="https://open.feishu.cn/document/common-capabilities/sso/api/obtain-oauth-code",
    button_labels={"zh-hans": "飞书登录"},
    callback_label=_("Redirect URL (重定向URL)"),
    faults=FAULTS,
    # The first is that of a code that does not exist.
    unknown_code_causes=frozenset({"20003", "invalid_grant"}),
    picture_hosts=PICTURE_HOSTS,
)
