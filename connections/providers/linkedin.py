"""LinkedIn: sign in with a LinkedIn account."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.protocols.oidc.fixed_endpoints import KnownOpenIDProtocol
from connections.providers.definition import callback_under, copy_steps, step
from connections.providers.families.social import social_openid_provider
from connections.values.failures import OAUTH_FAULTS, SHARED_FAULTS
from connections.values.faults import WRONG_CALLBACK, misconfigured

APPS = "https://www.linkedin.com/developers/apps"

FIELDS = (
    client_id(
        help=_("14 digits and lower-case letters."),
        mistakes={r"[0-9]{5,11}": _("This is the app's number. The Client ID is on the Auth tab.")},
        shape=usual(r"[0-9a-z]{12,16}"),
    ),
    client_secret(
        help=_("LinkedIn calls it Primary Client Secret. It usually begins with WPL_AP."),
        stray=re.compile(r"WPL_AP[0-9]\."),
        shape=usual(r"WPL_AP[0-9]\..{10,}|[0-9A-Za-z]{16}"),
    ),
)

GUIDE = (
    step(
        _("Create an app at LinkedIn"),
        _(
            "At LinkedIn's developer site, click Create app. It must belong to the LinkedIn Page "
            "of your organization; an administrator of the page confirms it with a link from the "
            "Settings tab."
        ),
        links=((_("Open LinkedIn's apps"), APPS),),
    ),
    step(
        _("Add the product for signing in"),
        _(
            "On the Products tab, find “Sign In with LinkedIn using OpenID Connect” and click "
            "Request access. LinkedIn grants it immediately."
        ),
    ),
    callback_under("Auth > Authorized redirect URLs for your app"),
    *copy_steps(
        _("On the Auth tab, under Application credentials."),
        _(
            "It is below the Client ID. An app can have a second one, so that you can replace the "
            "first without a pause."
        ),
    ),
)

# https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow
FAULTS = {
    "user_cancelled_login": SHARED_FAULTS["cancelled"],
    "user_cancelled_authorize": SHARED_FAULTS["cancelled"],
    "unauthorized_scope_error": misconfigured(
        _("The app does not have the product Sign In with LinkedIn using OpenID Connect."),
        _("Request it on the app's Products tab."),
    ),
    "invalid_redirect_uri": WRONG_CALLBACK,
    # The error for a code that was used, has expired, or has another callback URL.
    "invalid_request": OAUTH_FAULTS["invalid_grant"],
}


class LinkedInProtocol(KnownOpenIDProtocol):
    """Reads userinfo as well, where the address and email_verified have JSON's own types."""

    # LinkedIn answers "invalid_client" where a code_verifier is sent; PKCE is for native apps, at
    # other addresses.
    # https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow-native
    pkce = False
    # The former issuer.
    more_issuers = ("https://www.linkedin.com",)


PROVIDER = social_openid_provider(
    "linkedin",
    "LinkedIn",
    "https://www.linkedin.com/oauth",
    FIELDS,
    GUIDE,
    authorize="https://www.linkedin.com/oauth/v2/authorization",
    tokens="https://www.linkedin.com/oauth/v2/accessToken",
    keys="https://www.linkedin.com/oauth/openid/jwks",
    userinfo="https://api.linkedin.com/v2/userinfo",
    protocol=LinkedInProtocol,
    # User ids are different in each app.
    known_by="`sub`, the app's own",
    namespace=lambda settings: f"linkedin:{settings['client_id']}",
    # LinkedIn's ID tokens have no nonce. The state ties the response to the browser.
    # https://github.com/linkedin-developers/linkedin-api-js-client/issues/34
    nonce=False,
    search_words=("li", "linked in", "microsoft", "领英"),
    documentation="https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2",
    callback_label=_("Authorized redirect URL"),
    faults=FAULTS,
    picture_hosts=("media.licdn.com",),
    # For an unknown client LinkedIn returns invalid_client before it checks the code.
    unknown_code_causes=frozenset({"invalid_request"}),
)
