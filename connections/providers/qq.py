"""QQ: sign in with a QQ account through QQ互联.

https://wiki.connect.qq.com/准备工作_oauth2-0
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, hex_secret, usual
from connections.fields.field import Text
from connections.protocols.oauth2 import TOKEN, OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import (
    error_number,
    parse_answer,
    parse_json_bytes,
    parse_object,
    refuse_code,
    refuse_status,
    required,
    text,
    text_as_subject,
)
from connections.providers.definition import Group, callback_under, copy_steps, step
from connections.providers.families.accounts import Account
from connections.providers.families.consoles import foreign, is_no_domain
from connections.providers.families.social import social_provider
from connections.values.claims import IdentityClaims
from connections.values.facts import describe_json
from connections.values.failures import OAUTH_FAULTS, SignInFailed
from connections.values.faults import (
    EXPIRED_TOKEN,
    REFUSED_TOKEN,
    USED_CODE,
    WRONG_CALLBACK,
    WRONG_CODE,
    misconfigured,
    not_allowed,
)
from connections.values.sites import Site
from core.http.client import Response

CONSOLE = "https://connect.qq.com/manage.html"

CALLBACK = b"callback("
# "companyid not set": the app has not applied for unionids.
NO_UNIONID = 100048

FIELDS = (
    client_id(
        _("Client ID (APP ID)"),
        _("9 or 10 digits that begin with 10."),
        mistakes=foreign(),
        shape=usual(r"1[0-9]{8,9}"),
    ),
    hex_secret(
        32,
        _("Client Secret (APP Key)"),
        _("32 digits or letters a to f, or 16 letters and digits."),
        mistakes=foreign(),
        shape=usual(r"[0-9a-fA-F]{32}|[0-9A-Za-z]{16}"),
    ),
)


class QQProtocol(OAuth2Protocol):
    """Makes three requests: for the token, for its user's ids, and for the profile."""

    # https://wiki.connect.qq.com/使用authorization_code获取access_token: it says GET, and knows no
    # PKCE.
    pkce = False
    code_goes_by = "GET"
    code_goes_as = "params"
    scope_delimiter = ","
    token_parameters = {"fmt": "json"}

    def parse_tokens(self, response: Response) -> Tokens:
        answer = self.parse_answer(response)
        refuse_code(self.definition, answer, "error")
        refuse_status(response)
        return {"access_token": required(answer, "access_token", TOKEN)}

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        ids = self.fetch_ids(tokens["access_token"])
        openid = text_as_subject(ids, "openid")
        profile = self.fetch_person(tokens["access_token"], openid)
        return {
            "sub": openid,
            "unionid": text_as_subject(ids, "unionid") if ids.get("unionid") else "",
            "name": text(profile, "nickname"),
            "picture": text(profile, "figureurl_qq_2") or text(profile, "figureurl_qq_1"),
        }

    def fetch_ids(self, access_token: str) -> dict[str, Any]:
        """Return the ids of the token's user, with the unionid if the app may read it.

        https://wiki.connect.qq.com/unionid介绍
        """
        query = {"access_token": access_token, "fmt": "json"}
        response = self.get_with_query("me", {**query, "unionid": "1"})
        answer = self.parse_answer(response)
        if error_number(answer, "error") == NO_UNIONID:
            response = self.get_with_query("me", query)
            answer = self.parse_answer(response)
        refuse_code(self.definition, answer, "error")
        refuse_status(response)
        return answer

    def fetch_person(self, access_token: str, openid: str) -> dict[str, Any]:
        """https://wiki.connect.qq.com/get_user_info."""
        query = {
            "access_token": access_token,
            "oauth_consumer_key": self.client.client_id,
            "openid": openid,
        }
        return parse_answer(self.definition, self.get_with_query("userinfo", query), "ret")

    def parse_answer(self, response: Response) -> dict[str, Any]:
        """Return the JSON object. QQ may ignore fmt=json and wrap it in a function call."""
        call = response.content.strip().removesuffix(b";").rstrip()
        is_call = call.startswith(CALLBACK) and call.endswith(b")")
        answer = parse_json_bytes(call[len(CALLBACK) : -1]) if is_call else parse_object(response)
        if not isinstance(answer, dict):
            raise SignInFailed("malformed", received=describe_json(answer), expected="JSON object")
        return answer


def site_warning(site: Site) -> Text | None:
    """Return why QQ will not accept this site's callback, or None.

    https://wiki.connect.qq.com/回调地址常见问题及修改方法
    """
    if is_no_domain(site):
        return _(
            "QQ sends users back only to a website that it has reviewed and that has an ICP "
            "number. Otherwise they see “redirect uri is illegal” (100010)."
        )
    if ":" in site.host:
        return _(
            "QQ accepts no callback URL with a port. Serve the sign-in page at the default port."
        )
    return None


GUIDE = (
    step(
        _("Create a 网站应用 at QQ互联"),
        _(
            "Sign in to QQ互联 with the QQ number of your company, and have the "
            "developer's data reviewed once. Then open 应用管理 > 网站应用 and click "
            "创建应用."
        ),
        _(
            "The website needs an ICP number. The review takes some days; "
            "before it is passed, only the developer's own QQ number can sign "
            "in."
        ),
        links=((_("Open QQ互联"), CONSOLE),),
    ),
    callback_under(
        "网站回调域",
        _("Separate several by semicolons. A change needs no review, but may take half an hour."),
    ),
    step(
        _("Apply for UnionID"),
        _(
            "On the app's page, apply for UnionID. With it, the same person stays the same in all "
            "your QQ apps; without it, users are known by this app alone."
        ),
    ),
    *copy_steps(_("At the top of the app's page."), _("Beside the APP ID.")),
)

ENTER_BOTH = _("Enter the APP ID and the APP Key, and save the connection.")
# https://wiki.connect.qq.com/公共返回码说明
FAULTS = {
    "100001": misconfigured(_("QQ received no APP ID."), ENTER_BOTH),
    "100002": misconfigured(_("QQ received no APP Key."), ENTER_BOTH),
    "100008": misconfigured(
        _("QQ does not recognize the APP ID."), _("Check the APP ID on the app's page at QQ互联.")
    ),
    "100009": misconfigured(
        _("QQ does not accept the APP Key."),
        _("Copy the APP Key again from the app's page at QQ互联."),
    ),
    "100010": WRONG_CALLBACK,
    "100011": misconfigured(
        _("The app is not online at QQ."), _("Check the app's status at QQ互联.")
    ),
    "100013": REFUSED_TOKEN,
    "100014": EXPIRED_TOKEN,
    "100015": REFUSED_TOKEN,
    "100016": REFUSED_TOKEN,
    "100019": WRONG_CODE,
    "100020": USED_CODE,
    "100030": OAUTH_FAULTS["consent_required"],
    "100031": misconfigured(
        _("The app is not allowed to read user profiles."),
        _("Apply for get_user_info on the app's page at QQ互联."),
    ),
    "1003": not_allowed(
        _("QQ has frozen this user's account."),
        _("QQ does not let this account sign in."),
        _("Only the user can resolve this with QQ."),
    ),
}

PROVIDER = social_provider(
    "qq",
    "QQ",
    FIELDS,
    GUIDE,
    authorize="https://graph.qq.com/oauth2.0/authorize",
    tokens="https://graph.qq.com/oauth2.0/token",
    userinfo="https://graph.qq.com/user/get_user_info",
    more_endpoints={"me": "https://graph.qq.com/oauth2.0/me"},
    protocol=QQProtocol,
    scopes=("get_user_info",),
    claims=Account(subject="unionid", app_id="sub"),
    # A unionid belongs to one developer's account, which has no id at QQ. It is a random number of
    # 128 bits, so those of two developers do not collide.
    known_by="`unionid`; without one, the app's `openid`",
    identity_claims=IdentityClaims(
        subject=("unionid",), key="openid", settings={"appid": "client_id"}
    ),
    group=Group.CHINA,
    search_words=("tencent", "腾讯", "qq互联", "qq connect", "企鹅"),
    documentation="https://wiki.connect.qq.com/%E5%87%86%E5%A4%87%E5%B7%A5%E4%BD%9C_oauth2-0",
    button_labels={"zh-hans": "QQ登录"},
    callback_label=_("Callback address (网站回调域)"),
    faults=FAULTS,
    unknown_code_causes=frozenset({"100019", "100020"}),
    picture_hosts=("thirdqq.qlogo.cn", "q.qlogo.cn", "qzapp.qlogo.cn"),
    site_warning=site_warning,
)
