"""TikTok: sign in with a TikTok account, by Login Kit for Web.

https://developers.tiktok.com/doc/login-kit-web
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.normalise import printable
from connections.pictures import safe_picture
from connections.providers.definition import (
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
    exact_callback_url,
    https_only,
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import name_of
from connections.signin.reading import text, text_as_subject

DOCUMENTATION = "https://developers.tiktok.com/doc/login-kit-web"
CONSOLE = "https://developers.tiktok.com/apps"
PICTURE_HOSTS = (
    "p16-sign-va.tiktokcdn.com",
    "p16-sign-sg.tiktokcdn.com",
    "p16-amd-va.tiktokcdn.com",
    "p77-sign-va.tiktokcdn.com",
    "p77-sign-sg.tiktokcdn.com",
    "p16-sign.tiktokcdn-us.com",
)

CLIENT_KEY = re.compile(r"(?:sb)?aw[0-9a-z]{14,18}")
CLIENT_SECRET = re.compile(r"[0-9A-Za-z]{32}")
APP_ID = re.compile(r"[0-9]{15,22}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")


class TikTokForm(ConnectionForm):
    """What TikTok for Developers shows of an app."""

    client_id = PastedField(
        label=_("Client ID (Client key)"),
        help_text=_("It usually begins with aw, that of a Sandbox with sbaw."),
    )
    client_secret = SecretField(
        label=_("Client Secret"), help_text=_("Below the client key, hidden at first.")
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (APP_ID, _("This is the App ID. The client key has letters and digits.")),
                (CLIENT_SECRET, _("This looks like the client secret. The client key is shorter.")),
                (
                    URL_OR_EMAIL,
                    _("This is a web or e-mail address, and not the client key."),
                ),
            ),
        )
        if not CLIENT_KEY.fullmatch(value):
            self.warn(
                "client_id", "shape", _("A client key of TikTok usually begins with aw. Check it.")
            )
        return value


class TikTokAdapter(oauth2.Adapter):
    """TikTok calls the client id a key, and puts the profile below two levels."""

    names: ClassVar[Mapping[str, str]] = {"client_id": "client_key"}
    scope_delimiter = ","
    # Login Kit for Web has no PKCE; the one for desktops has one of its own, in hexadecimal.
    pkce: ClassVar[bool] = False

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        # https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info/
        answer = self.profile("userinfo", access_token)
        error = answer.get("error")
        code = error.get("code") if isinstance(error, dict) else None
        data = answer.get("data")
        user = data.get("user") if isinstance(data, dict) else None
        if code != "ok" or not isinstance(user, dict):
            raise SignInFailed("profile_refused", code=printable(str(code)))
        return {
            "sub": text_as_subject(user, "union_id"),
            "open_id": text_as_subject(user, "open_id"),
            "name": text(user, "display_name"),
            "picture": text(user, "avatar_url"),
        }


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; TikTok tells no address."""
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        keys=((f"tiktok-app:{settings['client_id']}", answer["open_id"]),),
        name=name_of(answer, ("name",), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
    )


GUIDE = (
    Step(
        title=_("Create an app"),
        body=(
            _(
                "At TikTok for Developers, open Manage apps, click Connect an app, and select who "
                "owns it. Add the product Login Kit, with the platform Web and the scope "
                "user.info.basic."
            ),
            _(
                "TikTok reviews the app before it lets people sign in. Until then, a Sandbox "
                "lets in its target users; it has a client key and a client secret of its own."
            ),
        ),
        links=((_("Open TikTok for Developers"), CONSOLE),),
    ),
    Step(
        title=_("Tell TikTok where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under Login Kit > "
                "Redirect URI > Web. There is room for ten."
            ),
        ),
    ),
    Step(
        title=_("Copy the client key"),
        body=(_("On the app's page, under Credentials."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("It stands below the client key; click the eye."),),
        field="client_secret",
    ),
)

COPIES = exact_callback_url(_("Redirect URI"))

# https://developers.tiktok.com/doc/oauth-error-handling
FAULTS = {
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("TikTok does not accept the client key with this client secret."),
        fix=_("Copy both again from the app's page."),
    ),
    "unauthorized_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("TikTok has not released the app for sign-in."),
        fix=_("See that Login Kit is among its products and that the review is through."),
    ),
}

PROVIDER = Definition(
    id="tiktok",
    name="TikTok",
    brand="TikTok",
    summary=_("People sign in with their TikTok account."),
    group=Group.SOCIAL,
    search_words=("login kit", "bytedance"),
    documentation=DOCUMENTATION,
    form=TikTokForm,
    endpoints={
        "authorize": Endpoint("/v2/auth/authorize/", base="https://www.tiktok.com"),
        "token": Endpoint("/v2/oauth/token/", base="https://open.tiktokapis.com"),
        "userinfo": Endpoint(
            "/v2/user/info/?fields=open_id,union_id,avatar_url,display_name",
            base="https://open.tiktokapis.com",
        ),
    },
    scopes=("user.info.basic",),
    login=TikTokAdapter,
    claims=read,
    known_by="`union_id`, the same in all apps of a developer, with the app's `open_id` beside it",
    namespace=lambda settings: "tiktok",
    button_labels={"en": "Sign in with TikTok", "zh-hans": "使用TikTok登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
    site_warning=https_only("TikTok"),
)
