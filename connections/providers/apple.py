"""Apple: sign in with an Apple Account.

https://developer.apple.com/documentation/signinwithapplerestapi
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any, ClassVar

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from connections import pasted_keys
from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretTextField, mixed_up
from connections.models import Outcome
from connections.normalise import display_name
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
    https_only,
)
from connections.signin.oidc.known import KnownAdapter
from connections.signin.people import address_of, stand_in

DOCUMENTATION = (
    "https://developer.apple.com/help/account/configure-app-capabilities/"
    "configure-sign-in-with-apple-for-the-web"
)
IDENTIFIERS = "https://developer.apple.com/account/resources/identifiers/list"
KEYS = "https://developer.apple.com/account/resources/authkeys/list"
MEMBERSHIP = "https://developer.apple.com/account#MembershipDetailsCard"
ISSUER = "https://appleid.apple.com"

# At most six months; ours is used at once.
# https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
SECRET_SECONDS = 300

SERVICES_ID = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
TEN = re.compile(r"[A-Z0-9]{10}")
WITH_PREFIX = re.compile(r"[A-Z0-9]{10}\.[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
KEY_FILE = re.compile(r"(?:AuthKey_)?([A-Z0-9]{10})\.p8")
MINTED = re.compile(r"\s*eyJ[\w-]+\.[\w-]+\.[\w-]+\s*")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")
# The lines around a key without their spaces, or how a key on Apple's curve begins.
ANY_SECRET = re.compile(r"BEGIN(?:EC)?PRIVATEKEY|MI[GH][A-Za-z0-9]AgEAMBMGByqGSM49")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Apple gave you.")
AN_IDENTIFIER = _(
    "This is an identifier of an app or service. This one has ten capitals or digits."
)


class AppleForm(ConnectionForm):
    """What Apple's developer account shows: three names, and a key that signs."""

    # The key signs for one team under one Key ID, whichever service asks.
    secret_is_bound_to = ("team_id", "key_id")
    secret_shape = ANY_SECRET
    secret_label = _("Private key (.p8)")

    client_id = PastedField(
        label=_("Client ID (Services ID)"),
        help_text=_("The identifier of the Services ID, such as com.example.web; not the App ID."),
    )
    team_id = PastedField(
        label=_("Team ID"),
        help_text=_("Ten capitals or digits, under Membership details."),
    )
    key_id = PastedField(
        label=_("Key ID"),
        help_text=_("Ten capitals or digits, also in the name of the key's file."),
    )
    client_secret = SecretTextField(
        label=_("Private key (.p8)"),
        help_text=_("All that is in the file AuthKey_….p8. Apple lets it be downloaded once."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (TEN, _("This is a Team ID or a Key ID. A Services ID has dots in it.")),
                (
                    WITH_PREFIX,
                    _(
                        "This is an App ID with its prefix. Enter the identifier of the Services "
                        "ID, which has none."
                    ),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not SERVICES_ID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("A Services ID usually looks like com.example.web. Check it."),
            )
        return value

    def clean_team_id(self) -> str:
        value: str = self.cleaned_data["team_id"]
        mixed_up(value, ((SERVICES_ID, AN_IDENTIFIER), (URL_OR_EMAIL, NOT_AN_ID)))
        self.warn_of_shape("team_id", value)
        return value

    def clean_key_id(self) -> str:
        value: str = self.cleaned_data["key_id"]
        named = KEY_FILE.fullmatch(value)
        if named:
            return named[1]
        mixed_up(value, ((SERVICES_ID, AN_IDENTIFIER), (URL_OR_EMAIL, NOT_AN_ID)))
        if value == self.cleaned_data.get("team_id"):
            raise ValidationError(
                _("This is what you entered as Team ID. The Key ID is on the page of the key."),
                code="mixed_up",
            )
        self.warn_of_shape("key_id", value)
        return value

    def warn_of_shape(self, field: str, value: str) -> None:
        """Raise a doubt about an id that does not have ten letters."""
        if not TEN.fullmatch(value):
            self.warn(field, "shape", _("It usually has ten capitals or digits. Check it."))

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        if MINTED.fullmatch(value):
            raise ValidationError(
                _(
                    "This is a client secret that somebody made with the key; it expires. Enter "
                    "the key itself, and a fresh one is made for each sign-in."
                ),
                code="mixed_up",
            )
        if TEN.fullmatch(value):
            raise ValidationError(
                _("This is a Key ID or a Team ID. Enter what is in the key's file."),
                code="mixed_up",
            )
        key = pasted_keys.private_key(value)
        curve = getattr(key, "curve", None)
        if not isinstance(curve, ec.SECP256R1):
            raise ValidationError(
                _("Apple did not make this key. Apple's is in a file named AuthKey_….p8."),
                code="mixed_up",
            )
        return pasted_keys.as_text(key)


def site_warning(site: Site) -> Text | None:
    """Say why Apple will not take this callback URL, if it will not.

    https://developer.apple.com/help/account/configure-app-capabilities/configure-sign-in-with-apple-for-the-web
    """
    address = ":" in site.hostname or site.hostname.rpartition(".")[2].isdigit()
    if address or site.hostname == "localhost" or site.hostname.endswith(".localhost"):
        return _("Apple takes neither localhost nor an IP address. Use a public host name.")
    return https_only("Apple")(site)


GUIDE = (
    Step(
        title=_("Choose an app at Apple"),
        body=(
            _(
                "You need a membership of the Apple Developer Program. Under Certificates, "
                "Identifiers & Profiles, open Identifiers and choose an App ID, or create one, for "
                "which Sign in with Apple is enabled as primary App ID."
            ),
        ),
        links=((_("Open Apple's identifiers"), IDENTIFIERS),),
    ),
    Step(
        title=_("Create a Services ID"),
        body=(
            _(
                "Under Identifiers, click the plus sign, choose Services IDs and register one, "
                "such as com.example.web. People read its description when they sign in. Its "
                "identifier is the Client ID."
            ),
        ),
        field="client_id",
    ),
    Step(
        title=_("Tell Apple where people come back to"),
        body=(
            _(
                "Open the Services ID, tick Sign in with Apple and click Configure. Choose the "
                "primary App ID, and enter the domain and the Return URL from the card “Copy to "
                "the provider”. Then click Done, Continue and Save: it counts only after the last."
            ),
        ),
    ),
    Step(
        title=_("Copy the Team ID"),
        body=(_("It is under Membership details, and behind your name at the top right."),),
        field="team_id",
        links=((_("Open your membership at Apple"), MEMBERSHIP),),
    ),
    Step(
        title=_("Create a key"),
        body=(
            _(
                "Under Keys, click the plus sign, tick Sign in with Apple, click Configure and "
                "choose the same primary App ID. Copy the Key ID when the key is registered."
            ),
        ),
        field="key_id",
        links=((_("Open Apple's keys"), KEYS),),
    ),
    Step(
        title=_("Paste the key"),
        body=(
            _(
                "Download the file, open it with a text editor and copy all of it. Apple keeps no "
                "copy: if the file is lost, create another key and then revoke the first."
            ),
        ),
        field="client_secret",
    ),
)

APPENDIX = (
    Step(
        title=_("When Apple shows an error and sends nobody back"),
        body=(_("These are mistakes in what was entered at Apple or here."),),
        table=(
            (
                "invalid_request: Invalid web redirect url",
                _("The Return URL is not registered."),
                _("Compare it with this page's letter by letter, and save it at Apple."),
            ),
            (
                "invalid_client",
                _("Apple does not know the Services ID."),
                _("Compare the Client ID with its identifier; an App ID does not work."),
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="domain",
        label=_("Domains and Subdomains"),
        help=_("The bare host, without https:// and without a path."),
        value=lambda site: site.hostname,
    ),
    Copyable(
        id="callback-url",
        label=_("Return URL"),
        help=_("Apple compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

# https://developer.apple.com/documentation/technotes/tn3107-resolving-sign-in-with-apple-response-errors
# https://developer.apple.com/documentation/signinwithapplerestapi/errorresponse
FAULTS = {
    # https://developer.apple.com/documentation/signinwithapplejs/incorporating-sign-in-with-apple-into-other-platforms
    "user_cancelled_authorize": Fault(
        outcome=Outcome.CANCELLED,
        cause=_("The person cancelled at the provider."),
        fix=_("Nothing to do."),
    ),
    "invalid_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Apple does not accept what the key signed, or does not know the Services ID."),
        fix=_(
            "Compare Client ID, Team ID, Key ID and Return URL with Apple's pages. The key must be "
            "enabled for Sign in with Apple, with the App ID of the Services ID."
        ),
    ),
    "unauthorized_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Sign in with Apple is not enabled for the Services ID."),
        fix=_("Tick it on the page of the Services ID, and save."),
    ),
}


class AppleAdapter(KnownAdapter):
    """Signs its own client secret; the name comes with the form and nowhere else."""

    # Asking for name or address demands it.
    # https://developer.apple.com/documentation/signinwithapplerestapi/request-an-authorization-to-the-sign-in-with-apple-server.
    authorize_parameters: ClassVar[dict[str, str]] = {"response_mode": "form_post"}

    def question(self, request: HttpRequest, client: Any, verifier: str) -> dict[str, str]:
        question = super().question(request, client, verifier)
        secret = client_secret(self.settings, client.consumer_secret)
        return {**question, "client_secret": secret}

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        told = super().person(access_token, tokens)
        proof = told.get("email_verified")
        return {
            **told,
            # Documented as a text or a Boolean.
            # https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple
            "email_verified": proof is True or proof == "true",
            "name": told_name(self.request.GET.get("user", "")),
        }


def client_secret(settings: Settings, key: str) -> str:
    """Return a client secret, signed with the key, that is good for some minutes.

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


def told_name(user: str) -> str:
    """Return the name that came with the first sign-in, or "".

    The browser brings it unsigned, so it is a name to show and nothing else.
    """
    try:
        name = json.loads(user)["name"]
        parts = [display_name(name.get(each)) for each in ("firstName", "lastName")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    if any(letter > "\u2e7f" for letter in "".join(parts)):
        # 李 before 雷, with nothing between.
        return "".join(reversed(parts))
    return " ".join(filter(None, parts))


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; later sign-ins tell no name, and then the first one stays."""
    address, verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=display_name(answer["name"]),
        stand_in=stand_in(answer["sub"]),
        address=address,
        address_verified=verified,
    )


PROVIDER = Definition(
    id="apple",
    name="Apple",
    brand="Apple",
    summary=_("People sign in with their Apple Account, by Face ID where there is one."),
    group=Group.SOCIAL,
    search_words=("apple id", "icloud", "iphone", "siwa", "苹果"),
    documentation=DOCUMENTATION,
    form=AppleForm,
    endpoints={
        "authorize": Endpoint("/auth/authorize", base=ISSUER),
        "token": Endpoint("/auth/token", base=ISSUER),
        "keys": Endpoint("/auth/keys", base=ISSUER),
    },
    scopes=("name", "email"),
    login=AppleAdapter,
    claims=read,
    # A person has one id for all apps and services of a team, and another for each other team.
    known_by="`sub`, one for each team",
    namespace=lambda settings: f"apple:{settings['team_id']}",
    posts_back=("code", "error", "user"),
    nonce=True,
    issuer=lambda settings: ISSUER,
    # https://developer.apple.com/design/human-interface-guidelines/sign-in-with-apple
    button_labels={"en": "Sign in with Apple", "zh-hans": "通过Apple登录"},
    guide=GUIDE,
    appendix=APPENDIX,
    copies=COPIES,
    faults=FAULTS,
    site_warning=site_warning,
)
