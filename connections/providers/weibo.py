"""Weibo / 微博: sign in with a Weibo account.

https://open.weibo.com/wiki/授权机制说明
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
from connections.signin.people import name_of
from connections.signin.reading import object_of, refuse_code, required, text, text_as_subject

DOCUMENTATION = "https://open.weibo.com/wiki/%E6%8E%88%E6%9D%83%E6%9C%BA%E5%88%B6%E8%AF%B4%E6%98%8E"
CONSOLE = "https://open.weibo.com/apps"
API = "https://api.weibo.com"

UID = re.compile(r"[1-9][0-9]{0,19}")


class WeiboForm(ConsoleForm):
    """What Weibo's open platform gives to a 网页应用."""

    secret_shape = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])")
    secret_label = "App Secret"  # noqa: S105 - the name of a field
    id_shape = re.compile(r"[0-9]{8,10}")
    id_doubt = _("An App Key of Weibo is usually a number of 8 to 10 digits. Check it.")
    id_as_secret = _(
        "This is an App Key. The App Secret stands below it and has 32 digits or a to f."
    )
    mix_ups: ClassVar[tuple[tuple[re.Pattern[str], Text], ...]] = (
        (re.compile(r"[0-9a-fA-F]{32}"), _("This is an App Secret. The App Key is a number.")),
    )
    secret_pattern = re.compile(r"[0-9a-fA-F]{32}")
    secret_doubt = _("An App Secret of Weibo usually has 32 digits or a to f. Check it.")

    client_id = PastedField(
        label=_("Client ID (App Key)"),
        help_text=_("Under 应用信息 > 基本信息. It is a number."),
    )
    client_secret = SecretField(
        label=_("Client Secret (App Secret)"),
        help_text=_("Under 应用信息 > 基本信息, below the App Key."),
    )


class WeiboAdapter(oauth2.Adapter):
    """Learns whose the token is with the token, and asks for that person's profile."""

    # Weibo's documentation knows no PKCE.
    pkce = False

    def checked_token(self, response: Response) -> dict[str, Any]:
        """https://open.weibo.com/wiki/OAuth2/access_token."""
        answer = super().checked_token(response)
        uid = text_as_subject(object_of(response), "uid")
        return {**answer, "uid": required({"uid": uid}, "uid", UID)}

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """https://open.weibo.com/wiki/2/users/show."""
        question = {"access_token": access_token, "uid": tokens["uid"]}
        answer = object_of(self.asked("userinfo", question))
        refuse_code(self.definition, answer, "error_code")
        subject = text_as_subject(answer, "idstr")
        if subject != tokens["uid"]:
            raise SignInFailed("sub_mismatch")
        return {
            "sub": subject,
            "name": text(answer, "screen_name"),
            "picture": text(answer, "avatar_large") or text(answer, "profile_image_url"),
        }


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; names change, the number stays."""
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name",), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
    )


GUIDE = (
    Step(
        title=_("Create a web app at Weibo"),
        body=(
            _(
                "Sign in to Weibo's open platform (微博开放平台), have the developer's "
                "data reviewed once, then open 微连接 > 网站接入 and create the app."
            ),
            _(
                "Until the app has passed its review, only accounts entered under 测试信息 "
                "can sign in."
            ),
        ),
        links=((_("Open Weibo's open platform"), CONSOLE),),
    ),
    Step(
        title=_("Tell Weibo where people come back to"),
        body=(
            _(
                "Under 应用信息 > 高级信息, enter the callback URL from the card “Copy to the "
                "provider” as 授权回调页. It must be the same letter by letter."
            ),
        ),
    ),
    Step(
        title=_("Copy the App Key"),
        body=(_("It stands under 应用信息 > 基本信息 and is a number."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the App Secret"),
        body=(_("It stands below the App Key."),),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Callback page (授权回调页)"),
        help=_("Weibo compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

REVIEW = _("Have the app reviewed at Weibo, or enter the account under 测试信息.")

# https://open.weibo.com/wiki/Error_code; words where a code becomes a token, numbers elsewhere.
FAULTS = {
    "redirect_uri_mismatch": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not the one that the app has at Weibo."),
        fix=_("Copy the callback URL from this page into the app's settings."),
    ),
    "expired_token": Fault(
        outcome=Outcome.RETRY,
        cause=_("The access token had expired before the profile was read."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
    "10004": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Weibo does not take questions from this server's address."),
        fix=_("Look at the addresses under 应用信息 > 高级信息 at Weibo."),
    ),
    "10014": Fault(
        outcome=Outcome.CONFIG, cause=_("The app may not read people's profiles."), fix=REVIEW
    ),
    "10022": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("This server has asked Weibo too often."),
        fix=_("Wait an hour, or ask Weibo for a higher quota."),
    ),
    "10023": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The person has asked Weibo too often."),
        fix=_("Nothing to do: the person can try again later."),
    ),
    "20003": Fault(
        outcome=Outcome.REJECT,
        cause=_("The person's account does not exist any more."),
        fix=_("Nothing to do."),
    ),
    "21321": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app has not passed its review, and too many people use it."),
        fix=REVIEW,
    ),
    "21327": Fault(
        outcome=Outcome.RETRY,
        cause=_("The access token had expired before the profile was read."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
    "21332": Fault(
        outcome=Outcome.RETRY,
        cause=_("Weibo no longer accepted the access token that it had just given."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
}

PICTURE_HOSTS = tuple(
    f"{kind}{number}.sinaimg.cn" for kind in ("tvax", "tva", "tp") for number in range(1, 5)
)

PROVIDER = Definition(
    id="weibo",
    name=_("Weibo"),
    brand=_("Weibo"),
    summary=_("People sign in with their Weibo account."),
    group=Group.CHINA,
    search_words=("微博", "新浪", "sina"),
    documentation=DOCUMENTATION,
    form=WeiboForm,
    endpoints={
        "authorize": Endpoint("/oauth2/authorize", base=API),
        "token": Endpoint("/oauth2/access_token", base=API),
        "userinfo": Endpoint("/2/users/show.json", base=API),
    },
    # The profile of who signs in needs none.
    scopes=(),
    login=WeiboAdapter,
    claims=read,
    known_by="`uid`",
    namespace=lambda settings: "weibo",
    button_labels={"en": "Sign in with Weibo", "zh-hans": "微博登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
)
