"""Douyin (抖音): sign in by scanning with Douyin, or with a phone number."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, hex_secret, usual
from connections.protocols.oauth2 import TOKEN, OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import (
    optional_subject,
    parse_object,
    refuse_code,
    refuse_status,
    required,
    required_object,
    text,
    text_as_subject,
)
from connections.providers.definition import (
    Group,
    callback_under,
    copy_callback_url,
    copy_host,
    copy_steps,
    https_only,
    step,
)
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider
from connections.values.claims import IdentityClaims
from connections.values.failures import OAUTH_FAULTS, SignInFailed
from connections.values.faults import (
    EXPIRED_TOKEN,
    REFUSED_TOKEN,
    WRONG_CODE,
    misconfigured,
    not_allowed,
)
from core.http import client as http_client
from core.http.client import Response

CONSOLE = "https://developer.open-douyin.com/console"

FIELDS = (
    client_id(
        _("Client ID (Client Key)"),
        _("16 letters and digits that begin with aw."),
        mistakes={
            r"tt[0-9a-f]{14,20}": _(
                "This is the AppID of a mini program (小程序). Create a 网站应用."
            )
        },
        shape=usual(r"aw[0-9a-z]{14}"),
    ),
    hex_secret(32),
)

GUIDE = (
    step(
        _("Create a 网站应用 at Douyin"),
        _(
            "In the 控制台 of 抖音开放平台, under 我的应用, create a 网站应用 and submit it. "
            "Douyin reviews it; only companies are admitted."
        ),
        links=((_("Open Douyin's console"), CONSOLE),),
    ),
    *copy_steps(
        _("It is under 应用信息 when the app has passed the review."),
        _("It is beside the Client Key. Douyin asks who you are before it shows it."),
    ),
    callback_under(
        "授权回调",
        _("Where the console asks for a domain (域名), enter the callback host."),
        _("Under 能力管理, make sure that the app has user_info (用户公开信息)."),
    ),
)

COPIES = (
    copy_callback_url(
        "授权回调", _("Douyin compares its host with the one that is entered there.")
    ),
    copy_host(
        _("Callback host"),
        _("For places that take the bare host, without https:// and without a path."),
    ),
)

WRONG_PARAMETER = misconfigured(
    _("Douyin rejected the request as invalid."),
    _("Check the Client Key and the callback URL in Douyin's console."),
)
NO_ABILITY = misconfigured(
    _("The app is not allowed to read user profiles."),
    _("Apply for user_info (用户公开信息) under 能力管理."),
)
# https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/status-code
FAULTS = {
    "10002": WRONG_PARAMETER,
    "10003": misconfigured(
        _("Douyin does not recognize the Client Key."),
        _("Copy it again from 应用信息 of the 网站应用."),
    ),
    "10007": WRONG_CODE,
    "10008": REFUSED_TOKEN,
    "10013": OAUTH_FAULTS["invalid_client"],
    "2100004": OAUTH_FAULTS["temporarily_unavailable"],
    "2100005": WRONG_PARAMETER,
    "2190008": EXPIRED_TOKEN,
    "28001003": REFUSED_TOKEN,
    "28001005": OAUTH_FAULTS["temporarily_unavailable"],
    "28001006": OAUTH_FAULTS["temporarily_unavailable"],
    "28001007": WRONG_PARAMETER,
    "28001008": EXPIRED_TOKEN,
    "28001012": OAUTH_FAULTS["consent_required"],
    "28001014": NO_ABILITY,
    "28001016": misconfigured(
        _("Douyin has banned the app or taken it offline."),
        _("See Douyin's console for the reason."),
    ),
    "28001018": NO_ABILITY,
    "28001045": not_allowed(
        _("The user has closed the account at Douyin."), _("This Douyin account has been closed.")
    ),
    "28001046": not_allowed(
        _("Douyin has banned the user."), _("Douyin does not let this account sign in anywhere.")
    ),
}


class DouyinProtocol(OAuth2Protocol):
    """Reads responses from their envelope. Errors have status 200."""

    names = {"client_id": "client_key"}
    scope_delimiter = ","
    # Douyin's documentation does not mention PKCE.
    pkce = False

    needed_scopes = ("user_info",)

    def token_request(self, callback: Callback) -> dict[str, str]:
        form = super().token_request(callback)
        # Douyin does not document this parameter.
        del form["redirect_uri"]
        return form

    def parse_tokens(self, response: Response) -> Tokens:
        data = self.unwrap(response)
        self.refuse_missing_scopes(data)
        return {
            "access_token": required(data, "access_token", TOKEN),
            "open_id": text_as_subject(data, "open_id"),
        }

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        with http_client.new_session() as session:
            response = session.post(
                self.definition.endpoints["userinfo"].url,
                data={"access_token": tokens["access_token"], "open_id": tokens["open_id"]},
                headers={"access-token": tokens["access_token"]},
            )
        profile = self.unwrap(response)
        if text_as_subject(profile, "open_id") != tokens["open_id"]:
            raise SignInFailed("sub_mismatch")
        union_id = optional_subject(profile, "union_id")
        return {
            "sub": union_id or tokens["open_id"],
            "union_id": union_id,
            "open_id": tokens["open_id"],
            "name": text(profile, "nickname"),
            "picture": text(profile, "avatar"),
        }

    def unwrap(self, response: Response) -> dict[str, Any]:
        """Return the content of the envelope; raises SignInFailed for an error in it."""
        answer = parse_object(response)
        if not isinstance(answer.get("data"), dict):
            refuse_status(response)
        data = required_object(answer, "data")
        # A number in most responses, a string in some.
        refuse_code(self.definition, data, "error_code")
        refuse_status(response)
        return data


PROVIDER = social_provider(
    "douyin",
    _("Douyin"),
    FIELDS,
    GUIDE,
    authorize="https://open.douyin.com/platform/oauth/connect/",
    tokens="https://open.douyin.com/oauth/access_token/",
    userinfo="https://open.douyin.com/oauth/userinfo/",
    protocol=DouyinProtocol,
    scopes=("user_info",),
    claims=Account(subject="union_id", app_id="open_id"),
    # The same in all apps of a developer's account.
    known_by="`union_id`, and (Client Key, `open_id`)",
    identity_claims=IdentityClaims(
        subject=("union_id",), key="open_id", settings={"client_key": "client_id"}
    ),
    name=_("Douyin / 抖音"),
    summary=_("Users scan a QR code with Douyin, or use their phone number there."),
    group=Group.CHINA,
    search_words=("dy", "douyin", "抖音", "tiktok china", "字节", "bytedance"),
    documentation="https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/web/permission",
    button_labels={"zh-hans": "抖音登录"},
    copies=COPIES,
    faults=FAULTS,
    unknown_code_causes=frozenset({"10007"}),
    picture_hosts=tuple(f"p{number}.douyinpic.com" for number in (3, 6, 9, 11, 26)),
    site_warning=https_only(_("Douyin")),
)
