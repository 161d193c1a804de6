"""Lark: sign in with a company's account at Lark, which is Feishu outside China."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from connections.providers import feishu
from connections.providers.definition import (
    Endpoint,
    callback_under,
    copy_steps,
    exact_callback_url,
    step,
)

CONSOLE = "https://open.larksuite.com/app"

GUIDE = (
    step(
        _("Create an app at Lark"),
        _(
            "In Lark's Developer Console, click Create Custom App. Then open Add "
            "Features and add Web App."
        ),
        links=((_("Open Lark's Developer Console"), CONSOLE),),
    ),
    callback_under("Security Settings > Redirect URLs", feishu.MUST_MATCH),
    *copy_steps(
        _("Under Credentials & Basic Info."), _("Below the App ID. Click the eye to see it.")
    ),
    step(
        _("Publish the app"),
        _(
            "Under Version Management & Release, create a version, choose who may use it, and "
            "have it released. For email addresses, ask under Permissions & Scopes for "
            "contact:user.email:readonly first, and enter it here as a scope, under “Advanced "
            "settings”."
        ),
    ),
)

PROVIDER = replace(
    feishu.PROVIDER,
    id="lark",
    name="Lark",
    brand="Lark",
    # Another installation than Feishu, with other users.
    namespace=lambda settings: "lark",
    endpoints={
        "authorize": Endpoint.at("https://accounts.larksuite.com/open-apis/authen/v1/authorize"),
        # The version of before Feishu's: Lark's documentation has no newer one for codes.
        # https://open.larksuite.com/document/uAjLw4CM/ukTMukTMukTM/authentication-management/access-token/get-user-access-token
        "token": Endpoint.at("https://open.larksuite.com/open-apis/authen/v2/oauth/token"),
        "userinfo": Endpoint.at("https://open.larksuite.com/open-apis/authen/v1/user_info"),
    },
    guide=GUIDE,
    summary=_("Members of companies sign in with Lark. For accounts in China, choose Feishu."),
    search_words=("fs", "larksuite", "feishu", "飞书国际版", "bytedance"),
    documentation="https://open.larksuite.com/document/common-capabilities/sso/api/obtain-oauth-code",
    button_labels={},
    copies=exact_callback_url(_("Redirect URL")),
)
