"""Gitee (码云): sign in with a Gitee account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback
from connections.protocols.responses import (
    number_as_subject,
    only_shown,
    parse_json,
    refuse_status,
    text,
)
from connections.providers.definition import Group, callback_under, copy_steps, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider, urls
from connections.values.faults import WRONG_CALLBACK

FIELDS = (
    client_id(help=_("64 digits or a to f."), shape=usual(r"[0-9a-f]{64}")),
    client_secret(
        help=_("64 digits or a to f, like the Client ID. Do not confuse them."),
        mistakes={
            r"[0-9a-f]{32}": _(
                "This is somebody's personal token (私人令牌), which opens their account. "
                "Revoke it, and copy the Client Secret from the application's page."
            )
        },
        shape=usual(r"[0-9a-f]{64}"),
    ),
)

GUIDE = (
    step(
        _("Create a third-party application"),
        _(
            "At Gitee, open 设置, then 第三方应用 under 数据管理, and click 创建应用. Users see "
            "应用名称 when they sign in; 应用主页 is your website."
        ),
        links=((_("Open Gitee's applications"), "https://gitee.com/oauth/applications"),),
    ),
    callback_under("应用回调地址", _("Under 权限, tick user_info and emails. Click 创建应用.")),
    *copy_steps(
        _("It is at the top of the application's page."),
        _("Below the Client ID. If you reset it (重置), the old one stops working immediately."),
    ),
)


class GiteeProtocol(OAuth2Protocol):
    """Reads the profile, and the primary address if it is confirmed."""

    # Gitee's documentation does not mention PKCE.
    pkce = False

    def fetch_profile(self, tokens: Mapping[str, Any], callback: Callback) -> dict[str, Any]:
        profile = self.get_json("userinfo", tokens["access_token"])
        return {
            # User names can be reassigned.
            "sub": number_as_subject(profile, "id"),
            "name": text(profile, "name"),
            "login": text(profile, "login"),
            "picture": text(profile, "avatar_url"),
            **self.fetch_primary_address(tokens["access_token"]),
        }

    def fetch_primary_address(self, access_token: str) -> dict[str, Any]:
        """Return the primary address if it is confirmed, or nothing.

        https://gitee.com/api/v5/swagger#/getV5Emails
        """
        url = self.definition.endpoints["emails"].url
        addresses: Any = ()
        # Some apps may not read addresses.
        with only_shown():
            response = self.get_with_token(url, access_token)
            refuse_status(response)
            addresses = parse_json(response)
        for entry in addresses if isinstance(addresses, list) else ():
            if isinstance(entry, dict) and is_proved(entry):
                return {"email": text(entry, "email"), "email_verified": True}
        return {}


def is_proved(entry: Mapping[str, Any]) -> bool:
    """Whether this is the primary address and it is confirmed."""
    scope = entry.get("scope")
    primary = isinstance(scope, list) and "primary" in scope
    return primary and entry.get("state") == "confirmed"


PROVIDER = social_provider(
    "gitee",
    "Gitee",
    FIELDS,
    GUIDE,
    endpoints=urls(
        "https://gitee.com/oauth/authorize",
        "https://gitee.com/oauth/token",
        userinfo="https://gitee.com/api/v5/user",
        emails="https://gitee.com/api/v5/emails",
    ),
    protocol=GiteeProtocol,
    scopes=("user_info", "emails"),
    claims=Account(names=("name", "login"), proves_address=True),
    # Account ids are unique in all of Gitee.
    known_by="the account's number",
    name="Gitee / 码云",
    group=Group.CHINA,
    search_words=("gitee", "码云", "mayun", "oschina", "开源中国", "代码"),
    documentation="https://gitee.com/api/v5/oauth_doc",
    callback_label="应用回调地址",
    faults={"invalid_redirect_uri": WRONG_CALLBACK},
    picture_hosts=("foruda.gitee.com",),
)
