"""Naver: sign in with a Naver ID.

https://developers.naver.com/docs/login/api/api.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.normalise import printable
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
from connections.signin.reading import text, text_as_subject

DOCUMENTATION = "https://developers.naver.com/docs/login/api/api.md"
CONSOLE = "https://developers.naver.com/apps/#/register"
PICTURE_HOSTS = ("phinf.pstatic.net", "ssl.pstatic.net")

CLIENT_ID = re.compile(r"[0-9A-Za-z_]{20}")
CLIENT_SECRET = re.compile(r"[0-9A-Za-z_]{10}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")


class NaverForm(ConnectionForm):
    """What Naver Developers shows of an application."""

    client_id = PastedField(label=_("Client ID"), help_text=_("20 letters and digits."))
    client_secret = SecretField(
        label=_("Client Secret"), help_text=_("10 letters and digits, hidden at first.")
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (CLIENT_SECRET, _("This looks like the client secret. The Client ID is longer.")),
                (
                    URL_OR_EMAIL,
                    _("This is a web or e-mail address, and not the Client ID."),
                ),
            ),
        )
        if not CLIENT_ID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("A Client ID of Naver usually has 20 letters and digits. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if value:
            mixed_up(
                value,
                ((CLIENT_ID, _("This looks like the Client ID. The client secret is shorter.")),),
            )
        return value


class NaverAdapter(oauth2.Adapter):
    """Naver wants the state again with the code, and wraps the profile."""

    # Naver's documentation has no PKCE.
    pkce: ClassVar[bool] = False

    def question(self, request: HttpRequest, client: Any, verifier: str) -> dict[str, str]:
        return {
            **super().question(request, client, verifier),
            "state": request.GET.get("state", ""),
        }

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.profile("userinfo", access_token)
        profile = answer.get("response")
        if answer.get("resultcode") != "00" or not isinstance(profile, dict):
            raise SignInFailed("profile_refused", code=printable(str(answer.get("resultcode"))))
        return {**profile, "sub": text_as_subject(profile, "id")}


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; the address is one for contact, which nobody has proved."""
    address, _verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name", "nickname"), answer["sub"]),
        picture=safe_picture(text(answer, "profile_image"), PICTURE_HOSTS),
        address=address,
    )


GUIDE = (
    Step(
        title=_("Register an application"),
        body=(
            _(
                "At Naver Developers, open Application > 애플리케이션 등록. Under 사용 API choose "
                "네이버 로그인, and tick what you need: 회원이름 (name), 별명 (nickname), "
                "프로필 사진 (picture), 이메일 주소 (e-mail)."
            ),
        ),
        links=((_("Open Naver Developers"), CONSOLE),),
    ),
    Step(
        title=_("Tell Naver where people come back to"),
        body=(
            _(
                "Under 로그인 오픈 API 서비스 환경, add PC 웹 and 모바일 웹. As 서비스 URL "
                "enter the address of your website, as Callback URL the one from the card "
                "“Copy to the provider”."
            ),
            _(
                "Until Naver has reviewed the application (검수 요청), only the people under "
                "멤버관리 can sign in."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("On the application's page, at the top."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("On the same page; click 보기 to see it."),),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Callback URL"),
        help=_("Enter it for PC 웹 and for 모바일 웹."),
        value=lambda site: site.callback_url,
    ),
)

# https://developers.naver.com/docs/login/api/api.md
FAULTS = {
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Naver does not accept the Client ID with this client secret."),
        fix=_("Copy both again from the application's page."),
    ),
    "invalid_request": Fault(
        outcome=Outcome.RETRY,
        cause=_("Naver did not accept the code or the state: used already, or too old."),
        fix=_("Make sure that people do not reload the page while they sign in."),
    ),
}

PROVIDER = Definition(
    id="naver",
    name="Naver",
    brand="Naver",
    summary=_("People sign in with their Naver ID."),
    group=Group.SOCIAL,
    search_words=("네이버", "korea", "韩国"),
    documentation=DOCUMENTATION,
    form=NaverForm,
    endpoints={
        "authorize": Endpoint("/oauth2.0/authorize", base="https://nid.naver.com"),
        "token": Endpoint("/oauth2.0/token", base="https://nid.naver.com"),
        "userinfo": Endpoint("/v1/nid/me", base="https://openapi.naver.com"),
    },
    # What people are asked for is chosen at Naver.
    scopes=(),
    login=NaverAdapter,
    claims=read,
    known_by="the app's `id` of the account",
    # Naver's id of a person is another one for each application.
    namespace=lambda settings: f"naver:{settings['client_id']}",
    button_labels={"en": "Sign in with Naver", "zh-hans": "使用Naver登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
)
