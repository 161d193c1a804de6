"""Facebook: sign in with a Facebook account."""

from __future__ import annotations

import hmac
import re

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, hex_secret, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import parse_object, text_as_subject
from connections.providers.definition import Probe, callback_under, copy_steps, https_only, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider
from connections.values.failures import OAUTH_FAULTS, SignInFailed
from connections.values.faults import (
    CODE_REFUSED,
    WRONG_CALLBACK,
    misconfigured,
    try_again,
    unavailable,
)
from core.http.client import Response
from core.text import printable_code

ACCESS_TOKEN = re.compile(r"EAA[0-9A-Za-z]{20,}|[0-9]{13,18}\|.*")

FIELDS = (
    client_id(
        _("Client ID (App ID)"),
        _("15 or 16 digits."),
        mistakes={ACCESS_TOKEN: _("This is an access token. The App ID has only digits.")},
        shape=usual(r"[0-9]{13,18}"),
    ),
    hex_secret(
        32,
        _("Client Secret (App secret)"),
        _("32 digits or letters a to f. It is not the Client token."),
        mistakes={
            ACCESS_TOKEN: _("This is an access token. Facebook calls the right value App secret.")
        },
    ),
)

GUIDE = (
    step(
        _("Create an app at Meta for Developers"),
        _(
            "Open My Apps, click Create app, and choose the use case “Authenticate and request "
            "data from users with Facebook Login”. Choose your business portfolio, so that the app "
            "stays when people leave."
        ),
        links=((_("Open Meta's apps"), "https://developers.facebook.com/apps/"),),
    ),
    callback_under(
        "Use cases > Customize > Facebook Login > Settings > Valid OAuth Redirect URIs",
        _("To get email addresses, add email under Permissions of the same use case."),
    ),
    *copy_steps(
        _("Under App settings > Basic, at the top."),
        _("Click Show beside the App ID. If you reset it, the old one stops working immediately."),
    ),
    step(
        _("Publish the app"),
        _(
            "Until then only users with a role in the app can sign in. Facebook asks for the "
            "address of your privacy policy first, and may require business verification."
        ),
    ),
)

# The error codes of the Graph API. Those of five digits tell apart what 100 can mean.
# https://developers.facebook.com/docs/graph-api/guides/error-handling
FAULTS = {
    "1": misconfigured(
        _("Facebook does not accept the App secret, or had an error of its own."),
        _("Copy the App secret again from App settings > Basic."),
    ),
    "2": OAUTH_FAULTS["temporarily_unavailable"],
    "4": unavailable(
        _("The app has sent Facebook too many requests."),
        _("Check the app's dashboard, under Rate limits."),
    ),
    "100": misconfigured(
        _("Facebook does not accept a value: the App secret, or the callback URL."),
        _("Check both in the app's settings at Meta for Developers."),
    ),
    "101": misconfigured(
        _("Facebook has no app with this App ID."),
        _("Copy the App ID again. A deleted app cannot be restored: create a new one."),
    ),
    "190": try_again(_("Facebook has withdrawn the access to the user's profile.")),
    "191": WRONG_CALLBACK,
    "36007": CODE_REFUSED,
    "36008": WRONG_CALLBACK,
    "36009": CODE_REFUSED,
    "profile_refused": misconfigured(
        _("Facebook did not let us read the user's profile."),
        _("Check that the App secret belongs to the App ID, and that the app is published."),
    ),
}


class FacebookProtocol(OAuth2Protocol):
    """Signs each request with the App secret."""

    # Facebook ignores the challenge and then refuses the verifier. Its page on PKCE is about
    # another flow, "still in testing".
    # https://developers.facebook.com/documentation/facebook-login/guides/advanced/oidc-token
    pkce = False
    # No picture: its URL expires and redirects to hosts that cannot be listed.
    fields = "id,name,email"

    def parse_tokens(self, response: Response) -> Tokens:
        error = parse_object(response).get("error")
        if isinstance(error, dict):
            codes = [str(error.get(name)) for name in ("error_subcode", "code")]
            known = next((code for code in codes if code in FAULTS), "unknown_code")
            trace = printable_code(str(error.get("fbtrace_id", "")))
            raise SignInFailed(known, code=printable_code(codes[1]), trace=trace)
        return super().parse_tokens(response)

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        # https://developers.facebook.com/docs/graph-api/guides/secure-requests
        secret = self.client.client_secret
        proof = hmac.new(secret.encode(), tokens["access_token"].encode(), "sha256").hexdigest()
        query = {"fields": self.fields, "appsecret_proof": proof}
        profile = self.get_json("userinfo", tokens["access_token"], query)
        return {**profile, "sub": text_as_subject(profile, "id")}


PROVIDER = social_provider(
    "facebook",
    "Facebook",
    FIELDS,
    GUIDE,
    # The version: https://developers.facebook.com/docs/graph-api/changelog
    authorize="https://www.facebook.com/v26.0/dialog/oauth",
    tokens="https://graph.facebook.com/v26.0/oauth/access_token",
    userinfo="https://graph.facebook.com/v26.0/me",
    protocol=FacebookProtocol,
    scopes=("public_profile", "email"),
    claims=Account(),
    # User ids are different in every app.
    # https://developers.facebook.com/documentation/facebook-login/overview
    known_by="`id`, the app's own",
    namespace=lambda settings: f"facebook:{settings['client_id']}",
    # https://developers.facebook.com/documentation/facebook-login/guides/advanced/re-authentication
    reauthentication={"auth_type": "reauthenticate"},
    search_words=("fb", "meta", "脸书", "脸谱"),
    documentation="https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow",
    button_labels={"en": "Continue with Facebook"},
    callback_label=_("Valid OAuth Redirect URI"),
    faults=FAULTS,
    # https://developers.facebook.com/documentation/facebook-login/security
    site_warning=https_only("Facebook", or_localhost=True),
    # For an unknown code, Facebook returns the same error (100) as for other mistakes. A token for
    # the app itself needs only id and secret.
    # https://developers.facebook.com/documentation/facebook-login/guides/access-tokens
    probe=Probe.CREDENTIALS_ALONE,
    # Facebook refuses Android's embedded browsers because of phishing.
    # https://developers.facebook.com/docs/facebook-login/android/deprecating-webviews
    refuses_embedded=True,
)
