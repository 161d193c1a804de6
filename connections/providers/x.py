"""X, formerly Twitter: sign in with an X account."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.fields.field import Text
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import no_subject, parse_object, required_id, text
from connections.providers.definition import callback_under, copy_steps, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import asks_for_address, choose_scopes, social_provider
from connections.values.failures import SignInFailed
from connections.values.faults import misconfigured
from connections.values.sites import Site
from core.http.client import Response

SCOPES = ("users.read", "tweet.read")
WITH_ADDRESS = "users.email"

NUMBER = re.compile(r"[0-9]{1,20}")
BEARER = {r"AAAAAAAA.*": _("This is a Bearer Token, which cannot sign users in.")}
API_KEY = {
    r"[0-9A-Za-z]{25}": _("This is an API Key. The right values are below it, under OAuth 2.0.")
}

FIELDS = (
    client_id(
        help=_("Under OAuth 2.0, and not under API Key. It usually ends with MTpjaQ."),
        # The suffix names the type of the app: “:ci” a confidential client, “:na” a native app.
        mistakes={
            r"[0-9A-Za-z_-]{24,40}MTpuYQ": _(
                "This Client ID is of a native app. Choose the type Web App, Automated App or Bot."
            ),
            **BEARER,
            **API_KEY,
            NUMBER: _("This is the app's number. The Client ID is under OAuth 2.0."),
        },
        shape=usual(r"[0-9A-Za-z_-]{24,40}MTpjaQ"),
    ),
    client_secret(
        help=_("Usually 50 characters."),
        mistakes={**BEARER, **API_KEY},
        shape=usual(r"[0-9A-Za-z_-]{48,52}"),
    ),
    *asks_for_address(_("Only if “Request email from users” is turned on in the app's settings.")),
)


def site_warning(site: Site) -> Text | None:
    """Return why X will not accept this callback URL, or None.

    https://docs.x.com/fundamentals/developer-apps
    """
    if site.hostname == "localhost":
        return _("X does not send users back to localhost. Use 127.0.0.1, or a public host name.")
    return None


GUIDE = (
    step(
        _("Create an app at X"),
        _(
            "In X's developer console, create an app. You need a developer account, and each "
            "sign-in counts as a read of the API, for which X may charge you."
        ),
        links=((_("Open X's developer console"), "https://console.x.com"),),
    ),
    step(
        _("Set up signing in"),
        _(
            "In the app's settings, open User authentication settings and click Set up. App "
            "permissions: Read. Type of App: Web App, Automated App or Bot, which makes it a "
            "confidential client."
        ),
    ),
    callback_under(
        "Callback URI / Redirect URL", _("Enter your website under Website URL. Click Save.")
    ),
    *copy_steps(
        _("X shows it after saving, and later under Keys and tokens, OAuth 2.0."),
        _(
            "X shows it once, with the Client ID. If you generate a new one, the old one stops "
            "working immediately."
        ),
    ),
    step(
        _("Decide about the email address"),
        _(
            "X sends it only to apps that request it: turn on “Request email from users”, for "
            "which X wants the addresses of your terms and your privacy policy, and then select "
            "the box under “Advanced settings”."
        ),
        field="asks_for_address",
    ),
)

FAULTS = {
    "unauthorized_client": misconfigured(
        _("X does not accept the Client ID with this client secret."),
        _("Copy both again from Keys and tokens, OAuth 2.0. The app must be a Web App."),
    ),
    "invalid_request": misconfigured(
        _("X did not accept the Client ID or the callback URL."),
        _("They must match the app's User authentication settings exactly."),
    ),
    # https://docs.x.com/x-api/fundamentals/response-codes-and-errors
    "profile_refused": misconfigured(
        _("X did not let us read the user's profile."),
        _(
            "402: the account has no credit left. 403: the app belongs to no project, or lacks a "
            "permission. 429: it has sent too many requests."
        ),
    ),
}

# The message for a code that is unknown, used, or older than half a minute.
# https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code#glossary
CODE_REFUSED = "Value passed for the authorization code was invalid."


class XProtocol(OAuth2Protocol):
    """Authenticates by HTTP Basic, as X requires of confidential clients.

    https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token
    """

    basic_auth = True

    needed_scopes = ("users.read",)

    def parse_tokens(self, response: Response) -> Tokens:
        # Only the message tells it from other errors with invalid_request.
        if parse_object(response).get("error_description") == CODE_REFUSED:
            raise SignInFailed("invalid_grant", code="invalid_request")
        return super().parse_tokens(response)

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        fields = "profile_image_url"
        if WITH_ADDRESS in self.settings.get("scopes", "").split():
            fields += ",confirmed_email"
        answer = self.get_json("userinfo", tokens["access_token"], {"user.fields": fields})
        profile = answer.get("data")
        if not isinstance(profile, dict):
            raise no_subject(answer, "data", "JSON object")
        subject = required_id(profile, "id", NUMBER)
        address = text(profile, "confirmed_email")
        return {
            "sub": subject,
            "name": text(profile, "name"),
            "username": text(profile, "username"),
            "picture": text(profile, "profile_image_url"),
            # X sends only confirmed addresses.
            "email": address,
            "email_verified": bool(address),
        }


PROVIDER = social_provider(
    "x",
    "X",
    FIELDS,
    GUIDE,
    authorize="https://x.com/i/oauth2/authorize",
    tokens="https://api.x.com/2/oauth2/token",
    userinfo="https://api.x.com/2/users/me",
    protocol=XProtocol,
    scopes=SCOPES,
    claims=Account(names=("name", "username"), proves_address=True),
    # Account ids are unique in all of X. Names can be reassigned.
    known_by="the account's number",
    summary=_("Users sign in with their account of X (Twitter)."),
    search_words=("tw", "twitter", "推特"),
    documentation="https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code",
    check=choose_scopes(SCOPES, WITH_ADDRESS),
    callback_label=_("Callback URI / Redirect URL"),
    faults=FAULTS,
    picture_hosts=("pbs.twimg.com",),
    site_warning=site_warning,
)
