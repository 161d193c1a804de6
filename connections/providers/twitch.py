"""Twitch: sign in with a Twitch account.

https://dev.twitch.tv/docs/authentication/getting-tokens-oidc
"""

from __future__ import annotations

import json

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.protocols.oidc.fixed_endpoints import KnownOpenIDProtocol
from connections.protocols.protocol import Tokens
from connections.protocols.responses import parse_object
from connections.providers.definition import callback_under, copy_steps, https_only, step
from connections.providers.families.social import social_openid_provider
from connections.values.failures import SignInFailed
from connections.values.faults import WRONG_CALLBACK
from core.http.client import Response

SHAPE = usual(r"[0-9a-z]{30}")

FIELDS = (
    client_id(help=_("30 digits and lower-case letters."), shape=SHAPE),
    client_secret(help=_("30 digits and lower-case letters."), shape=SHAPE),
)

GUIDE = (
    step(
        _("Register an application at Twitch"),
        _(
            "In Twitch's developer console, open Applications and click Register Your "
            "Application. Your account needs two-factor authentication. Category: Website "
            "Integration. Client Type: Confidential."
        ),
        links=((_("Open Twitch's developer console"), "https://dev.twitch.tv/console/apps"),),
    ),
    callback_under("OAuth Redirect URLs", _("Click Add, and then Create.")),
    *copy_steps(
        _("Click Manage beside the application. The Client ID is below the Category."),
        _("Click New Secret. An older one stops working immediately."),
    ),
)

# Twitch describes errors only by a message.
WORDS = {
    "invalid client": "invalid_client",
    "invalid client secret": "invalid_client",
    "invalid authorization code": "invalid_grant",
    "parameter redirect_uri does not match registered uri": "redirect_mismatch",
}

# The claims to request in the ID token.
CLAIMS = ("email", "email_verified", "picture", "preferred_username")


class TwitchProtocol(KnownOpenIDProtocol):
    """Requests each claim by name. Otherwise Twitch sends only the account's id."""

    # Twitch's documentation does not mention PKCE.
    pkce = False
    authorize_parameters = {
        "claims": json.dumps({"id_token": dict.fromkeys(CLAIMS)}, separators=(",", ":"))
    }

    def parse_tokens(self, response: Response) -> Tokens:
        message = parse_object(response).get("message")
        if response.status_code >= 400 and isinstance(message, str):
            raise SignInFailed(WORDS.get(message.lower(), "unknown_code"))
        return super().parse_tokens(response)


PROVIDER = social_openid_provider(
    "twitch",
    "Twitch",
    "https://id.twitch.tv/oauth2",
    FIELDS,
    GUIDE,
    authorize="https://id.twitch.tv/oauth2/authorize",
    tokens="https://id.twitch.tv/oauth2/token",
    keys="https://id.twitch.tv/oauth2/keys",
    protocol=TwitchProtocol,
    scopes=("openid", "user:read:email"),
    # Account ids are unique in all of Twitch. Names can be reassigned.
    known_by="`sub`, the account's number",
    # Users allow the app again; Twitch documents nothing that asks for a password.
    # https://dev.twitch.tv/docs/authentication/getting-tokens-oidc
    reauthentication={"force_verify": "true"},
    search_words=("gaming", "stream", "游戏", "直播"),
    documentation="https://dev.twitch.tv/docs/authentication/register-app",
    callback_label=_("OAuth Redirect URL"),
    faults={"redirect_mismatch": WRONG_CALLBACK},
    picture_hosts=("static-cdn.jtvnw.net",),
    # https://dev.twitch.tv/docs/authentication/register-app
    site_warning=https_only("Twitch", or_localhost=True),
)
