"""Douyin (抖音): sign in by scanning with Douyin, or with a phone number.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/web/permission
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.socialaccount.adapter import get_adapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from requests import Response

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
    https_only,
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed, said_by_provider
from connections.signin.oauth2 import TOKEN
from connections.signin.people import name_of
from connections.signin.reading import object_of, optional_subject, required, text, text_as_subject

DOCUMENTATION = (
    "https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/web/permission"
)
CONSOLE = "https://developer.open-douyin.com/console"
OPEN = "https://open.douyin.com"

CLIENT_KEY = re.compile(r"aw[0-9a-z]{14}")
MINI_APP_ID = re.compile(r"tt[0-9a-f]{14,20}")
CLIENT_SECRET = re.compile(r"[0-9a-f]{32}")
ANY_SECRET = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{32}(?![0-9a-fA-F])")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Douyin gave you.")


class DouyinForm(ConnectionForm):
    """What Douyin gives to a 网站应用, under its own names."""

    secret_shape = ANY_SECRET

    client_id = PastedField(
        label=_("Client ID (Client Key)"),
        help_text=_("It begins with aw, under 应用信息 of the 网站应用."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("32 digits or a to f, beside the Client Key."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (
                    MINI_APP_ID,
                    _("This is the AppID of a mini program (小程序). Create a 网站应用."),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CLIENT_KEY.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("A Client Key usually begins with aw and has 16 letters and digits. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (CLIENT_KEY, _("This is the Client Key. The Client Secret stands beside it.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CLIENT_SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A Client Secret of Douyin usually has 32 digits or a to f. Check it."),
            )
        return value


GUIDE = (
    Step(
        title=_("Create a 网站应用 at Douyin"),
        body=(
            _(
                "In the 控制台 of 抖音开放平台, under 我的应用, create a 网站应用 and submit it. "
                "Douyin reviews it; only companies are admitted."
            ),
        ),
        links=((_("Open Douyin's console"), CONSOLE),),
    ),
    Step(
        title=_("Copy the Client Key"),
        body=(_("It is under 应用信息 when the app has passed the review."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the Client Secret"),
        body=(_("It is beside the Client Key. Douyin asks who you are before it shows it."),),
        field="client_secret",
    ),
    Step(
        title=_("Tell Douyin where people come back to"),
        body=(
            _(
                "Under 授权回调, enter the callback URL from the card “Copy to the "
                "provider”, or the bare host where the console asks for a domain "
                "(域名). Under 能力管理, make sure that the app has user_info (用户公开信息)."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label="授权回调",
        help=_("Douyin compares its host with the one that is entered there."),
        value=lambda site: site.callback_url,
    ),
    Copyable(
        id="host",
        label=_("Callback host"),
        help=_("For places that take the bare host, without https:// and without a path."),
        value=lambda site: site.host,
    ),
)

ASK_DOUYIN = _("Nothing to do unless it goes on; then ask the provider.")
BEGIN_AGAIN = _("Nothing to do: the person can begin again.")
BUSY = Fault(outcome=Outcome.TEMPORARY, cause=_("Douyin said that it is busy."), fix=ASK_DOUYIN)
WRONG_PARAMETER = Fault(
    outcome=Outcome.CONFIG,
    cause=_("Douyin found the request wrong."),
    fix=_("Compare the Client Key and the callback URL with Douyin's console."),
)
EXPIRED = Fault(
    outcome=Outcome.RETRY,
    cause=_("Douyin's token was not valid any more."),
    fix=BEGIN_AGAIN,
)
NO_ABILITY = Fault(
    outcome=Outcome.CONFIG,
    cause=_("The app may not read who people are."),
    fix=_("Apply for user_info (用户公开信息) under 能力管理."),
)
# https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/status-code
FAULTS = {
    "10002": WRONG_PARAMETER,
    "10003": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Douyin does not know the Client Key."),
        fix=_("Copy it again from 应用信息 of the 网站应用."),
    ),
    "10007": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code was used or too old."),
        fix=BEGIN_AGAIN,
    ),
    "10008": EXPIRED,
    "10013": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Douyin does not accept the Client Key with this Client Secret."),
        fix=_("Copy both again from 应用信息."),
    ),
    "2100004": BUSY,
    "2100005": WRONG_PARAMETER,
    "2190008": EXPIRED,
    "28001003": EXPIRED,
    "28001005": BUSY,
    "28001006": BUSY,
    "28001007": WRONG_PARAMETER,
    "28001008": EXPIRED,
    "28001012": Fault(
        outcome=Outcome.RETRY,
        cause=_("The person had not allowed the app to know who it is."),
        fix=_("Nothing to do: the person can try again and allow it."),
    ),
    "28001014": NO_ABILITY,
    "28001016": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Douyin has banned the app or taken it offline."),
        fix=_("Look into Douyin's console for the reason."),
    ),
    "28001018": NO_ABILITY,
    "28001045": Fault(
        outcome=Outcome.POLICY,
        cause=_("The person has closed the account at Douyin."),
        fix=_("Nothing to do."),
        public=_("This Douyin account has been closed."),
    ),
    "28001046": Fault(
        outcome=Outcome.POLICY,
        cause=_("Douyin has banned the person."),
        fix=_("Nothing to do."),
        public=_("Douyin does not let this account sign in anywhere."),
    ),
}

PICTURE_HOSTS = tuple(f"p{number}.douyinpic.com" for number in (3, 6, 9, 11, 26))


class DouyinAdapter(oauth2.Adapter):
    """Everything comes in an envelope, and errors with status 200."""

    names: ClassVar[dict[str, str]] = {"client_id": "client_key"}
    scope_delimiter = ","
    # Douyin's documentation knows no PKCE.
    pkce = False

    def question(self, request: HttpRequest, client: Any, verifier: str) -> dict[str, str]:
        question = super().question(request, client, verifier)
        # Not among the parameters that Douyin documents.
        del question["redirect_uri"]
        return question

    def checked_token(self, response: Response) -> dict[str, Any]:
        data = self.unwrapped(response)
        return {
            "access_token": required(data, "access_token", TOKEN),
            "open_id": text_as_subject(data, "open_id"),
        }

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            response = session.post(
                self.definition.endpoints["userinfo"].url,
                data={"access_token": access_token, "open_id": tokens["open_id"]},
                headers={"access-token": access_token},
            )
        profile = self.unwrapped(response)
        if text_as_subject(profile, "open_id") != tokens["open_id"]:
            raise SignInFailed("sub_mismatch")
        union_id = optional_subject(profile, "union_id")
        return {
            "sub": union_id or tokens["open_id"],
            "union_id": union_id,
            "open_id": tokens["open_id"],
            "name": text(profile, "nickname"),
            "picture": text(profile, "avatar"),
        }

    def unwrapped(self, response: Response) -> dict[str, Any]:
        """Return the content of the envelope; raises SignInFailed for an error in it."""
        data = object_of(response).get("data")
        if not isinstance(data, dict):
            raise SignInFailed("malformed")
        # A number in most answers, a text in some.
        code = str(data.get("error_code", 0))
        if code != "0":
            raise said_by_provider(self.definition, code)
        return data


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; an app that gets no union_id knows people by its open_id alone."""
    return Claims(
        namespace=namespace,
        subject=answer["union_id"],
        keys=((f"douyin-app:{settings['client_id']}", answer["open_id"]),),
        name=name_of(answer, ("name",), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
    )


PROVIDER = Definition(
    id="douyin",
    name=_("Douyin / 抖音"),
    brand=_("Douyin"),
    summary=_("People scan a QR code with Douyin, or use their phone number there."),
    group=Group.CHINA,
    search_words=("douyin", "抖音", "tiktok china", "字节", "bytedance"),
    documentation=DOCUMENTATION,
    form=DouyinForm,
    endpoints={
        "authorize": Endpoint("/platform/oauth/connect/", base=OPEN),
        "token": Endpoint("/oauth/access_token/", base=OPEN),
        "userinfo": Endpoint("/oauth/userinfo/", base=OPEN),
    },
    scopes=("user_info",),
    login=DouyinAdapter,
    claims=read,
    known_by="`union_id`, and (Client Key, `open_id`)",
    # One for all apps of a developer's account.
    namespace=lambda settings: "douyin",
    button_labels={"en": "Sign in with Douyin", "zh-hans": "抖音登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=frozenset({"10007"}),
    picture_hosts=PICTURE_HOSTS,
    site_warning=https_only(_("Douyin")),
)
