"""X: sign in with an account of X, which was Twitter.

https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
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
    Site,
    Step,
    Text,
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import object_of, text, text_as_subject

DOCUMENTATION = "https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code"
CONSOLE = "https://console.x.com"

# The last letters say what an app is: ":ci" a confidential client, ":na" a native app.
CLIENT_ID = re.compile(r"[0-9A-Za-z_-]{24,40}MTpjaQ")
NATIVE_ID = re.compile(r"[0-9A-Za-z_-]{24,40}MTpuYQ")
SECRET = re.compile(r"[0-9A-Za-z_-]{48,52}")
API_KEY = re.compile(r"[0-9A-Za-z]{25}")
BEARER = re.compile(r"AAAAAAAA.*")
NUMBER = re.compile(r"[0-9]{1,20}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that X gave you.")
NOT_AN_API_KEY = _("This is an API Key. The right values stand below it, under OAuth 2.0.")
NOT_A_BEARER = _("This is a Bearer Token, which cannot sign people in.")

SCOPES = ("users.read", "tweet.read")
WITH_ADDRESS = "users.email"


class XForm(ConnectionForm):
    """What X's console shows under OAuth 2.0."""

    advanced: ClassVar[tuple[str, ...]] = ("asks_for_address",)
    computed: ClassVar[tuple[str, ...]] = ("scopes",)

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("Under OAuth 2.0, and not under API Key. It usually ends with MTpjaQ."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("X shows it once, beside the Client ID. If it is lost, generate a new one."),
    )
    asks_for_address = forms.BooleanField(
        label=_("Ask for the e-mail address"),
        required=False,
        help_text=_("Only where “Request email from users” is switched on in the app's settings."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (
                    NATIVE_ID,
                    _(
                        "This Client ID is of a native app. Choose the type Web App, "
                        "Automated App or Bot."
                    ),
                ),
                (BEARER, NOT_A_BEARER),
                (API_KEY, NOT_AN_API_KEY),
                (NUMBER, _("This is the app's number. The Client ID stands under OAuth 2.0.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CLIENT_ID.fullmatch(value):
            self.warn(
                "client_id", "shape", _("A Client ID of X usually ends with MTpjaQ. Check it.")
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (CLIENT_ID, _("This is a Client ID. The client secret stands beside it.")),
                (BEARER, NOT_A_BEARER),
                (API_KEY, NOT_AN_API_KEY),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of X usually has 50 characters. Check it."),
            )
        return value

    def clean(self) -> dict[str, Any]:
        wanted = (*SCOPES, WITH_ADDRESS) if self.cleaned_data.get("asks_for_address") else SCOPES
        self.cleaned_data["scopes"] = " ".join(wanted)
        return super().clean()


def site_warning(site: Site) -> Text | None:
    """Say why X will not take this callback URL, if it will not.

    https://docs.x.com/fundamentals/developer-apps
    """
    if site.hostname == "localhost":
        return _("X does not send people back to localhost. Use 127.0.0.1, or a public host name.")
    return None


GUIDE = (
    Step(
        title=_("Create an app at X"),
        body=(
            _(
                "In X's developer console, create an app. It takes a developer account, "
                "and each sign-in counts as a read of the API, which X may charge for."
            ),
        ),
        links=((_("Open X's developer console"), CONSOLE),),
    ),
    Step(
        title=_("Set up signing in"),
        body=(
            _(
                "In the app's settings, open User authentication settings and click "
                "Set up. App permissions: Read. Type of App: Web App, Automated App "
                "or Bot, which makes it a confidential client."
            ),
        ),
    ),
    Step(
        title=_("Tell X where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under "
                "Callback URI / Redirect URL, and your website under Website URL. "
                "Then click Save."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("X shows it after saving, and later under Keys and tokens, OAuth 2.0."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "X shows it once, with the Client ID. Generating a new one ends the old "
                "one at once."
            ),
        ),
        field="client_secret",
    ),
    Step(
        title=_("Decide about the e-mail address"),
        body=(
            _(
                "X gives it only to apps that request it: switch on “Request email from "
                "users”, for which X wants the addresses of your terms and your privacy "
                "policy, and then tick the box under Advanced."
            ),
        ),
        field="asks_for_address",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Callback URI / Redirect URL"),
        help=_("X compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

FAULTS = {
    "unauthorized_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("X does not accept the Client ID with this client secret."),
        fix=_("Copy both again from Keys and tokens, OAuth 2.0. The app must be a Web App."),
    ),
    "invalid_request": Fault(
        outcome=Outcome.CONFIG,
        cause=_("X did not accept the Client ID or the callback URL."),
        fix=_("Compare them with the app's User authentication settings, letter by letter."),
    ),
    # https://docs.x.com/x-api/fundamentals/response-codes-and-errors
    "profile_refused": Fault(
        outcome=Outcome.CONFIG,
        cause=_("X did not let us read the person's profile."),
        fix=_(
            "402: the account has no credit left. 403: the app belongs to no "
            "project, or lacks a permission. 429: it has asked too often."
        ),
    ),
}

PICTURE_HOSTS = ("pbs.twimg.com",)


# What X says of a code that it did not give, gave already, or gave more than half a minute ago.
# https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code#glossary
CODE_REFUSED = "Value passed for the authorization code was invalid."


class XAdapter(oauth2.Adapter):
    """Says by HTTP Basic who asks, as X wants it of confidential clients.

    https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token
    """

    basic_auth = True

    def checked_token(self, response: Response) -> dict[str, Any]:
        # Only the words tell it from other faults that X calls invalid_request.
        if object_of(response).get("error_description") == CODE_REFUSED:
            raise SignInFailed("invalid_grant", code="invalid_request")
        return super().checked_token(response)

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        fields = "profile_image_url"
        if WITH_ADDRESS in self.settings.get("scopes", "").split():
            fields += ",confirmed_email"
        answer = self.profile("userinfo", access_token, {"user.fields": fields})
        profile = answer.get("data")
        if not isinstance(profile, dict):
            raise SignInFailed("no_subject")
        subject = text_as_subject(profile, "id")
        if not NUMBER.fullmatch(subject):
            raise SignInFailed("no_subject")
        address = text(profile, "confirmed_email")
        return {
            "sub": subject,
            "name": text(profile, "name"),
            "username": text(profile, "username"),
            "picture": text(profile, "profile_image_url"),
            # X names no address that it has not confirmed.
            "email": address,
            "email_verified": bool(address),
        }


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    address, verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name", "username"), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
        address=address,
        address_verified=verified,
        kept={"username": answer["username"][:100]},
    )


PROVIDER = Definition(
    id="x",
    name="X",
    brand="X",
    summary=_("People sign in with their account of X (Twitter)."),
    group=Group.SOCIAL,
    search_words=("twitter", "推特"),
    documentation=DOCUMENTATION,
    form=XForm,
    endpoints={
        "authorize": Endpoint("/i/oauth2/authorize", base="https://x.com"),
        "token": Endpoint("/2/oauth2/token", base="https://api.x.com"),
        "userinfo": Endpoint("/2/users/me", base="https://api.x.com"),
    },
    scopes=SCOPES,
    login=XAdapter,
    claims=read,
    # X numbers all its accounts in one row; names change hands.
    known_by="the account's number",
    namespace=lambda settings: "x",
    button_labels={"en": "Sign in with X", "zh-hans": "使用X登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
    site_warning=site_warning,
)
