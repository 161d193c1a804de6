"""Twitch: sign in with a Twitch account.

https://dev.twitch.tv/docs/authentication/getting-tokens-oidc
"""

from __future__ import annotations

import json
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
    https_only,
)
from connections.signin.failures import SignInFailed
from connections.signin.oidc.claims import person
from connections.signin.oidc.known import KnownAdapter
from connections.signin.reading import object_of

DOCUMENTATION = "https://dev.twitch.tv/docs/authentication/register-app"
APPS = "https://dev.twitch.tv/console/apps"
ISSUER = "https://id.twitch.tv/oauth2"
HOST = "https://id.twitch.tv"

VALUE = re.compile(r"[0-9a-z]{30}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Twitch gave you.")
SHAPE = _("Twitch's values usually have 30 digits and small letters. Check it.")


class TwitchForm(ConnectionForm):
    """What Twitch's console shows of an application."""

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("30 digits and small letters, on the application's page."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("It looks like the Client ID. New Secret shows another one."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(value, ((URL_OR_EMAIL, NOT_AN_ID),))
        if not VALUE.fullmatch(value):
            self.warn("client_id", "shape", SHAPE)
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        own = re.compile(re.escape(self.cleaned_data.get("client_id") or "-"))
        mixed_up(
            value,
            (
                (own, _("This is the Client ID. The client secret stands below it.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not VALUE.fullmatch(value):
            self.warn("client_secret", "shape", SHAPE)
        return value


GUIDE = (
    Step(
        title=_("Register an application at Twitch"),
        body=(
            _(
                "In Twitch's developer console, open Applications and click Register "
                "Your Application. The account needs two-factor authentication. "
                "Category: Website Integration. Client Type: Confidential."
            ),
        ),
        links=((_("Open Twitch's developer console"), APPS),),
    ),
    Step(
        title=_("Tell Twitch where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under "
                "OAuth Redirect URLs, click Add, and then Create."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("Click Manage beside the application: it stands below the Category."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("Click New Secret. The old one stops working at once."),),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("OAuth Redirect URL"),
        help=_("Twitch compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

FAULTS = {
    "redirect_mismatch": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not among the application's OAuth redirect URLs."),
        fix=_("Copy the callback URL from this page to the application at Twitch."),
    ),
}

# Twitch explains what is wrong in words alone.
WORDS = {
    "invalid client": "invalid_client",
    "invalid client secret": "invalid_client",
    "invalid authorization code": "invalid_grant",
    "parameter redirect_uri does not match registered uri": "redirect_mismatch",
}

PICTURE_HOSTS = ("static-cdn.jtvnw.net",)
# What of a person the ID token is to say.
CLAIMS = ("email", "email_verified", "picture", "preferred_username")


class TwitchAdapter(KnownAdapter):
    """Asks for each claim by its name, or Twitch says nothing but the person's number."""

    # Twitch's documentation knows no PKCE.
    pkce: ClassVar[bool] = False
    authorize_parameters: ClassVar[Mapping[str, str]] = {
        "claims": json.dumps({"id_token": dict.fromkeys(CLAIMS)}, separators=(",", ":"))
    }

    def checked_token(self, response: Response) -> dict[str, Any]:
        message = object_of(response).get("message")
        if response.status_code >= 400 and isinstance(message, str):
            raise SignInFailed(WORDS.get(message.lower(), "unknown_code"))
        return super().checked_token(response)


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    return person(namespace, answer, PICTURE_HOSTS)


PROVIDER = Definition(
    id="twitch",
    name="Twitch",
    brand="Twitch",
    summary=_("People sign in with their Twitch account."),
    group=Group.SOCIAL,
    search_words=("gaming", "stream", "游戏", "直播"),
    documentation=DOCUMENTATION,
    form=TwitchForm,
    endpoints={
        "authorize": Endpoint("/oauth2/authorize", base=HOST),
        "token": Endpoint("/oauth2/token", base=HOST),
        "keys": Endpoint("/oauth2/keys", base=HOST),
    },
    scopes=("openid", "user:read:email"),
    login=TwitchAdapter,
    claims=read,
    # Twitch numbers all its accounts in one row; names change hands.
    known_by="`sub`, the account's number",
    namespace=lambda settings: "twitch",
    nonce=True,
    issuer=lambda settings: ISSUER,
    button_labels={"en": "Sign in with Twitch", "zh-hans": "使用Twitch登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
    # https://dev.twitch.tv/docs/authentication/register-app
    site_warning=https_only("Twitch", or_localhost=True),
)
