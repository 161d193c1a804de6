"""Yahoo: sign in with a Yahoo account through OpenID Connect."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, hex_secret, usual
from connections.providers.definition import callback_under, copy_steps, https_only, step
from connections.providers.families.social import social_openid_provider
from connections.values.failures import OAUTH_FAULTS
from connections.values.faults import CODE_REFUSED, WRONG_CALLBACK, misconfigured, not_allowed

FIELDS = (
    client_id(
        _("Client ID (Consumer Key)"),
        _("About a hundred characters, beginning with dj0y."),
        mistakes={r"[0-9A-Za-z]{8}": _("This is the App ID. The Client ID is much longer.")},
        shape=usual(r"dj0y[0-9A-Za-z_.-]{60,130}"),
    ),
    hex_secret(40, _("Client Secret (Consumer Secret)")),
)

GUIDE = (
    step(
        _("Create an app"),
        _(
            "At the Yahoo Developer Network, click Create an App. As OAuth Client Type choose "
            "Confidential Client, and under API Permissions select OpenID Connect Permissions "
            "with Email and Profile."
        ),
        links=((_("Open the Yahoo Developer Network"), "https://developer.yahoo.com/apps/"),),
    ),
    callback_under("Redirect URI(s)", _("Click Create App.")),
    *copy_steps(
        _("Do not copy the App ID above it, which is short."), _("It is below the Client ID.")
    ),
)

# https://developer.yahoo.com/oauth2/guide/errors/; those of OAuth 2 come in lower case, too.
FAULTS = {
    "INVALID_CLIENT": OAUTH_FAULTS["invalid_client"],
    "INVALID_CLIENT_SECRET": OAUTH_FAULTS["invalid_client"],
    "invalid_scope": misconfigured(
        _("The app does not have the permissions Email and Profile at Yahoo."),
        _("Select both under OpenID Connect Permissions on the app's page."),
    ),
    "INVALID_REDIRECT_URI": WRONG_CALLBACK,
    "INVALID_CALLBACK": WRONG_CALLBACK,
    "INVALID_GRANT": CODE_REFUSED,
    "ACCOUNT_NOT_AUTHORIZED": OAUTH_FAULTS["consent_required"],
    "UNDERAGE_USER": not_allowed(
        _("Yahoo does not let minors sign in to other websites, and this user is one."),
        _("Yahoo does not let minors sign in to other websites."),
    ),
}

PROVIDER = social_openid_provider(
    "yahoo",
    "Yahoo",
    "https://api.login.yahoo.com",
    FIELDS,
    GUIDE,
    authorize="https://api.login.yahoo.com/oauth2/request_auth",
    tokens="https://api.login.yahoo.com/oauth2/get_token",
    userinfo="https://api.login.yahoo.com/openid/v1/userinfo",
    keys="https://api.login.yahoo.com/openid/v1/certs",
    # https://developer.yahoo.com/oauth2/guide/openid_connect/getting_started.html
    reauthentication={"prompt": "login"},
    search_words=("ymail", "aol", "雅虎"),
    documentation="https://developer.yahoo.com/sign-in-with-yahoo/",
    callback_label=_("Redirect URI"),
    faults=FAULTS,
    unknown_code_causes=frozenset({"INVALID_GRANT", "invalid_grant"}),
    picture_hosts=("s.yimg.com", "ct.yimg.com"),
    site_warning=https_only("Yahoo"),
)
