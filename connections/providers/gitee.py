"""Gitee (码云): sign in with the account of developers in China.

https://gitee.com/api/v5/oauth_doc
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
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
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import json_of, number_as_subject, text

DOCUMENTATION = "https://gitee.com/api/v5/oauth_doc"
APPLICATIONS = "https://gitee.com/oauth/applications"
SITE = "https://gitee.com"

HEX64 = re.compile(r"[0-9a-f]{64}")
PERSONAL_TOKEN = re.compile(r"[0-9a-f]{32}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Gitee gave you.")


class GiteeForm(ConnectionForm):
    """What Gitee gives to a third-party application; both values look the same."""

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("64 digits or a to f, on the application's page."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("Below the Client ID, and of the same shape. Take care which is which."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(value, ((URL_OR_EMAIL, NOT_AN_ID),))
        if not HEX64.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("A Client ID of Gitee usually has 64 digits or a to f. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (
                    PERSONAL_TOKEN,
                    _(
                        "This is somebody's personal token (私人令牌), which opens their account. "
                        "Revoke it, and copy the Client Secret from the application's page."
                    ),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if value == self.cleaned_data.get("client_id"):
            raise ValidationError(
                _("This is the Client ID. The Client Secret stands below it at Gitee."),
                code="mixed_up",
            )
        if not HEX64.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A Client Secret of Gitee usually has 64 digits or a to f. Check it."),
            )
        return value


GUIDE = (
    Step(
        title=_("Create a third-party application"),
        body=(
            _(
                "At Gitee, open 设置, then 第三方应用 under 数据管理, and click 创建应用. "
                "应用名称 is what people read when they are asked; 应用主页 is your website."
            ),
        ),
        links=((_("Open Gitee's third-party applications"), APPLICATIONS),),
    ),
    Step(
        title=_("Tell Gitee where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” as 应用回调地址. "
                "Under 权限, tick user_info and emails. Then click 创建应用."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("It is at the top of the application's page."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the Client Secret"),
        body=(
            _(
                "It stands below the Client ID. If it may have become known, 重置 makes a new one, "
                "and the old one is refused at once: enter the new one here straight away."
            ),
        ),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label="应用回调地址",
        help=_("Gitee compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

FAULTS = {
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Gitee does not accept the Client ID with this Client Secret."),
        fix=_("Copy both again from the application's page; they look alike."),
    ),
    "invalid_redirect_uri": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not the 应用回调地址 of the application."),
        fix=_("Copy the callback URL from this page to the application at Gitee."),
    ),
}

PICTURE_HOSTS = ("foruda.gitee.com",)
# How Gitee says that the application may not see addresses; people sign in without one.
NO_ADDRESSES = {401, 403, 404}


class GiteeAdapter(oauth2.Adapter):
    """Reads the profile and, of the addresses, the primary one if it is confirmed."""

    # Gitee's documentation knows no PKCE.
    pkce = False

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        profile = self.profile("userinfo", access_token)
        return {
            # Names change hands.
            "sub": number_as_subject(profile, "id"),
            "name": text(profile, "name"),
            "login": text(profile, "login"),
            "picture": text(profile, "avatar_url"),
            **self.primary_address(access_token),
        }

    def primary_address(self, access_token: str) -> dict[str, Any]:
        """Return the address that is primary and confirmed, if there is one.

        https://gitee.com/api/v5/swagger#/getV5Emails
        """
        response = self.ask(self.definition.endpoints["emails"].url, access_token)
        if response.status_code in NO_ADDRESSES:
            return {}
        if response.status_code >= 400:
            raise SignInFailed("http_status", code=str(response.status_code))
        addresses = json_of(response)
        if not isinstance(addresses, list):
            raise SignInFailed("malformed")
        for entry in addresses:
            if isinstance(entry, dict) and is_proved(entry):
                return {"email": text(entry, "email"), "email_verified": True}
        return {}


def is_proved(entry: Mapping[str, Any]) -> bool:
    """Whether this is the person's primary address, which Gitee has written to."""
    scope = entry.get("scope")
    primary = isinstance(scope, list) and "primary" in scope
    return primary and entry.get("state") == "confirmed"


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    address, verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name", "login"), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
        address=address,
        address_verified=verified,
        kept={"login": answer["login"][:100]},
    )


PROVIDER = Definition(
    id="gitee",
    name="Gitee / 码云",
    brand="Gitee",
    summary=_("People sign in with their Gitee account."),
    group=Group.CHINA,
    search_words=("gitee", "码云", "mayun", "oschina", "开源中国", "代码"),
    documentation=DOCUMENTATION,
    form=GiteeForm,
    endpoints={
        "authorize": Endpoint("/oauth/authorize", base=SITE),
        "token": Endpoint("/oauth/token", base=SITE),
        "userinfo": Endpoint("/api/v5/user", base=SITE),
        "emails": Endpoint("/api/v5/emails", base=SITE),
    },
    scopes=("user_info", "emails"),
    login=GiteeAdapter,
    claims=read,
    # Gitee numbers all its accounts in one row.
    known_by="the account's number",
    namespace=lambda settings: "gitee",
    button_labels={"en": "Sign in with Gitee", "zh-hans": "使用Gitee登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
)
