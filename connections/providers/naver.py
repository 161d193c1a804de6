"""Naver: sign in with a Naver ID.

https://developers.naver.com/docs/login/devguide/devguide.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from requests import Response

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
from connections.signin.failures import SignInFailed, said_by_provider
from connections.signin.people import address_of, name_of
from connections.signin.reading import object_of, text, text_as_subject

DOCUMENTATION = "https://developers.naver.com/docs/login/devguide/devguide.md"
CONSOLE = "https://developers.naver.com/apps/#/register"
HOST = "https://nid.naver.com"
PICTURE_HOSTS = ("phinf.pstatic.net", "ssl.pstatic.net")

# “Up to 40 letters and digits” both; in most applications 20 and 10.
VALUE = re.compile(r"[0-9A-Za-z_-]{8,40}")
USUAL_SECRET = re.compile(r"[0-9A-Za-z_-]{10}")
# What Naver says besides its code, which is the same for a wrong secret and for a used code.
WRONG_PAIR = "wrong client id / client secret pair"
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")


class NaverForm(ConnectionForm):
    """What Naver Developers shows of an application."""

    client_id = PastedField(
        label=_("Client ID"), help_text=_("Usually 20 letters and digits, on the tab 개요.")
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("Usually 10 letters and digits, below the Client ID and hidden at first."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (
                    URL_OR_EMAIL,
                    _("This is a web or e-mail address, and not the Client ID."),
                ),
            ),
        )
        if USUAL_SECRET.fullmatch(value):
            self.warn(
                "client_id",
                "secret",
                _("This looks like the client secret. The Client ID is longer."),
            )
        elif not VALUE.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("A Client ID of Naver usually has 20 letters and digits. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if value and value == self.cleaned_data.get("client_id"):
            raise ValidationError(
                _("This is the Client ID. The client secret stands below it."), code="mixed_up"
            )
        if value and not VALUE.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of Naver usually has 10 letters and digits. Check it."),
            )
        return value


class NaverAdapter(oauth2.Adapter):
    """Naver wants the state again with the code, and wraps the profile."""

    def question(self, request: HttpRequest, client: Any, verifier: str) -> dict[str, str]:
        return {
            **super().question(request, client, verifier),
            "state": request.GET.get("state", ""),
        }

    def checked_token(self, response: Response) -> dict[str, Any]:
        if object_of(response).get("error_description") == WRONG_PAIR:
            raise said_by_provider(self.definition, "invalid_client")
        return super().checked_token(response)

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
                "At Naver Developers, open Application > 애플리케이션 등록 (register). Under "
                "사용 API (APIs in use) choose 네이버 로그인 (Naver Login), and tick what you "
                "need: 회원이름 (name), 별명 (nickname), 프로필 사진 (picture), 연락처 이메일 주소 "
                "(e-mail). Naver's review refuses what an application does not use."
            ),
        ),
        links=((_("Open Naver Developers"), CONSOLE),),
    ),
    Step(
        title=_("Tell Naver where people come back to"),
        body=(
            _(
                "Under 로그인 오픈 API 서비스 환경 (where the login is used), add PC 웹 (PC web) "
                "and Mobile 웹 (mobile web). As 서비스 URL enter the address of your website, as "
                "네이버 로그인 Callback URL the one from the card “Copy to the provider”."
            ),
            _(
                "Until Naver has reviewed the application (tab 네이버 로그인 검수 상태, button "
                "검수 요청), only the person who registered it and those on the tab "
                "멤버관리 (members) can sign in."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("On the application's tab 개요 (overview)."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "On the same tab. Click 보기 (show) once: the button becomes 재발급 (reissue), "
                "which makes a new one."
            ),
        ),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Callback URL (네이버 로그인 Callback URL)"),
        help=_("Enter it for PC 웹 and for Mobile 웹."),
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
        # Only these take PKCE, and they want the scope; those of /oauth2.0/ do without both.
        "authorize": Endpoint("/oauth2/authorize", base=HOST),
        "token": Endpoint("/oauth2/token", base=HOST),
        "userinfo": Endpoint("/v1/nid/me", base="https://openapi.naver.com"),
    },
    # What people are asked for is chosen at Naver. The ID token says nothing that the profile
    # does not say.
    scopes=("openid",),
    login=NaverAdapter,
    claims=read,
    known_by="the app's `id` of the account",
    # Naver's id of a person is another one for each application.
    namespace=lambda settings: f"naver:{settings['client_id']}",
    button_labels={"en": "Sign in with Naver", "zh-hans": "使用Naver登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=frozenset({"invalid_grant", "invalid_request"}),
    picture_hosts=PICTURE_HOSTS,
)
