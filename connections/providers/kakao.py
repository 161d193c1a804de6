"""Kakao: sign in with a Kakao Account, by OpenID Connect.

https://developers.kakao.com/docs/latest/en/kakaologin/rest-api
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from requests import Response

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.providers.definition import (
    Copyable,
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
)
from connections.signin.failures import SignInFailed, said_by_provider
from connections.signin.oidc.claims import person
from connections.signin.oidc.known import KnownAdapter
from connections.signin.reading import number_as_subject, object_of

DOCUMENTATION = "https://developers.kakao.com/docs/latest/en/kakaologin/rest-api"
CONSOLE = "https://developers.kakao.com/console/app"
ISSUER = "https://kauth.kakao.com"
PICTURE_HOSTS = ("k.kakaocdn.net", "img1.kakaocdn.net", "t1.kakaocdn.net")

# The REST API key, and also the other keys of an app, look like this.
KEY = re.compile(r"[0-9a-f]{32}")
APP_ID = re.compile(r"[0-9]{1,10}")
SECRET = re.compile(r"[0-9A-Za-z]{32}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")


class KakaoForm(ConnectionForm):
    """What Kakao Developers shows of an app."""

    client_id = PastedField(
        label=_("Client ID (REST API key)"),
        help_text=_("32 digits or a to f, under App > Platform key > REST API key."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_(
            "Under Client secret on the page of the REST API key, the one for Kakao Login."
        ),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (APP_ID, _("This is the App ID. The REST API key has 32 digits or a to f.")),
                (
                    URL_OR_EMAIL,
                    _("This is a web or e-mail address, and not the REST API key."),
                ),
            ),
        )
        if not KEY.fullmatch(value):
            self.warn(
                "client_id", "shape", _("A REST API key usually has 32 digits or a to f. Check it.")
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if value and KEY.fullmatch(value):
            self.warn(
                "client_secret",
                "key",
                _("This looks like one of the app's keys. The client secret has capitals, too."),
            )
        elif value and not SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of Kakao usually has 32 letters and digits. Check it."),
            )
        return value


class KakaoAdapter(KnownAdapter):
    """The ID token says who it is; whether the address was proved, only the profile."""

    # What people are asked for is chosen at Kakao: whoever asks for more than is set there is
    # refused altogether (KOE205), and the ID token comes without being asked for.
    # https://developers.kakao.com/docs/latest/en/kakaologin/trouble-shooting
    names: ClassVar[Mapping[str, str]] = {"scope": ""}

    def checked_token(self, response: Response) -> dict[str, Any]:
        # Kakao's own code says more than the standard's word beside it.
        code = object_of(response).get("error_code")
        if isinstance(code, str) and code in self.definition.faults:
            raise said_by_provider(self.definition, code)
        return super().checked_token(response)

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        told = super().person(access_token, tokens)
        profile = self.profile("profile", access_token)
        if number_as_subject(profile, "id") != told["sub"]:
            raise SignInFailed("sub_mismatch")
        account = profile.get("kakao_account")
        account = account if isinstance(account, dict) else {}
        # https://developers.kakao.com/docs/latest/en/kakaologin/rest-api#kakaoaccount
        proved = account.get("is_email_valid") is True is account.get("is_email_verified")
        return {**told, "email": account.get("email"), "email_verified": proved}


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    return person(namespace, answer, PICTURE_HOSTS)


GUIDE = (
    Step(
        title=_("Create an app"),
        body=(
            _(
                "At Kakao Developers, open App and create an app, with a name, a company and "
                "a category."
            ),
            _(
                "Under Kakao Login, set State to ON, and below it the State of OpenID Connect as "
                "well: without it Kakao does not say who the person is."
            ),
        ),
        links=((_("Open Kakao Developers"), CONSOLE),),
    ),
    Step(
        title=_("Tell Kakao where people come back to"),
        body=(
            _(
                "Open App > Platform key > REST API key > Redirect URI and enter the callback URL "
                "from the card “Copy to the provider” as the one for Kakao Login. There is room "
                "for ten."
            ),
        ),
    ),
    Step(
        title=_("Say what people are asked for"),
        body=(
            _(
                "Under Kakao Login > Consent Items, set Nickname and Profile image, and Kakao "
                "Account (email) if you want the address; that one needs a business app. "
                "People are asked for nothing else."
            ),
        ),
    ),
    Step(
        title=_("Copy the REST API key"),
        body=(_("Not the native app key, the JavaScript key or the admin key."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "On the same page, under Client secret: the code for Kakao Login. It is enabled "
                "from the beginning; leave it so."
            ),
        ),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Redirect URI"),
        help=_("Kakao compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

# https://developers.kakao.com/docs/latest/en/kakaologin/trouble-shooting
FAULTS = {
    "KOE010": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Kakao does not accept the client secret."),
        fix=_("Copy it again, and see that it is enabled and the one for Kakao Login."),
    ),
    "KOE101": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Kakao does not know the key, or it is another one than the REST API key."),
        fix=_("Copy the REST API key from the app's page at Kakao Developers."),
    ),
    "KOE303": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL changed between the two steps of the sign-in."),
        fix=_("Compare the redirect URI at Kakao with the callback URL on this page."),
    ),
    "KOE320": Fault(
        outcome=Outcome.RETRY,
        cause=_("Kakao did not accept the code: used already, or too old."),
        fix=_("Make sure that people do not reload the page while they sign in."),
    ),
    "id_token_missing": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Kakao sent no ID token."),
        fix=_("Set the State of OpenID Connect to ON under Kakao Login."),
    ),
}

PROVIDER = Definition(
    id="kakao",
    name="Kakao",
    brand="Kakao",
    summary=_("People sign in with their Kakao Account."),
    group=Group.SOCIAL,
    search_words=("kakaotalk", "카카오", "korea", "韩国"),
    documentation=DOCUMENTATION,
    form=KakaoForm,
    endpoints={
        "authorize": Endpoint("/oauth/authorize", base=ISSUER),
        "token": Endpoint("/oauth/token", base=ISSUER),
        "keys": Endpoint("/.well-known/jwks.json", base=ISSUER),
        "profile": Endpoint("/v2/user/me", base="https://kapi.kakao.com"),
    },
    scopes=(),
    login=KakaoAdapter,
    claims=read,
    known_by="the app's number of the account",
    # Kakao numbers people anew for each app.
    namespace=lambda settings: f"kakao:{settings['client_id']}",
    nonce=True,
    issuer=lambda settings: ISSUER,
    # https://developers.kakao.com/docs/latest/en/kakaologin/design-guide
    button_labels={"en": "Login with Kakao", "zh-hans": "使用Kakao登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=frozenset({"KOE320", "invalid_grant"}),
    picture_hosts=PICTURE_HOSTS,
)
