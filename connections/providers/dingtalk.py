"""DingTalk / 钉钉: sign in with a DingTalk account.

https://open.dingtalk.com/document/orgapp/tutorial-obtaining-user-personal-information
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from requests import Response

from connections.claims import Claims
from connections.consoles import ConsoleForm
from connections.forms import PastedField, SecretField, mixed_up
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
from connections.signin.failures import SignInFailed, said_by_provider
from connections.signin.people import address_of, name_of
from connections.signin.reading import object_of, required, text, text_as_subject

DOCUMENTATION = (
    "https://open.dingtalk.com/document/orgapp/tutorial-obtaining-user-personal-information"
)
CONSOLE = "https://open-dev.dingtalk.com"
API = "https://api.dingtalk.com"

CORP_ID = re.compile(r"ding[0-9a-f]{32}|ding[0-9a-f]{16,40}")
NUMBER = re.compile(r"[0-9]{6,15}")


class DingTalkForm(ConsoleForm):
    """What DingTalk gives to an app, and the id of the company that owns it."""

    secret_shape = re.compile(r"(?<![0-9A-Za-z_-])[0-9A-Za-z_-]{64}(?![0-9A-Za-z_-])")
    own = ("dingtalk",)
    id_shape = re.compile(r"(?:ding|suite)[0-9a-z]{12,20}")
    id_doubt = _("A Client ID of DingTalk usually begins with ding. Check it.")
    id_as_secret = _(
        "This is a Client ID. The Client Secret stands below it and has 64 characters."
    )
    mix_ups: ClassVar[tuple[tuple[re.Pattern[str], Text], ...]] = (
        (
            re.compile(r"ding[0-9a-f]{32}"),
            _("This is a CorpId. The Client ID stands under 凭证与基础信息."),
        ),
        (NUMBER, _("This is an AgentId. The Client ID stands beside it and begins with ding.")),
    )
    secret_pattern = re.compile(r"[0-9A-Za-z_-]{64}")
    secret_doubt = _("A Client Secret of DingTalk usually has 64 characters. Check it.")

    client_id = PastedField(
        label=_("Client ID (AppKey)"),
        help_text=_("Under 凭证与基础信息. It begins with ding."),
    )
    client_secret = SecretField(
        label=_("Client Secret (AppSecret)"),
        help_text=_("Under 凭证与基础信息, below the Client ID."),
    )
    corp_id = PastedField(
        label=_("CorpId"),
        help_text=_(
            "Of the company that owns the app, on the console's front page. It begins with ding."
        ),
    )

    def clean_corp_id(self) -> str:
        value = self.lower_cased("corp_id")
        mixed_up(value, self.foreign)
        if value == self.cleaned_data.get("client_id"):
            raise ValidationError(
                _("This is the Client ID. The CorpId is on the console's front page."),
                code="mixed_up",
            )
        if not CORP_ID.fullmatch(value):
            raise ValidationError(
                _(
                    "A CorpId is ding and digits or a to f. You find it on the "
                    "console's front page."
                ),
                code="shape",
            )
        return value


class DingTalkAdapter(oauth2.Adapter):
    """Sends and reads JSON with DingTalk's own names."""

    # DingTalk's documentation knows no PKCE.
    pkce = False
    code_goes_as = "json"
    authorize_parameters: ClassVar[Mapping[str, str]] = {"prompt": "consent"}

    def question(self, request: HttpRequest, client: Any, verifier: str) -> dict[str, str]:
        """https://open.dingtalk.com/document/orgapp/obtain-user-token."""
        return {
            "clientId": client.consumer_key,
            "clientSecret": client.consumer_secret,
            "code": request.GET.get(self.definition.code_parameter, ""),
            "grantType": "authorization_code",
        }

    def checked_token(self, response: Response) -> dict[str, Any]:
        answer = self.understood(response)
        return {"access_token": required(answer, "accessToken", oauth2.TOKEN)}

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """https://open.dingtalk.com/document/orgapp/dingtalk-retrieve-user-information."""
        response = self.asked("userinfo", {}, **{"x-acs-dingtalk-access-token": access_token})
        answer = self.understood(response)
        return {
            # unionId is of the developer's company, openId of the app.
            "sub": text_as_subject(answer, "unionId"),
            "open_id": text_as_subject(answer, "openId"),
            "name": text(answer, "nick"),
            "picture": text(answer, "avatarUrl"),
            "email": text(answer, "email"),
        }

    def understood(self, response: Response) -> dict[str, Any]:
        """Return the answer; raises SignInFailed for an error, which has a word as its code."""
        answer = object_of(response)
        if response.status_code == 403:
            # "Forbidden.AccessDenied…", which is longer than a code of ours.
            raise SignInFailed("no_permission")
        if response.status_code >= 400 or "code" in answer:
            raise said_by_provider(self.definition, answer.get("code"))
        return answer


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; nothing says that DingTalk has proved the address."""
    address, _verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        keys=((f"dingtalk-app:{settings['client_id']}", answer["open_id"]),),
        name=name_of(answer, ("name",), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
        address=address,
    )


GUIDE = (
    Step(
        title=_("Create an app at DingTalk"),
        body=(
            _(
                "Sign in to the DingTalk console as a developer of your company, "
                "open 应用开发 > 钉钉应用 and click 创建应用."
            ),
        ),
        links=((_("Open the DingTalk console"), CONSOLE),),
    ),
    Step(
        title=_("Tell DingTalk where people come back to"),
        body=(
            _(
                "On the app's page, open 安全设置 and add the callback URL from the card "
                "“Copy to the provider” as 重定向URL（回调域名）."
            ),
        ),
    ),
    Step(
        title=_("Let the app read who signs in"),
        body=(
            _(
                "Under 权限管理, search 通讯录个人信息读权限 (Contact.User.Read) and click "
                "申请权限. Then publish a version under 版本管理与发布, which also says who "
                "may use the app."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("It stands under 凭证与基础信息; older apps call it AppKey."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("It stands below the Client ID; older apps call it AppSecret."),),
        field="client_secret",
    ),
    Step(
        title=_("Copy the CorpId"),
        body=(
            _(
                "It stands on the console's front page, beside the company's name. "
                "DingTalk's ids of people (unionId) belong to this company, so the "
                "same person stays the same when you add another app of it."
            ),
        ),
        field="corp_id",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Redirect URL (重定向URL)"),
        # https://open.dingtalk.com/document/orgapp/obtain-identity-credentials
        help=_("DingTalk refuses to send people to a domain that is not entered there."),
        value=lambda site: site.callback_url,
    ),
)

FAULTS = {
    "invalidParameter.authCode.notFound": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code was wrong, too old, or made for another app."),
        fix=_("Make sure that people do not reload the page while they sign in."),
    ),
    "invalidClientIdOrSecret": Fault(
        outcome=Outcome.CONFIG,
        cause=_("DingTalk does not accept the Client ID with this Client Secret."),
        fix=_("Copy both again from 凭证与基础信息, from the same app."),
    ),
    "InvalidAuthentication": Fault(
        outcome=Outcome.RETRY,
        cause=_("DingTalk no longer accepted the access token that it had just given."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
    "no_permission": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not read who signs in."),
        fix=_(
            "Ask for 通讯录个人信息读权限 (Contact.User.Read) under 权限管理, and publish the app."
        ),
    ),
}

PICTURE_HOSTS = ("static-legacy.dingtalk.com", "static.dingtalk.com")

PROVIDER = Definition(
    id="dingtalk",
    name=_("DingTalk"),
    brand=_("DingTalk"),
    summary=_("People sign in with DingTalk, by QR code or with their account."),
    group=Group.CHINA,
    search_words=("钉钉", "dingding", "alibaba", "阿里"),
    documentation=DOCUMENTATION,
    form=DingTalkForm,
    endpoints={
        "authorize": Endpoint("/oauth2/auth", base="https://login.dingtalk.com"),
        "token": Endpoint("/v1.0/oauth2/userAccessToken", base=API),
        "userinfo": Endpoint("/v1.0/contact/users/me", base=API),
    },
    scopes=("openid",),
    login=DingTalkAdapter,
    claims=read,
    code_parameter="authCode",
    # One person has one unionId for all apps of a developer's company, and another elsewhere.
    known_by="`unionId`, with the company",
    namespace=lambda settings: f"dingtalk:{settings['corp_id']}",
    button_labels={"en": "Sign in with DingTalk", "zh-hans": "钉钉登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=frozenset({"invalidParameter.authCode.notFound"}),
    picture_hosts=PICTURE_HOSTS,
)
