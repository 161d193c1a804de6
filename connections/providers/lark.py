"""Lark: sign in with the account of a company at Lark, which is Feishu outside China.

https://open.larksuite.com/document/common-capabilities/sso/api/obtain-oauth-code
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.providers.definition import Copyable, Definition, Endpoint, Group, Step
from connections.providers.feishu import (
    CODE_REFUSED,
    FAULTS,
    PICTURE_HOSTS,
    FeishuAdapter,
    FeishuForm,
    read,
)

DOCUMENTATION = "https://open.larksuite.com/document/common-capabilities/sso/api/obtain-oauth-code"
CONSOLE = "https://open.larksuite.com/app"

GUIDE = (
    Step(
        title=_("Create an app at Lark"),
        body=(
            _(
                "In Lark's Developer Console, click Create Custom App. Then open Add "
                "Features and add Web App."
            ),
        ),
        links=((_("Open Lark's Developer Console"), CONSOLE),),
    ),
    Step(
        title=_("Tell Lark where people come back to"),
        body=(
            _(
                "Under Security Settings, add the callback URL from the card “Copy to "
                "the provider” to Redirect URLs. It must be the same letter by letter."
            ),
        ),
    ),
    Step(
        title=_("Copy the App ID"),
        body=(_("It stands under Credentials & Basic Info and begins with cli_."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the App Secret"),
        body=(_("It stands below the App ID; click the eye to see it."),),
        field="client_secret",
    ),
    Step(
        title=_("Publish the app"),
        body=(
            _(
                "Under Version Management & Release, create a version, choose who may "
                "use it, and have it released. For e-mail addresses, ask under "
                "Permissions & Scopes for contact:user.email:readonly first, and enter it here "
                "as a scope, under Advanced."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Redirect URL"),
        help=_("Lark compares it letter by letter. Where it differs, people read 20029 there."),
        value=lambda site: site.callback_url,
    ),
)

PROVIDER = Definition(
    id="lark",
    name="Lark",
    brand="Lark",
    summary=_("Members of companies sign in with Lark. For accounts in China, choose Feishu."),
    group=Group.CHINA,
    search_words=("larksuite", "feishu", "飞书国际版", "bytedance"),
    documentation=DOCUMENTATION,
    form=FeishuForm,
    endpoints={
        "authorize": Endpoint(
            "/open-apis/authen/v1/authorize", base="https://accounts.larksuite.com"
        ),
        # The version of before Feishu's: Lark's documentation has no newer one for codes.
        # https://open.larksuite.com/document/uAjLw4CM/ukTMukTMukTM/authentication-management/access-token/get-user-access-token
        "token": Endpoint("/open-apis/authen/v2/oauth/token", base="https://open.larksuite.com"),
        "userinfo": Endpoint("/open-apis/authen/v1/user_info", base="https://open.larksuite.com"),
    },
    scopes=(),
    login=FeishuAdapter,
    claims=read,
    known_by="`union_id`, with the company's `tenant_key`",
    # Another installation than Feishu, with people of its own.
    namespace=lambda settings: "lark",
    button_labels={"en": "Sign in with Lark", "zh-hans": "使用Lark登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=CODE_REFUSED,
    picture_hosts=PICTURE_HOSTS,
)
