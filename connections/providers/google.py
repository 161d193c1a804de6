"""Google: sign in with a Google or Google Workspace account."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.access import DOMAIN, Membership
from connections.fields.common import client_id, client_secret, only, usual
from connections.fields.field import Text
from connections.protocols.oidc.fixed_endpoints import KnownOpenIDProtocol
from connections.providers.definition import callback_under, copy_steps, https_only, step
from connections.providers.families.social import social_openid_provider
from connections.values.faults import WRONG_CALLBACK, misconfigured, not_allowed
from connections.values.sites import Site

CLIENTS = "https://console.cloud.google.com/auth/clients"

API_KEY = {r"AIza.*": _("This is an API key (AIza…), which cannot sign users in.")}

FIELDS = (
    client_id(
        help=_("It ends with .apps.googleusercontent.com."),
        mistakes={
            r"[0-9]{6,15}": _(
                "This is a project number. The Client ID ends with .googleusercontent.com."
            ),
            **API_KEY,
            r".*\.gserviceaccount\.com": _(
                "This is a service account. Create an OAuth client for a web application."
            ),
        },
        shape=usual(r"[0-9]+-[0-9a-z]+\.apps\.googleusercontent\.com"),
    ),
    client_secret(
        help=_("It begins with GOCSPX-."),
        stray=re.compile(r"GOCSPX-[0-9A-Za-z_-]{10,}"),
        mistakes=API_KEY,
        shape=usual(r"GOCSPX-[0-9A-Za-z_-]{20,40}"),
    ),
)


def site_warning(site: Site) -> Text | None:
    """Return why Google will not accept this callback URL, or None.

    https://developers.google.com/identity/protocols/oauth2/web-server#uri-validation
    """
    if site.hostname == "localhost":
        return None
    if site.is_local:
        return _(
            "Google accepts localhost, but not its subdomains. Users see “redirect_uri_mismatch” "
            "until the sign-in page has a public host name."
        )
    if site.has_ip_address:
        return _("Google does not send users back to an IP address. Use a public host name.")
    return https_only("Google")(site)


AUDIENCE = step(
    _("Choose who may sign in"),
    _(
        "Under Audience, choose Internal for the users of your own Workspace organization, or "
        "External for everybody. An external app is in testing at first and admits only its test "
        "users: click Publish app."
    ),
)

GUIDE = (
    step(
        _("Choose a project at Google Cloud"),
        _(
            "Open the Google Auth Platform of a Google Cloud project. If it is not set up yet, "
            "click Get started and enter the name that users see, and your email address."
        ),
        links=((_("Open the Google Auth Platform"), CLIENTS),),
    ),
    AUDIENCE,
    step(
        _("Create a client for this sign-in page"),
        _("Under Clients, click Create client and choose Web application."),
    ),
    callback_under(
        "Authorized redirect URIs", _("Click Create. A change there may take some minutes.")
    ),
    *copy_steps(
        _("Google shows it when the client has been created, and later on its page."),
        _(
            "Google shows it only when it is created. If you lost it, add a second one on the "
            "client's page, enter it here, and then disable the first."
        ),
    ),
)

# https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors
FAULTS = {
    "redirect_uri_mismatch": WRONG_CALLBACK,
    "deleted_client": misconfigured(
        _("The client has been deleted at Google."),
        _("Restore it there within 30 days, or create a new one and enter it here."),
    ),
    "disabled_client": misconfigured(
        _("Google has disabled the client."), _("Check the reason in the Google Auth Platform.")
    ),
    "org_internal": not_allowed(
        _("The app is for one Workspace organization, and the user is not in it."),
        _("This Google account does not belong to an organization that can sign in here."),
        _("To allow others, choose External under Audience."),
    ),
    "admin_policy_enforced": not_allowed(
        _("The administrator of the user's Workspace does not allow the app."),
        _("Your organization's administrator at Google does not allow this sign-in."),
        _("That administrator can allow it in Google's Admin console."),
    ),
}


class GoogleProtocol(KnownOpenIDProtocol):
    """Accepts both of Google's issuers."""

    more_issuers = ("accounts.google.com",)


# https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
TENANTS = Membership(
    claim="hd",
    label=_("Workspace domains"),
    help=_(
        "The primary domain of each Google Workspace organization whose users may sign in. With "
        "such a rule, personal Google accounts are not admitted."
    ),
    shape=only(DOMAIN, _("A Workspace domain is a domain such as example.com.")),
    ignores_case=True,
)

PROVIDER = social_openid_provider(
    "google",
    "Google",
    "https://accounts.google.com",
    FIELDS,
    GUIDE,
    authorize="https://accounts.google.com/o/oauth2/v2/auth",
    tokens="https://oauth2.googleapis.com/token",
    keys="https://www.googleapis.com/oauth2/v3/certs",
    protocol=GoogleProtocol,
    tenants=TENANTS,
    # An account has the same id for every client.
    # Google does not know prompt=login. Users choose the account again, and enter a password where
    # Google wants one.
    # https://developers.google.com/identity/openid-connect/openid-connect#authenticationuriparameters
    reauthentication={"prompt": "select_account"},
    login_hint="login_hint",
    summary=_("Users sign in with their Google or Google Workspace account."),
    search_words=("g", "gmail", "workspace", "谷歌"),
    documentation="https://developers.google.com/identity/openid-connect/openid-connect",
    callback_label=_("Authorized redirect URI"),
    faults=FAULTS,
    picture_hosts=tuple(f"lh{number}.googleusercontent.com" for number in range(3, 7)),
    site_warning=site_warning,
    # https://developers.google.com/identity/protocols/oauth2/policies#browsers
    refuses_embedded=True,
)
