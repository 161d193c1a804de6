"""LINE: sign in with a LINE account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, hex_secret, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import has_error, parse_object, refuse_status, text_as_subject
from connections.providers.definition import callback_under, copy_steps, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import (
    asks_for_address,
    choose_scopes,
    social_openid_provider,
)
from connections.values.failures import SignInFailed
from connections.values.faults import misconfigured
from core.http import client as http_client

ISSUER = "https://access.line.me"
SCOPES = ("openid", "profile")

FIELDS = (
    client_id(
        _("Client ID (Channel ID)"),
        _("10 digits."),
        mistakes={
            r"[0-9]{10}-[0-9A-Za-z]{8}": _(
                "This is a LIFF ID. The Channel ID is the 10 digits before the hyphen."
            ),
            r"U[0-9a-f]{32}": _("This is somebody's user ID. The Channel ID has 10 digits."),
            r"@[0-9a-z._-]+": _("This is an official account's ID. Create a LINE Login channel."),
        },
        shape=usual(r"[0-9]{10}"),
    ),
    hex_secret(
        32,
        _("Client Secret (Channel secret)"),
        # A user ID has this format after a U.
        stray=re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z])"),
    ),
    *asks_for_address(_("Only if LINE has granted the channel the email address permission.")),
)

GUIDE = (
    step(
        _("Create a LINE Login channel"),
        _(
            "In the LINE Developers Console, choose or create a provider for your organization, "
            "click Create a LINE Login channel, and choose Web app. A channel cannot be moved to "
            "another provider."
        ),
        links=((_("Open the LINE Developers Console"), "https://developers.line.biz/console/"),),
    ),
    callback_under(
        "LINE Login > Callback URL",
        _("Click Update. A channel can have several callback URLs, one on each line."),
    ),
    *copy_steps(
        _("On the Basic settings tab."),
        _("On the same tab. If you issue a new one, the old one stops working immediately."),
    ),
    step(
        _("Decide about the email address"),
        _(
            "LINE sends it only to channels with the email address permission: apply for it on the "
            "Basic settings tab, under OpenID Connect. Do not select the box before it is granted."
        ),
        field="asks_for_address",
    ),
    step(
        _("Publish the channel"),
        _(
            "Click Developing below the channel's name, then Publish. Until then only the "
            "channel's own administrators and testers can sign in."
        ),
    ),
)

# https://developers.line.biz/en/reference/line-login/
FAULTS = {
    "id_token_refused": misconfigured(
        _("LINE did not accept the ID token that it had just issued."),
        _("LINE's message tells why. Check that the Channel ID and secret are of one channel."),
    ),
    "invalid_scope": misconfigured(
        _("The channel may not ask for the email address."),
        _("Apply for the permission at LINE, or clear the box under “Advanced settings”."),
    ),
}


class LineProtocol(OAuth2Protocol):
    """Has LINE verify the ID token, which is signed with the Channel secret (HS256).

    https://developers.line.biz/en/reference/line-login/#verify-id-token
    """

    @property
    def needs_access_token(self) -> bool:
        """Return False: the ID token has all claims."""
        return False

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        client_id = self.client.client_id
        claims = self.verify_id_token(
            {
                "id_token": tokens.get("id_token", ""),
                "client_id": client_id,
                "nonce": callback.nonce,
            }
        )
        if claims.get("iss") != ISSUER:
            raise SignInFailed("issuer", field="iss", received=claims.get("iss"), expected=ISSUER)
        if claims.get("aud") not in (client_id, [client_id]):
            raise SignInFailed(
                "audience", field="aud", received=claims.get("aud"), expected=client_id
            )
        nonce = claims.get("nonce")
        if not callback.nonce or not constant_time_compare(str(nonce), callback.nonce):
            raise SignInFailed("nonce")
        return {**claims, "sub": text_as_subject(claims, "sub")}

    def verify_id_token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Return the claims of an ID token that LINE has verified; raises SignInFailed."""
        if not form["id_token"]:
            raise SignInFailed("id_token_missing")
        url = self.definition.endpoints["verify"].url
        with self.timed("verification"), http_client.new_session() as session:
            response = session.post(url, data=dict(form))
        answer = parse_object(response)
        if has_error(answer):
            raise SignInFailed("id_token_refused", code=str(answer["error"]))
        refuse_status(response)
        return answer


PROVIDER = social_openid_provider(
    "line",
    "LINE",
    ISSUER,
    FIELDS,
    GUIDE,
    authorize="https://access.line.me/oauth2/v2.1/authorize",
    tokens="https://api.line.me/oauth2/v2.1/token",
    more_endpoints={"verify": "https://api.line.me/oauth2/v2.1/verify"},
    protocol=LineProtocol,
    scopes=SCOPES,
    claims=Account(),
    # The id is different in the channels of another provider.
    # https://developers.line.biz/en/docs/messaging-api/getting-user-ids/
    known_by="`sub`, the same in all channels of a provider at LINE",
    # Users also have to sign in if LINE's app or another website could have done it for them.
    # https://developers.line.biz/en/docs/line-login/integrate-line-login/#making-an-authorization-request
    reauthentication={"prompt": "login"},
    search_words=("japan", "thailand", "taiwan", "连我"),
    documentation="https://developers.line.biz/en/docs/line-login/integrate-line-login/",
    check=choose_scopes(SCOPES, "email"),
    button_labels={"en": "Log in with LINE"},
    callback_label=_("Callback URL"),
    faults=FAULTS,
    picture_hosts=("profile.line-scdn.net",),
)
