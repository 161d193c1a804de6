"""Gitee (码云): sign in with a Gitee account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.providers.definition import Group, callback_under, copy_steps, step
from connections.providers.families.code_hosts import CLAIMS, CodeHostProtocol
from connections.providers.families.social import social_provider
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


class GiteeProtocol(CodeHostProtocol):
    """Recognizes the primary address by its scope.

    https://gitee.com/api/v5/swagger#/getV5Emails
    """

    # Gitee's documentation does not mention PKCE.
    pkce = False

    def is_proved(self, entry: Mapping[str, Any]) -> bool:
        scope = entry.get("scope")
        primary = isinstance(scope, list) and "primary" in scope
        return primary and entry.get("state") == "confirmed"


PROVIDER = social_provider(
    "gitee",
    "Gitee",
    FIELDS,
    GUIDE,
    authorize="https://gitee.com/oauth/authorize",
    tokens="https://gitee.com/oauth/token",
    userinfo="https://gitee.com/api/v5/user",
    more_endpoints={"emails": "https://gitee.com/api/v5/emails"},
    protocol=GiteeProtocol,
    scopes=("user_info", "emails"),
    claims=CLAIMS,
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
