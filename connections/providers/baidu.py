"""Baidu (百度): sign in with a Baidu account."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import no_subject, optional_subject, parse_answer, text
from connections.providers.definition import Group, callback_under, copy_steps, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider
from connections.values.claims import IdentityClaims
from connections.values.faults import (
    EXPIRED_CODE,
    EXPIRED_TOKEN,
    REFUSED_TOKEN,
    WRONG_CALLBACK,
    misconfigured,
    unavailable,
)

CONSOLE = "https://developer.baidu.com/console#app/project"

PORTRAIT = re.compile(r"[0-9A-Za-z_.-]{1,200}")

A_CLOUD_KEY = {
    r"bce-v3/.*|ALTAK.*": _(
        "This is a key of Baidu AI Cloud (百度智能云), which cannot sign users in."
    )
}

FIELDS = (
    client_id(
        _("Client ID (API Key)"),
        _("24 or 32 letters and digits; not the AppID."),
        mistakes={
            r"[0-9]{5,12}": _("This is the AppID, a number. The API Key is below it."),
            **A_CLOUD_KEY,
        },
        shape=usual(r"[0-9A-Za-z]{24}|[0-9A-Za-z]{32}"),
    ),
    client_secret(
        _("Client Secret (Secret Key)"),
        _("32 letters and digits."),
        mistakes=A_CLOUD_KEY,
        shape=usual(r"[0-9A-Za-z]{32}"),
    ),
)

GUIDE = (
    step(
        _("Create an app at Baidu"),
        _(
            "Sign in to 百度开发者中心, open 开发者服务管理 and click 创建工程. Users see the "
            "app's name when they sign in."
        ),
        links=((_("Open Baidu's developer console"), CONSOLE),),
    ),
    *copy_steps(
        _("It is on the app's page, below the AppID."),
        _("On the same page. If others may know it, reset it there and enter the new one here."),
    ),
    callback_under("安全设置 > 授权回调页", _("You can register up to ten.")),
)

FAULTS = {
    "redirect_uri_mismatch": WRONG_CALLBACK,
    "expired_token": EXPIRED_CODE,
    # Error codes of the profile API.
    "4": unavailable(_("The app has sent Baidu more requests than it may.")),
    "6": misconfigured(
        _("The app is not allowed to read user profiles."),
        _("Check the app's permissions in Baidu's console."),
    ),
    "110": REFUSED_TOKEN,
    "111": EXPIRED_TOKEN,
}

PICTURES = "https://himg.bdimg.com/sys/portrait/item/"


class BaiduProtocol(OAuth2Protocol):
    """Reads the profile with the id that all apps of a developer share."""

    # Baidu's documentation does not mention PKCE.
    pkce = False
    authorize_parameters = {"display": "page"}

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        query = {"access_token": tokens["access_token"], "get_unionid": "1"}
        response = self.get_with_query("userinfo", query)
        profile = parse_answer(self.definition, response, "error_code")
        unionid, openid = optional_subject(profile, "unionid"), optional_subject(profile, "openid")
        if not openid:
            raise no_subject(profile, "openid")
        return {
            "sub": unionid or openid,
            "unionid": unionid,
            "openid": openid,
            "name": text(profile, "username"),
            "picture": picture_of(text(profile, "portrait")),
        }


def picture_of(portrait: str) -> str:
    """Return the picture's URL. Baidu returns its last part."""
    return f"{PICTURES}{portrait}" if PORTRAIT.fullmatch(portrait) else ""


PROVIDER = social_provider(
    "baidu",
    _("Baidu"),
    FIELDS,
    GUIDE,
    authorize="https://openapi.baidu.com/oauth/2.0/authorize",
    tokens="https://openapi.baidu.com/oauth/2.0/token",
    userinfo="https://openapi.baidu.com/rest/2.0/passport/users/getInfo",
    protocol=BaiduProtocol,
    scopes=("basic",),
    claims=Account(subject="unionid", app_id="openid"),
    # The same in all apps of a developer's account.
    known_by="`unionid`, and (API Key, `openid`)",
    identity_claims=IdentityClaims(subject=("unionid",), key="openid"),
    # https://openauth.baidu.com/doc/doc.html
    reauthentication={"force_login": "1"},
    name=_("Baidu / 百度"),
    group=Group.CHINA,
    search_words=("bd", "baidu", "百度", "百度帐号", "百度账号", "贴吧"),
    documentation="https://openauth.baidu.com/doc/doc.html",
    button_labels={"zh-hans": "百度账号登录"},
    callback_label="授权回调页",
    faults=FAULTS,
    picture_hosts=("himg.bdimg.com",),
)
