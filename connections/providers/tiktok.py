"""TikTok: sign in with a TikTok account through Login Kit for Web."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import text, text_as_subject
from connections.providers.definition import callback_under, copy_steps, https_only, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider
from connections.values.claims import IdentityClaims
from connections.values.failures import SignInFailed
from connections.values.faults import misconfigured

FIELDS = (
    client_id(
        _("Client ID (Client key)"),
        _("It usually begins with aw, that of a Sandbox with sbaw."),
        mistakes={
            r"[0-9]{15,22}": _("This is the App ID. The client key has letters and digits."),
            r"[0-9A-Za-z]{32}": _("This looks like the client secret. The client key is shorter."),
        },
        shape=usual(r"(?:sb)?aw[0-9a-z]{14,18}"),
    ),
    client_secret(),
)

GUIDE = (
    step(
        _("Create an app"),
        _(
            "At TikTok for Developers, open Manage apps, click Connect an app, and select its "
            "owner. Add the product Login Kit, with the platform Web and the scope "
            "user.info.basic."
        ),
        _(
            "TikTok reviews the app before users can sign in. Until then, you can use a Sandbox "
            "with its target users; it has a client key and a client secret of its own."
        ),
        links=((_("Open TikTok for Developers"), "https://developers.tiktok.com/apps"),),
    ),
    callback_under("Login Kit > Redirect URI > Web", _("You can register up to ten.")),
    *copy_steps(
        _("On the app's page, under Credentials."),
        _("It is below the client key. Click the eye to see it."),
    ),
)

# https://developers.tiktok.com/doc/oauth-error-handling
FAULTS = {
    "unauthorized_client": misconfigured(
        _("TikTok has not approved the app for sign-in."),
        _("Check that the app has the product Login Kit and has passed the review."),
    )
}


class TikTokProtocol(OAuth2Protocol):
    """Uses TikTok's name client_key, and unwraps the profile twice."""

    names = {"client_id": "client_key"}
    scope_delimiter = ","
    # Login Kit for Web does not support PKCE. The desktop kit has its own variant with hexadecimal.
    pkce = False

    needed_scopes = ("user.info.basic",)

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        # https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info/
        answer = self.get_json("userinfo", tokens["access_token"])
        error = answer.get("error")
        code = error.get("code") if isinstance(error, dict) else None
        data = answer.get("data")
        user = data.get("user") if isinstance(data, dict) else None
        if code != "ok" or not isinstance(user, dict):
            raise SignInFailed("profile_refused", code=str(code))
        return {
            "sub": text_as_subject(user, "union_id"),
            "open_id": text_as_subject(user, "open_id"),
            "name": text(user, "display_name"),
            "picture": text(user, "avatar_url"),
        }


PROVIDER = social_provider(
    "tiktok",
    "TikTok",
    FIELDS,
    GUIDE,
    authorize="https://www.tiktok.com/v2/auth/authorize/",
    tokens="https://open.tiktokapis.com/v2/oauth/token/",
    userinfo="https://open.tiktokapis.com/v2/user/info/?fields=open_id,union_id,avatar_url,display_name",
    protocol=TikTokProtocol,
    scopes=("user.info.basic",),
    claims=Account(app_id="open_id"),
    known_by="`union_id`, the same in all apps of a developer, with the app's `open_id` beside it",
    identity_claims=IdentityClaims(
        subject=("union_id",), key="open_id", settings={"client_key": "client_id"}
    ),
    # Users see the page of consent again; TikTok documents nothing that asks for a password.
    # https://developers.tiktok.com/doc/login-kit-web
    reauthentication={"disable_auto_auth": "1"},
    search_words=("tt", "login kit", "bytedance"),
    documentation="https://developers.tiktok.com/doc/login-kit-web",
    callback_label=_("Redirect URI"),
    faults=FAULTS,
    picture_hosts=(
        "p16-sign-va.tiktokcdn.com",
        "p16-sign-sg.tiktokcdn.com",
        "p16-amd-va.tiktokcdn.com",
        "p77-sign-va.tiktokcdn.com",
        "p77-sign-sg.tiktokcdn.com",
        "p16-sign.tiktokcdn-us.com",
    ),
    site_warning=https_only("TikTok"),
)
