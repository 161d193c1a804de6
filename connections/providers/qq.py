"""QQ: sign in with a QQ account by QQ互联.

https://wiki.connect.qq.com/准备工作_oauth2-0
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from requests import Response

from connections.claims import Claims
from connections.consoles import ConsoleForm, is_no_domain
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
    Site,
    Step,
    Text,
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import name_of
from connections.signin.reading import (
    json_in,
    object_of,
    refuse_code,
    required,
    text,
    text_as_subject,
)

DOCUMENTATION = "https://wiki.connect.qq.com/%E5%87%86%E5%A4%87%E5%B7%A5%E4%BD%9C_oauth2-0"
CONSOLE = "https://connect.qq.com/manage.html"
API = "https://graph.qq.com"

APP_ID = re.compile(r"1[0-9]{8,9}")
CALLBACK = re.compile(rb"\s*callback\(\s*(\{.*\})\s*\)\s*;?\s*", re.DOTALL)
# "companyid not set": the app has not asked for unionids.
NO_UNIONID = 100048


class QQForm(ConsoleForm):
    """What QQ互联 gives to a 网站应用."""

    secret_shape = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])")
    secret_label = "APP Key"  # noqa: S105 - the name of a field
    id_shape = APP_ID
    id_doubt = _(
        "An APP ID of QQ is usually a number of 9 or 10 digits that begins with 10. Check it."
    )
    id_as_secret = _("This is an APP ID. The APP Key stands beside it and is longer.")
    mix_ups: ClassVar[tuple[tuple[re.Pattern[str], Text], ...]] = (
        (re.compile(r"[0-9a-fA-F]{32}"), _("This is an APP Key. The APP ID is a number.")),
    )
    secret_pattern = re.compile(r"[0-9a-fA-F]{32}|[0-9A-Za-z]{16}")
    secret_doubt = _(
        "An APP Key of QQ usually has 32 digits or a to f, or 16 letters and digits. Check it."
    )

    client_id = PastedField(
        label=_("Client ID (APP ID)"),
        help_text=_("On the page of the 网站应用. It is a number."),
    )
    client_secret = SecretField(
        label=_("Client Secret (APP Key)"),
        help_text=_("On the page of the 网站应用, beside the APP ID."),
    )


class QQAdapter(oauth2.Adapter):
    """Asks three times: for a token, for whose it is, and for the profile."""

    # https://wiki.connect.qq.com/使用authorization_code获取access_token: it says GET, and knows no
    # PKCE.
    pkce = False
    code_goes_by = "GET"
    code_goes_as = "params"
    scope_delimiter = ","
    token_parameters: ClassVar[Mapping[str, str]] = {"fmt": "json"}

    def checked_token(self, response: Response) -> dict[str, Any]:
        answer = self.understood(response)
        refuse_code(self.definition, answer, "error")
        return {"access_token": required(answer, "access_token", oauth2.TOKEN)}

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        ids = self.ids(access_token)
        openid = text_as_subject(ids, "openid")
        profile = self.profile_of(access_token, openid)
        return {
            "sub": openid,
            "unionid": text_as_subject(ids, "unionid") if ids.get("unionid") else "",
            "name": text(profile, "nickname"),
            "picture": text(profile, "figureurl_qq_2") or text(profile, "figureurl_qq_1"),
        }

    def ids(self, access_token: str) -> dict[str, Any]:
        """Return whose token it is, with the unionid where the app may have it.

        https://wiki.connect.qq.com/unionid介绍
        """
        question = {"access_token": access_token, "fmt": "json"}
        answer = self.understood(self.asked("me", {**question, "unionid": "1"}))
        if answer.get("error") == NO_UNIONID:
            answer = self.understood(self.asked("me", question))
        refuse_code(self.definition, answer, "error")
        return answer

    def profile_of(self, access_token: str, openid: str) -> dict[str, Any]:
        """https://wiki.connect.qq.com/get_user_info."""
        answer = object_of(
            self.asked(
                "userinfo",
                {
                    "access_token": access_token,
                    "oauth_consumer_key": self.get_provider().app.client_id,
                    "openid": openid,
                },
            )
        )
        refuse_code(self.definition, answer, "ret")
        return answer

    def understood(self, response: Response) -> dict[str, Any]:
        """Return the JSON object, which stands in a call where QQ overlooks fmt=json."""
        found = CALLBACK.fullmatch(response.content)
        answer = json_in(found[1]) if found else object_of(response)
        if not isinstance(answer, dict):
            raise SignInFailed("malformed")
        return answer


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person: by the unionid, or by the app's openid where there is none."""
    return Claims(
        namespace=namespace,
        subject=answer["unionid"],
        keys=((f"qq-app:{settings['client_id']}", answer["sub"]),),
        name=name_of(answer, ("name",), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
    )


def site_warning(site: Site) -> Text | None:
    """Say why QQ will not send people back to this site.

    https://wiki.connect.qq.com/回调地址常见问题及修改方法
    """
    if is_no_domain(site):
        return _(
            "QQ sends people back only to a website that it has reviewed, with an "
            "ICP number. They will read “redirect uri is illegal” (100010) there "
            "until the sign-in page has such a host."
        )
    if ":" in site.host:
        return _(
            "QQ takes no callback address with a port. Serve the sign-in page at the usual one."
        )
    return None


GUIDE = (
    Step(
        title=_("Create a 网站应用 at QQ互联"),
        body=(
            _(
                "Sign in to QQ互联 with the QQ number of your company, and have the "
                "developer's data reviewed once. Then open 应用管理 > 网站应用 and click "
                "创建应用."
            ),
            _(
                "The website needs an ICP number. The review takes some days; "
                "before it is passed, only the developer's own QQ number can sign "
                "in."
            ),
        ),
        links=((_("Open QQ互联"), CONSOLE),),
    ),
    Step(
        title=_("Tell QQ where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” as 网站回调域. "
                "Several are separated by semicolons. A change needs no review, and may take half "
                "an hour to have an effect."
            ),
        ),
    ),
    Step(
        title=_("Ask for unionids"),
        body=(
            _(
                "On the app's page, apply for UnionID. With it, the same person stays "
                "the same in all your QQ apps; without it, people are known by this app "
                "alone."
            ),
        ),
    ),
    Step(
        title=_("Copy the APP ID"),
        body=(_("It stands at the top of the app's page and is a number."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the APP Key"),
        body=(_("It stands beside the APP ID."),),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Callback address (网站回调域)"),
        help=_("QQ wants the whole address, with https:// and the path."),
        value=lambda site: site.callback_url,
    ),
)

BEGIN_AGAIN = _("Nothing to do unless it goes on; then ask the provider.")
REVIEW = _("Look at the app's state at QQ互联.")
RELOADED = _("Make sure that people do not reload the page while they sign in.")

# https://wiki.connect.qq.com/公共返回码说明
FAULTS = {
    "100001": Fault(
        outcome=Outcome.CONFIG,
        cause=_("QQ received no APP ID."),
        fix=_("Enter the APP ID and save the connection."),
    ),
    "100002": Fault(
        outcome=Outcome.CONFIG,
        cause=_("QQ received no APP Key."),
        fix=_("Enter the APP Key and save the connection."),
    ),
    "100008": Fault(
        outcome=Outcome.CONFIG,
        cause=_("QQ does not know the APP ID."),
        fix=_("Compare the APP ID with the app's page at QQ互联."),
    ),
    "100009": Fault(
        outcome=Outcome.CONFIG,
        cause=_("QQ does not accept the APP Key."),
        fix=_("Copy the APP Key again from the app's page at QQ互联."),
    ),
    "100010": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not among the app's 网站回调域."),
        fix=_("Copy the callback URL from this page into the app's settings."),
    ),
    "100011": Fault(outcome=Outcome.CONFIG, cause=_("The app is not online at QQ."), fix=REVIEW),
    "100013": Fault(
        outcome=Outcome.RETRY,
        cause=_("QQ no longer accepted the access token that it had just given."),
        fix=BEGIN_AGAIN,
    ),
    "100014": Fault(
        outcome=Outcome.RETRY,
        cause=_("The access token had expired before the profile was read."),
        fix=BEGIN_AGAIN,
    ),
    "100015": Fault(
        outcome=Outcome.RETRY,
        cause=_("QQ no longer accepted the access token that it had just given."),
        fix=BEGIN_AGAIN,
    ),
    "100016": Fault(
        outcome=Outcome.RETRY,
        cause=_("QQ no longer accepted the access token that it had just given."),
        fix=BEGIN_AGAIN,
    ),
    "100019": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code was wrong, too old, or made for another app."),
        fix=RELOADED,
    ),
    "100020": Fault(
        outcome=Outcome.RETRY, cause=_("The code had been used already."), fix=RELOADED
    ),
    "100030": Fault(
        outcome=Outcome.RETRY,
        cause=_("The person had not allowed the app to read the profile."),
        fix=_("Nothing to do: the person can try again and allow it."),
    ),
    "100031": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not read people's profiles."),
        fix=_("Apply for get_user_info on the app's page at QQ互联."),
    ),
    "1003": Fault(
        outcome=Outcome.POLICY,
        cause=_("QQ has frozen this person's account."),
        fix=_("Only the person can settle this with QQ."),
        public=_("QQ does not let this account sign in."),
    ),
}

PICTURE_HOSTS = ("thirdqq.qlogo.cn", "q.qlogo.cn", "qzapp.qlogo.cn")

PROVIDER = Definition(
    id="qq",
    name="QQ",
    brand="QQ",
    summary=_("People sign in with their QQ account."),
    group=Group.CHINA,
    search_words=("tencent", "腾讯", "qq互联", "qq connect", "企鹅"),
    documentation=DOCUMENTATION,
    form=QQForm,
    endpoints={
        "authorize": Endpoint("/oauth2.0/authorize", base=API),
        "token": Endpoint("/oauth2.0/token", base=API),
        "me": Endpoint("/oauth2.0/me", base=API),
        "userinfo": Endpoint("/user/get_user_info", base=API),
    },
    scopes=("get_user_info",),
    login=QQAdapter,
    claims=read,
    # A unionid is of one developer's account, to which QQ gives no name; it is a random number of
    # 128 bits, so those of two developers do not meet.
    known_by="`unionid`; without one, the app's `openid`",
    namespace=lambda settings: "qq",
    button_labels={"en": "Sign in with QQ", "zh-hans": "QQ登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=frozenset({"100019", "100020"}),
    picture_hosts=PICTURE_HOSTS,
    site_warning=site_warning,
)
