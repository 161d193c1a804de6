"""Feishu / 飞书: sign in with the account of a company at Feishu; Lark is the same elsewhere.

https://open.feishu.cn/document/common-capabilities/sso/api/obtain-oauth-code
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from requests import Response

from connections.claims import Claims
from connections.consoles import ConsoleForm
from connections.forms import PastedField, SecretField
from connections.models import Outcome
from connections.pictures import safe_picture
from connections.providers.definition import (
    Copyable,
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
    Text,
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import object_of, refuse_code, text, text_as_subject

DOCUMENTATION = "https://open.feishu.cn/document/common-capabilities/sso/api/obtain-oauth-code"
CONSOLE = "https://open.feishu.cn/app"

APP_ID = re.compile(r"cli_[0-9a-z]{12,24}")


class FeishuForm(ConsoleForm):
    """What Feishu and Lark give to an app."""

    secret_shape = re.compile(
        r"(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])(?=[0-9A-Z]*[a-z])(?=[0-9a-z]*[A-Z])"
        r"[0-9A-Za-z]{32}(?![0-9A-Za-z])"
    )
    secret_label = "App Secret"  # noqa: S105 - the name of a field
    advanced: ClassVar[tuple[str, ...]] = ("scopes",)
    own = ("feishu",)
    id_shape = APP_ID
    id_doubt = _("An App ID usually begins with cli_. Check it.")
    id_as_secret = _(
        "This is an App ID. The App Secret stands below it and has 32 letters and digits."
    )
    mix_ups: ClassVar[tuple[tuple[re.Pattern[str], Text], ...]] = (
        (
            re.compile(r"(?:ou|on|oc)_.*"),
            _("This is the id of a person or a chat. The App ID begins with cli_."),
        ),
    )
    secret_pattern = re.compile(r"[0-9A-Za-z]{32}")
    secret_doubt = _("An App Secret usually has 32 letters and digits. Check it.")

    client_id = PastedField(
        label=_("Client ID (App ID)"),
        help_text=_("Under Credentials & Basic Info (凭证与基础信息). It begins with cli_."),
    )
    client_secret = SecretField(
        label=_("Client Secret (App Secret)"),
        help_text=_("Under Credentials & Basic Info (凭证与基础信息), below the App ID."),
    )
    scopes = PastedField(
        label=_("Scopes"),
        required=False,
        help_text=_(
            "For e-mail addresses: contact:user.email:readonly, once the app has this permission. "
            "Without it, people read the error 20027."
        ),
    )

    def clean_scopes(self) -> str:
        words: list[str] = self.cleaned_data["scopes"].split()
        # A word that is there twice is an error to both.
        return " ".join(dict.fromkeys(words))


class FeishuAdapter(oauth2.Adapter):
    """Sends JSON; a number in the answer says whether it is an error (Lark's is a text)."""

    code_goes_as = "json"

    def checked_token(self, response: Response) -> dict[str, Any]:
        """Return the tokens; raises SignInFailed for an error, by its number or by its word."""
        answer = object_of(response)
        if str(answer.get("code")) in self.definition.faults or "error" not in answer:
            refuse_code(self.definition, answer, "code")
        return super().checked_token(response)

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/authen-v1/user_info/get."""
        token = {"Authorization": f"Bearer {access_token}"}
        answer = object_of(self.asked("userinfo", {}, **token))
        refuse_code(self.definition, answer, "code")
        data = answer.get("data")
        if not isinstance(data, dict):
            raise SignInFailed("malformed")
        return {
            # union_id is of the developer, open_id of the app, tenant_key of the company.
            "sub": text_as_subject(data, "union_id"),
            "open_id": text_as_subject(data, "open_id"),
            "tenant": text_as_subject(data, "tenant_key"),
            "name": text(data, "name"),
            "en_name": text(data, "en_name"),
            "picture": text(data, "avatar_url"),
            "email": text(data, "enterprise_email") or text(data, "email"),
        }


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person, in the company that Feishu names.

    Addresses are what the company's administrators entered; Feishu says that nobody proved them.
    """
    address, _verified = address_of(answer)
    return Claims(
        namespace=f"{namespace}:{answer['tenant']}",
        subject=answer["sub"],
        keys=((f"{namespace}-app:{settings['client_id']}", answer["open_id"]),),
        name=name_of(answer, ("name", "en_name"), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
        address=address,
    )


GUIDE = (
    Step(
        title=_("Create an app at Feishu"),
        body=(
            _(
                "In the Feishu developer console (开发者后台), click 创建企业自建应用. Then open "
                "添加应用能力 and add 网页应用."
            ),
        ),
        links=((_("Open the Feishu developer console"), CONSOLE),),
    ),
    Step(
        title=_("Tell Feishu where people come back to"),
        body=(
            _(
                "Under 安全设置, add the callback URL from the card “Copy to the provider” "
                "as 重定向URL. It must be the same letter by letter."
            ),
        ),
    ),
    Step(
        title=_("Copy the App ID"),
        body=(_("It stands under 凭证与基础信息 and begins with cli_."),),
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
                "Under 版本管理与发布, create a version, choose under 可用范围 who may use it, and "
                "have it published. For e-mail addresses, ask under 权限管理 for 获取用户邮箱信息 "
                "first, and enter contact:user.email:readonly here as a scope, under Advanced."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Redirect URL (重定向URL)"),
        help=_("Feishu compares it letter by letter. Where it differs, people read 20029 there."),
        value=lambda site: site.callback_url,
    ),
)

CONFIGURED = _("Copy the App ID and the App Secret again from the console, from the same app.")
RELOADED = _("Make sure that people do not reload the page while they sign in.")
INACTIVE = Fault(
    outcome=Outcome.POLICY,
    cause=_("The person's account is suspended, or has not been activated."),
    fix=_("An administrator of the person's company can activate it."),
    public=_(
        "Your account is suspended or has not been activated. Ask your company's administrator."
    ),
)

# https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/authentication-management/access-token/get-user-access-token
FAULTS = {
    "20002": Fault(outcome=Outcome.CONFIG, cause=_("The App Secret is wrong."), fix=CONFIGURED),
    "20003": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code was wrong, too old, or made for another app."),
        fix=RELOADED,
    ),
    "20004": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code had expired."),
        fix=_("Nothing to do: the person took too long and can try again."),
    ),
    "20008": Fault(
        outcome=Outcome.REJECT,
        cause=_("The person's account does not exist any more."),
        fix=_("Nothing to do."),
    ),
    "20009": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The person's company has not installed the app."),
        fix=_("Publish the app, or have that company install it."),
    ),
    "20010": Fault(
        outcome=Outcome.POLICY,
        cause=_("The person is not among those who may use the app."),
        fix=_("Add the person to the app's availability (可用范围) and publish a new version."),
        public=_("Your company has not allowed you to use this app. Ask its administrator."),
    ),
    "20024": Fault(
        outcome=Outcome.CONFIG, cause=_("The code was made for another app."), fix=CONFIGURED
    ),
    "20048": Fault(
        outcome=Outcome.CONFIG, cause=_("There is no app with this App ID."), fix=CONFIGURED
    ),
    "20049": Fault(
        outcome=Outcome.RETRY,
        cause=_("The proof of who began the sign-in (PKCE) did not match."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    "20050": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider answered with an error of its server."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
    "20065": Fault(outcome=Outcome.RETRY, cause=_("The code had been used already."), fix=RELOADED),
    "20066": INACTIVE,
    "20069": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app is switched off."),
        fix=_("Switch it on in the console, and publish it."),
    ),
    "20071": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not the one with which the sign-in began."),
        fix=_("Copy the callback URL from this page into the app's settings."),
    ),
    # https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/authen-v1/user_info/get
    "20005": Fault(
        outcome=Outcome.RETRY,
        cause=_("The provider no longer accepted the access token that it had just given."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
    "20021": Fault(
        outcome=Outcome.POLICY,
        cause=_("The person has left the company."),
        fix=_("Nothing to do."),
        public=_("Your account is no longer a member of the company."),
    ),
    "20022": INACTIVE,
    "20023": INACTIVE,
}

# A code that it never gave is one that it does not find.
CODE_REFUSED = frozenset({"20003", "invalid_grant"})

# Where people's pictures are, as answers show; the documentation does not say.
PICTURE_HOSTS = (
    "s1-imfile.feishucdn.com",
    "s3-imfile.feishucdn.com",
    "internal-api-lark-file.feishu.cn",
    "internal-api-lark-file.larksuite.com",
)

PROVIDER = Definition(
    id="feishu",
    name=_("Feishu"),
    brand=_("Feishu"),
    summary=_("Members of companies sign in with Feishu. For accounts outside China, choose Lark."),
    group=Group.CHINA,
    search_words=("飞书", "lark", "bytedance", "字节跳动"),
    documentation=DOCUMENTATION,
    form=FeishuForm,
    endpoints={
        "authorize": Endpoint("/open-apis/authen/v1/authorize", base="https://accounts.feishu.cn"),
        "token": Endpoint("/oauth/v3/token", base="https://accounts.feishu.cn"),
        "userinfo": Endpoint("/open-apis/authen/v1/user_info", base="https://open.feishu.cn"),
    },
    # Who somebody is needs none; addresses need a permission of the app.
    scopes=(),
    login=FeishuAdapter,
    claims=read,
    known_by="`union_id`, with the company's `tenant_key`",
    namespace=lambda settings: "feishu",
    button_labels={"en": "Sign in with Feishu", "zh-hans": "飞书登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=CODE_REFUSED,
    picture_hosts=PICTURE_HOSTS,
)
