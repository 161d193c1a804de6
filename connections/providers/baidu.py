"""Baidu (百度): sign in with a Baidu account.

https://openauth.baidu.com/doc/doc.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.socialaccount.adapter import get_adapter
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
from connections.signin.failures import SignInFailed, said_by_provider
from connections.signin.people import name_of
from connections.signin.reading import object_of, optional_subject, text

DOCUMENTATION = "https://openauth.baidu.com/doc/doc.html"
CONSOLE = "https://developer.baidu.com/console#app/project"
OPEN_API = "https://openapi.baidu.com"

API_KEY = re.compile(r"[0-9A-Za-z]{24}|[0-9A-Za-z]{32}")
SECRET_KEY = re.compile(r"[0-9A-Za-z]{32}")
APP_ID = re.compile(r"[0-9]{5,12}")
CLOUD_KEY = re.compile(r"bce-v3/.*|ALTAK.*")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")
PORTRAIT = re.compile(r"[0-9A-Za-z_.-]{1,200}")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Baidu gave you.")
A_CLOUD_KEY = _("This is a key of Baidu AI Cloud (百度智能云), which cannot sign people in.")


class BaiduForm(ConnectionForm):
    """What Baidu gives to an app, under its own names."""

    client_id = PastedField(
        label=_("Client ID (API Key)"),
        help_text=_("24 or 32 letters and digits, on the app's page; not the AppID."),
    )
    client_secret = SecretField(
        label=_("Client Secret (Secret Key)"),
        help_text=_("32 letters and digits, beside the API Key."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (APP_ID, _("This is the AppID, a number. The API Key stands below it.")),
                (CLOUD_KEY, A_CLOUD_KEY),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not API_KEY.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("An API Key of Baidu usually has 24 or 32 letters and digits. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        same = re.compile(re.escape(self.cleaned_data.get("client_id") or " "))
        mixed_up(
            value,
            (
                (same, _("This is the API Key. The Secret Key stands below it at Baidu.")),
                (CLOUD_KEY, A_CLOUD_KEY),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not SECRET_KEY.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A Secret Key of Baidu usually has 32 letters and digits. Check it."),
            )
        return value


GUIDE = (
    Step(
        title=_("Create an app at Baidu"),
        body=(
            _(
                "Sign in to 百度开发者中心, open 开发者服务管理 and click 创建工程. "
                "People read the app's name when they are asked."
            ),
        ),
        links=((_("Open Baidu's developer console"), CONSOLE),),
    ),
    Step(
        title=_("Copy the API Key"),
        body=(_("It is on the app's page, below the AppID."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the Secret Key"),
        body=(
            _(
                "It is on the same page. If others may know it, reset it there and "
                "enter the new one here."
            ),
        ),
        field="client_secret",
    ),
    Step(
        title=_("Tell Baidu where people come back to"),
        body=(
            _(
                "Under 安全设置, enter the callback URL from the card “Copy to the provider” as "
                "授权回调页. There is room for ten."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label="授权回调页",
        help=_("Baidu compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

FAULTS = {
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Baidu does not accept the API Key with this Secret Key."),
        fix=_("Copy both again from the app's page."),
    ),
    "redirect_uri_mismatch": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not among the 授权回调页 of the app."),
        fix=_("Copy the callback URL from this page to 安全设置 at Baidu."),
    ),
    "expired_token": Fault(
        outcome=Outcome.RETRY,
        cause=_("Baidu's code had expired."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    # What the address of the profile says, by number.
    "4": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("Baidu has been asked more often than it allows the app."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
    "6": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not read who people are."),
        fix=_("Look at what the app may read in Baidu's console."),
    ),
    "110": Fault(
        outcome=Outcome.RETRY,
        cause=_("Baidu did not take the token that it had just given."),
        fix=_("Nothing to do: the person can begin again."),
    ),
    "111": Fault(
        outcome=Outcome.RETRY,
        cause=_("The token had expired before the profile was read."),
        fix=_("Nothing to do: the person can begin again."),
    ),
}

PICTURES = "https://himg.bdimg.com/sys/portrait/item/"
PICTURE_HOSTS = ("himg.bdimg.com",)


class BaiduAdapter(oauth2.Adapter):
    """Reads the profile with the id that all apps of a developer share."""

    # Baidu's documentation knows no PKCE.
    pkce = False
    authorize_parameters: ClassVar[dict[str, str]] = {"display": "page"}

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            response = session.get(
                self.definition.endpoints["userinfo"].url,
                params={"access_token": access_token, "get_unionid": "1"},
            )
        profile = object_of(response)
        code = profile.get("error_code")
        if code is not None:
            raise said_by_provider(self.definition, str(code))
        unionid, openid = optional_subject(profile, "unionid"), optional_subject(profile, "openid")
        if not openid:
            raise SignInFailed("no_subject")
        return {
            "sub": unionid or openid,
            "unionid": unionid,
            "openid": openid,
            "name": text(profile, "username"),
            "picture": picture_of(text(profile, "portrait")),
        }


def picture_of(portrait: str) -> str:
    """Return the picture's address, of which Baidu tells the last part."""
    return f"{PICTURES}{portrait}" if PORTRAIT.fullmatch(portrait) else ""


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; an app that gets no unionid knows people by its openid alone."""
    return Claims(
        namespace=namespace,
        subject=answer["unionid"],
        keys=((f"baidu-app:{settings['client_id']}", answer["openid"]),),
        # With stars in it.
        name=name_of(answer, ("name",), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
    )


PROVIDER = Definition(
    id="baidu",
    name=_("Baidu / 百度"),
    brand=_("Baidu"),
    summary=_("People sign in with their Baidu account."),
    group=Group.CHINA,
    search_words=("baidu", "百度", "百度帐号", "百度账号", "贴吧"),
    documentation=DOCUMENTATION,
    form=BaiduForm,
    endpoints={
        "authorize": Endpoint("/oauth/2.0/authorize", base=OPEN_API),
        "token": Endpoint("/oauth/2.0/token", base=OPEN_API),
        "userinfo": Endpoint("/rest/2.0/passport/users/getInfo", base=OPEN_API),
    },
    scopes=("basic",),
    login=BaiduAdapter,
    claims=read,
    known_by="`unionid`, and (API Key, `openid`)",
    # One for all apps of a developer's account.
    namespace=lambda settings: "baidu",
    button_labels={"en": "Sign in with Baidu", "zh-hans": "百度账号登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
)
