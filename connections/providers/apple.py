"""Apple: sign in with an Apple Account.

https://developer.apple.com/documentation/signinwithapplerestapi
"""

from __future__ import annotations

import re
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields import pasted_keys
from connections.fields.common import client_id, provider_id, text_field, usual
from connections.fields.field import Check, Kind, Text
from connections.protocols.oidc.fixed_endpoints import KnownOpenIDProtocol
from connections.protocols.profiles import full_name, is_true
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.providers.definition import (
    Settings,
    callback_step,
    copy_domain,
    exact_callback_url,
    field_step,
    https_only,
    step,
)
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_openid_provider
from connections.values.claims import IdentityClaims
from connections.values.failures import SHARED_FAULTS
from connections.values.faults import misconfigured
from connections.values.sites import Site
from core.text import display_name
from core.untrusted import load_json

IDENTIFIERS = "https://developer.apple.com/account/resources/identifiers/list"
KEYS = "https://developer.apple.com/account/resources/authkeys/list"
MEMBERSHIP = "https://developer.apple.com/account#MembershipDetailsCard"
ISSUER = "https://appleid.apple.com"

# At most six months. Ours is used at once.
# https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
SECRET_SECONDS = 300

NAME = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
SERVICES_ID = re.compile(NAME)
TEN = re.compile(r"[A-Z0-9]{10}")
KEY_FILE = re.compile(r"(?:AuthKey_)?([A-Z0-9]{10})\.p8")

AN_IDENTIFIER = _(
    "This is an identifier of an app or service. This one has ten capitals or digits."
)
SHAPE = usual(TEN)


def check_key_id(found: Check, value: str) -> str:
    """Return the Key ID, also from the name of the key's file."""
    named = KEY_FILE.fullmatch(value)
    return named[1] if named else value


def check_key(found: Check, value: str) -> str:
    """Return the key as PEM; raises ValidationError unless it is on Apple's curve."""
    key = pasted_keys.parse_private_key(value)
    if not isinstance(getattr(key, "curve", None), ec.SECP256R1):
        raise ValidationError(
            _("This key is not from Apple. Apple's is in a file named AuthKey_….p8."),
            code="known_mistake",
        )
    return pasted_keys.private_key_pem(key)


# The key signs for one team under one Key ID, for every service.
FIELDS = (
    client_id(
        _("Client ID (Services ID)"),
        moves_secrets=False,
        help=_("The identifier of the Services ID, such as com.example.web; not the App ID."),
        mistakes={
            TEN: _("This is a Team ID or a Key ID. A Services ID has dots in it."),
            rf"[A-Z0-9]{{10}}\.{NAME}": _(
                "This is an App ID with its prefix. Enter the identifier of the Services ID, "
                "which has no prefix."
            ),
        },
        shape=usual(SERVICES_ID),
    ),
    provider_id(
        "team_id",
        _("Team ID"),
        _("Ten capitals or digits."),
        moves_secrets=True,
        mistakes={SERVICES_ID: AN_IDENTIFIER},
        shape=SHAPE,
    ),
    provider_id(
        "key_id",
        _("Key ID"),
        _("Ten capitals or digits, also in the name of the key's file."),
        moves_secrets=True,
        # The name of the key's file is not a mistake.
        mistakes={rf"(?![A-Z0-9]{{10}}\.p8\Z){NAME}": AN_IDENTIFIER},
        differs_from=("team_id",),
        check=check_key_id,
        shape=SHAPE,
    ),
    text_field(
        "client_secret",
        _("Private key (.p8)"),
        _("The whole content of the file AuthKey_….p8, which Apple offers only once."),
        kind=Kind.SECRET_LINES,
        max_length=8000,
        # The BEGIN line without spaces, or the beginning of a key on Apple's curve.
        stray=re.compile(r"BEGIN(?:EC)?PRIVATEKEY|MI[GH][A-Za-z0-9]AgEAMBMGByqGSM49"),
        mistakes={
            r"eyJ[\w-]+\.[\w-]+\.[\w-]+": _(
                "This is a client secret that somebody made with the key; it expires. Enter "
                "the key itself, and a new one is made for each sign-in."
            ),
            TEN: _("This is a Key ID or a Team ID. Enter the content of the key's file."),
        },
        check=check_key,
    ),
)


def site_warning(site: Site) -> Text | None:
    """Return why Apple will not accept this callback URL, or None.

    https://developer.apple.com/help/account/configure-app-capabilities/configure-sign-in-with-apple-for-the-web
    """
    if site.is_local or site.has_ip_address:
        return _("Apple accepts neither localhost nor an IP address. Use a public host name.")
    return https_only("Apple")(site)


GUIDE = (
    step(
        _("Choose an app at Apple"),
        _(
            "You need a membership of the Apple Developer Program. Under Certificates, "
            "Identifiers & Profiles, open Identifiers. Choose or create an App ID that has Sign in "
            "with Apple enabled as primary App ID."
        ),
        links=((_("Open Apple's identifiers"), IDENTIFIERS),),
    ),
    step(
        _("Create a Services ID"),
        _(
            "Under Identifiers, click the plus sign, choose Services IDs and register one, such "
            "as com.example.web. Users see its description when they sign in. Its identifier is "
            "the Client ID."
        ),
        field="client_id",
    ),
    callback_step(
        _(
            "Open the Services ID, select Sign in with Apple and click Configure. Choose the "
            "primary App ID, and enter the domain and the Return URL from the card “Copy to the "
            "provider”. Then click Done, Continue and Save; nothing is saved before the last."
        )
    ),
    field_step(
        "team_id",
        _("It is under Membership details, and behind your name at the top right."),
        links=((_("Open your membership at Apple"), MEMBERSHIP),),
    ),
    step(
        _("Create a key"),
        _(
            "Under Keys, click the plus sign, select Sign in with Apple, click Configure and "
            "choose the same primary App ID. Copy the Key ID when the key is registered."
        ),
        field="key_id",
        links=((_("Open Apple's keys"), KEYS),),
    ),
    step(
        _("Paste the key"),
        _(
            "Download the file, open it with a text editor and copy all of it. Apple keeps no "
            "copy: if the file is lost, create another key and then revoke the first."
        ),
        field="client_secret",
    ),
)

APPENDIX = (
    step(
        _("When Apple shows an error and sends nobody back"),
        _("Then a value that was entered at Apple or here is wrong."),
        table=(
            (
                "invalid_request: Invalid web redirect url",
                _("The Return URL is not registered."),
                _("It must match the one on this page exactly. Save it at Apple."),
            ),
            (
                "invalid_client",
                _("Apple does not recognize the Services ID."),
                _("Check that the Client ID is its identifier. An App ID does not work."),
            ),
        ),
    ),
)

COPIES = (
    copy_domain(
        _("Domains and Subdomains"), _("The host name only, without https:// and without a path.")
    ),
    *exact_callback_url(_("Return URL")),
)

# https://developer.apple.com/documentation/technotes/tn3107-resolving-sign-in-with-apple-response-errors
# https://developer.apple.com/documentation/signinwithapplerestapi/errorresponse
FAULTS = {
    # https://developer.apple.com/documentation/signinwithapplejs/incorporating-sign-in-with-apple-into-other-platforms
    "user_cancelled_authorize": SHARED_FAULTS["cancelled"],
    "invalid_client": misconfigured(
        _("Apple does not accept what the key signed, or does not recognize the Services ID."),
        _(
            "Check the Client ID, Team ID, Key ID and Return URL at Apple. The key must be "
            "enabled for Sign in with Apple, with the App ID of the Services ID."
        ),
    ),
    "unauthorized_client": misconfigured(
        _("Sign in with Apple is not enabled for the Services ID."),
        _("Select it on the page of the Services ID, and save."),
    ),
}


class AppleProtocol(KnownOpenIDProtocol):
    """Signs its own client secret. The name comes only with the form."""

    # Required if the name or the email address is requested.
    # https://developer.apple.com/documentation/signinwithapplerestapi/request-an-authorization-to-the-sign-in-with-apple-server.
    authorize_parameters = {"response_mode": "form_post"}

    def token_request(self, callback: Callback) -> dict[str, str]:
        secret = client_secret(self.settings, self.client.client_secret)
        return {**super().token_request(callback), "client_secret": secret}

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        told = super().fetch_profile(tokens, callback)
        return {
            **told,
            # Documented as a string or a Boolean.
            # https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple
            "email_verified": is_true(told.get("email_verified")),
            "name": parse_name(callback.parameters.get("user", "")),
        }


def client_secret(settings: Settings, key: str) -> str:
    """Return a client secret that is signed with the key and valid for some minutes.

    https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
    """
    now = int(time.time())
    claims = {
        "iss": settings["team_id"],
        "iat": now,
        "exp": now + SECRET_SECONDS,
        "aud": ISSUER,
        "sub": settings["client_id"],
    }
    return jwt.encode(claims, key, algorithm="ES256", headers={"kid": settings["key_id"]})


def parse_name(user: str) -> str:
    """Return the name that came with the first sign-in, or "".

    The browser sends it unsigned, so it is only displayed.
    """
    try:
        name = load_json(user)["name"]
        parts = [display_name(name.get(each)) for each in ("firstName", "lastName")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return full_name(*parts)


PROVIDER = social_openid_provider(
    "apple",
    "Apple",
    ISSUER,
    FIELDS,
    GUIDE,
    authorize="https://appleid.apple.com/auth/authorize",
    tokens="https://appleid.apple.com/auth/token",
    keys="https://appleid.apple.com/auth/keys",
    protocol=AppleProtocol,
    scopes=("name", "email"),
    # Only the first sign-in has a name, which is kept.
    claims=Account(proves_address=True),
    # The id is the same in all apps and services of a team, and another in each other team.
    known_by="`sub`, one for each team",
    namespace=lambda settings: f"apple:{settings['team_id']}",
    identity_claims=IdentityClaims(subject=("sub",), settings={"team_id": "team_id"}),
    summary=_("Users sign in with their Apple Account, by Face ID where there is one."),
    search_words=("apple id", "icloud", "iphone", "siwa", "苹果"),
    documentation="https://developer.apple.com/help/account/configure-app-capabilities/configure-sign-in-with-apple-for-the-web",
    posts_back=("code", "error", "user"),
    # https://developer.apple.com/design/human-interface-guidelines/sign-in-with-apple
    button_labels={"zh-hans": "通过 Apple 登录"},
    appendix=APPENDIX,
    copies=COPIES,
    faults=FAULTS,
    site_warning=site_warning,
)
