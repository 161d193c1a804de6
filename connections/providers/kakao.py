"""Kakao: sign in with a Kakao Account, by OpenID Connect."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.protocols.oidc.fixed_endpoints import KnownOpenIDProtocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import number_as_subject, only_shown, parse_object
from connections.providers.definition import callback_under, copy_steps, step
from connections.providers.families.social import social_openid_provider
from connections.values.failures import SignInFailed, provider_error
from connections.values.faults import CODE_REFUSED, WRONG_CALLBACK, misconfigured
from core.http.client import Response

# The REST API key, and also the other keys of an app, look like this.
KEY = re.compile(r"[0-9a-f]{32}")

FIELDS = (
    client_id(
        _("Client ID (REST API key)"),
        _("32 digits or letters a to f."),
        mistakes={
            r"[0-9]{1,10}": _(
                "This is the App ID. The REST API key has 32 digits or letters a to f."
            )
        },
        shape=usual(KEY),
    ),
    client_secret(
        help=_("32 letters and digits."),
        doubts={
            KEY: _("This looks like one of the app's keys. The client secret has capitals, too.")
        },
        shape=usual(r"[0-9A-Za-z]{32}"),
    ),
)

GUIDE = (
    step(
        _("Create an app"),
        _("At Kakao Developers, open App and create an app with a name, a company and a category."),
        _(
            "Under Kakao Login, set State to ON, and below it the State of OpenID Connect as "
            "well: without it Kakao does not identify the user."
        ),
        links=((_("Open Kakao Developers"), "https://developers.kakao.com/console/app"),),
    ),
    callback_under(
        "App > Platform key > REST API key > Redirect URI",
        _("It is the one for Kakao Login. You can register up to ten."),
    ),
    step(
        _("Choose what users are asked for"),
        _(
            "Under Kakao Login > Consent Items, set Nickname and Profile image. If you want the "
            "email address, set Kakao Account (email), too, which needs a business app. Users are "
            "asked for nothing else."
        ),
    ),
    *copy_steps(
        _(
            "Under App > Platform key. Do not copy the native app key, the JavaScript key or the "
            "admin key."
        ),
        _(
            "On the page of the REST API key, under Client secret: the code for Kakao Login. It is "
            "enabled from the beginning; leave it so."
        ),
    ),
)

# https://developers.kakao.com/docs/latest/en/kakaologin/trouble-shooting
FAULTS = {
    "KOE010": misconfigured(
        _("Kakao does not accept the client secret."),
        _("Copy it again. It must be the one for Kakao Login, and be enabled."),
    ),
    "KOE101": misconfigured(
        _("Kakao does not recognize the key, or it is not the REST API key."),
        _("Copy the REST API key from the app's page at Kakao Developers."),
    ),
    "KOE303": WRONG_CALLBACK,
    "KOE320": CODE_REFUSED,
    "id_token_missing": misconfigured(
        _("Kakao sent no ID token."), _("Set the State of OpenID Connect to ON under Kakao Login.")
    ),
}


class KakaoProtocol(KnownOpenIDProtocol):
    """Reads the id from the ID token, and the verified email address from the profile."""

    # The scopes are configured at Kakao. A request for more is refused (KOE205), and the ID token
    # needs no scope.
    # https://developers.kakao.com/docs/latest/en/kakaologin/trouble-shooting
    names = {"scope": ""}

    @property
    def needs_access_token(self) -> bool:
        """Return True: the profile is read with it."""
        return True

    def parse_tokens(self, response: Response) -> Tokens:
        # Kakao's own code is more specific than the standard error next to it.
        code = parse_object(response).get("error_code")
        if isinstance(code, str) and code in self.definition.faults:
            raise provider_error(self.definition, code)
        return super().parse_tokens(response)

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        told = super().fetch_profile(tokens, callback)
        profile: dict[str, Any] = {}
        # The ID token has the id.
        with only_shown():
            profile = self.get_json("profile", tokens["access_token"])
        if profile and number_as_subject(profile, "id") != told["sub"]:
            raise SignInFailed("sub_mismatch")
        account = profile.get("kakao_account")
        account = account if isinstance(account, dict) else {}
        # https://developers.kakao.com/docs/latest/en/kakaologin/rest-api#kakaoaccount
        proved = account.get("is_email_valid") is True is account.get("is_email_verified")
        return {**told, "email": account.get("email"), "email_verified": proved}


PROVIDER = social_openid_provider(
    "kakao",
    "Kakao",
    "https://kauth.kakao.com",
    FIELDS,
    GUIDE,
    authorize="https://kauth.kakao.com/oauth/authorize",
    tokens="https://kauth.kakao.com/oauth/token",
    keys="https://kauth.kakao.com/.well-known/jwks.json",
    more_endpoints={"profile": "https://kapi.kakao.com/v2/user/me"},
    protocol=KakaoProtocol,
    scopes=(),
    known_by="the app's number of the account",
    # User ids are different in each app.
    namespace=lambda settings: f"kakao:{settings['client_id']}",
    # https://developers.kakao.com/docs/latest/en/kakaologin/rest-api#request-code
    reauthentication={"prompt": "login"},
    login_hint="login_hint",
    summary=_("Users sign in with their Kakao Account."),
    search_words=("kakaotalk", "카카오", "korea", "韩国"),
    documentation="https://developers.kakao.com/docs/latest/en/kakaologin/rest-api",
    # https://developers.kakao.com/docs/latest/en/kakaologin/design-guide
    button_labels={"en": "Login with Kakao"},
    callback_label=_("Redirect URI"),
    faults=FAULTS,
    unknown_code_causes=frozenset({"KOE320", "invalid_grant"}),
    picture_hosts=("k.kakaocdn.net", "img1.kakaocdn.net", "t1.kakaocdn.net"),
)
