"""Lark: sign in with a company's account at Lark, which is Feishu outside China."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.providers.definition import Group, callback_under, copy_steps, step
from connections.providers.families.social import social_provider, urls
from connections.providers.feishu import (
    CODE_REFUSED,
    FAULTS,
    FIELDS,
    IDENTITY_CLAIMS,
    MUST_MATCH,
    PICTURE_HOSTS,
    TENANTS,
    FeishuProtocol,
    parse_claims,
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
    callback_under("Security Settings > Redirect URLs", MUST_MATCH),
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

PROVIDER = social_provider(
    "lark",
    "Lark",
    FIELDS,
    GUIDE,
    endpoints=urls(
        "https://accounts.larksuite.com/open-apis/authen/v1/authorize",
        # The version of before Feishu's: Lark's documentation has no newer one for codes.
        # https://open.larksuite.com/document/uAjLw4CM/ukTMukTMukTM/authentication-management/access-token/get-user-access-token
        "https://open.larksuite.com/open-apis/authen/v2/oauth/token",
        userinfo="https://open.larksuite.com/open-apis/authen/v1/user_info",
    ),
    protocol=FeishuProtocol,
    scopes=(),
    # Another installation than Feishu, with other users.
    claims=parse_claims,
    known_by="`union_id`, with the company's `tenant_key`; or (App ID, `open_id`)",
    identity_claims=IDENTITY_CLAIMS,
    tenants=TENANTS,
    summary=_("Members of companies sign in with Lark. For accounts in China, choose Feishu."),
    group=Group.CHINA,
    search_words=("fs", "larksuite", "feishu", "飞书国际版", "bytedance"),
    documentation="https://open.larksuite.com/document/common-capabilities/sso/api/obtain-oauth-code",
    callback_label=_("Redirect URL"),
    faults=FAULTS,
    unknown_code_causes=CODE_REFUSED,
    picture_hosts=PICTURE_HOSTS,
)
