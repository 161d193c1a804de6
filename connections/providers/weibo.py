"""Weibo / 微博: sign in with a Weibo account.

https://open.weibo.com/wiki/授权机制说明
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, hex_secret, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import (
    parse_answer,
    parse_object,
    required_id,
    text,
    text_as_subject,
)
from connections.providers.definition import Group, callback_under, copy_steps, step
from connections.providers.families.accounts import Account
from connections.providers.families.consoles import foreign
from connections.providers.families.social import social_provider
from connections.values.failures import SignInFailed
from connections.values.faults import (
    ACCOUNT_GONE,
    EXPIRED_TOKEN,
    REFUSED_TOKEN,
    WRONG_CALLBACK,
    misconfigured,
    unavailable,
)
from core.http.client import Response

CONSOLE = "https://open.weibo.com/apps"

UID = re.compile(r"[1-9][0-9]{0,19}")

FIELDS = (
    client_id(
        _("Client ID (App Key)"),
        _("A number of 8 to 10 digits."),
        mistakes=foreign(),
        shape=usual(r"[0-9]{8,10}"),
    ),
    hex_secret(
        32, _("Client Secret (App Secret)"), mistakes=foreign(), shape=usual(r"[0-9a-fA-F]{32}")
    ),
)


class WeiboProtocol(OAuth2Protocol):
    """Gets the user's id with the token, and reads that user's profile."""

    # Weibo's documentation does not mention PKCE.
    pkce = False

    def parse_tokens(self, response: Response) -> Tokens:
        """https://open.weibo.com/wiki/OAuth2/access_token."""
        answer = super().parse_tokens(response)
        return {**answer, "uid": required_id(parse_object(response), "uid", UID)}

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        """https://open.weibo.com/wiki/2/users/show."""
        query = {"access_token": tokens["access_token"], "uid": tokens["uid"]}
        response = self.get_with_query("userinfo", query)
        answer = parse_answer(self.definition, response, "error_code")
        subject = text_as_subject(answer, "idstr")
        if subject != tokens["uid"]:
            raise SignInFailed("sub_mismatch")
        return {
            "sub": subject,
            "name": text(answer, "screen_name"),
            "picture": text(answer, "avatar_large") or text(answer, "profile_image_url"),
        }


GUIDE = (
    step(
        _("Create a web app at Weibo"),
        _(
            "Sign in to Weibo's open platform (微博开放平台), have the developer's "
            "data reviewed once, then open 微连接 > 网站接入 and create the app."
        ),
        _("Until the app has passed its review, only accounts entered under 测试信息 can sign in."),
        links=((_("Open Weibo's open platform"), CONSOLE),),
    ),
    callback_under("应用信息 > 高级信息 > 授权回调页", _("It must match exactly.")),
    *copy_steps(_("Under 应用信息 > 基本信息."), _("Below the App Key.")),
)

REVIEW = _("Have the app reviewed at Weibo, or enter the account under 测试信息.")

# https://open.weibo.com/wiki/Error_code; words where a code becomes a token, numbers elsewhere.
FAULTS = {
    "redirect_uri_mismatch": WRONG_CALLBACK,
    "expired_token": EXPIRED_TOKEN,
    "10004": misconfigured(
        _("Weibo does not accept requests from this server's IP address."),
        _("Check the IP addresses under 应用信息 > 高级信息 at Weibo."),
    ),
    "10014": misconfigured(_("The app is not allowed to read user profiles."), REVIEW),
    "10022": unavailable(
        _("This server has sent Weibo too many requests."),
        _("Wait an hour, or ask Weibo for a higher quota."),
    ),
    "10023": unavailable(
        _("Weibo has received too many requests for this user."),
        _("No action needed. The user can try again later."),
    ),
    "20003": ACCOUNT_GONE,
    "21321": misconfigured(
        _("The app has not passed its review, and too many users use it."), REVIEW
    ),
    "21327": EXPIRED_TOKEN,
    "21332": REFUSED_TOKEN,
}

PROVIDER = social_provider(
    "weibo",
    _("Weibo"),
    FIELDS,
    GUIDE,
    authorize="https://api.weibo.com/oauth2/authorize",
    tokens="https://api.weibo.com/oauth2/access_token",
    userinfo="https://api.weibo.com/2/users/show.json",
    protocol=WeiboProtocol,
    # The user's own profile needs no scope.
    scopes=(),
    claims=Account(),
    known_by="`uid`",
    # https://open.weibo.com/wiki/OAuth2/authorize
    reauthentication={"forcelogin": "true"},
    group=Group.CHINA,
    search_words=("wb", "微博", "新浪", "sina"),
    documentation="https://open.weibo.com/wiki/%E6%8E%88%E6%9D%83%E6%9C%BA%E5%88%B6%E8%AF%B4%E6%98%8E",
    button_labels={"zh-hans": "微博登录"},
    callback_label=_("Callback page (授权回调页)"),
    faults=FAULTS,
    picture_hosts=tuple(
        f"{kind}{number}.sinaimg.cn" for kind in ("tvax", "tva", "tp") for number in range(1, 5)
    ),
)
