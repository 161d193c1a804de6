"""Amazon: sign in with an Amazon account.

https://developer.amazon.com/docs/login-with-amazon/documentation-overview.html
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, client_secret, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import text_as_subject
from connections.providers.definition import callback_under, copy_steps, https_only, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider
from connections.values.faults import misconfigured

CONSOLE = "https://developer.amazon.com/loginwithamazon/console/site/lwa/overview.html"

FIELDS = (
    client_id(
        help=_("It begins with amzn1.application-oa2-client."),
        mistakes={
            r"amzn1\.application\.[0-9a-f]+": _(
                "This is the App ID. The Client ID has “-oa2-client” in it."
            ),
            r"A(?:KIA|SIA)[0-9A-Z]{16}": _(
                "This is an access key of AWS. Create a security profile for Login with Amazon."
            ),
        },
        shape=usual(r"amzn1\.application-oa2-client\.[0-9a-f]{32}"),
    ),
    client_secret(
        help=_("It usually begins with amzn1.oa2-cs.v1."),
        stray=re.compile(r"amzn1\.oa2-cs\.v1\.[0-9a-f]{64}"),
        shape=usual(r"(?:amzn1\.oa2-cs\.v1\.)?[0-9a-f]{64}"),
    ),
)

GUIDE = (
    step(
        _("Create a security profile"),
        _(
            "In the developer console, open Login with Amazon and click Create a New Security "
            "Profile. Enter a name, which users see when they sign in, a description, and the "
            "address of your privacy policy as Consent Privacy Notice URL. Click Save."
        ),
        links=((_("Open Login with Amazon"), CONSOLE),),
    ),
    callback_under(
        "Web Settings > Allowed Return URLs",
        _("You find the Web Settings behind the gear (Manage) beside the profile. Click Save."),
    ),
    *copy_steps(
        _("In the list, click Show Client ID and Client Secret beside the profile."),
        _("It is below the Client ID."),
    ),
)

# https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html
FAULTS = {
    "unauthorized_client": misconfigured(
        _("The security profile does not allow this way to sign in."),
        _("Check that the profile's Web Settings contain the callback URL."),
    )
}


class AmazonProtocol(OAuth2Protocol):
    """Reads the customer profile."""

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        profile = self.get_json("userinfo", tokens["access_token"])
        return {**profile, "sub": text_as_subject(profile, "user_id")}


PROVIDER = social_provider(
    "amazon",
    "Amazon",
    FIELDS,
    GUIDE,
    authorize="https://www.amazon.com/ap/oa",
    tokens="https://api.amazon.com/auth/o2/token",
    userinfo="https://api.amazon.com/user/profile",
    protocol=AmazonProtocol,
    scopes=("profile",),
    claims=Account(),
    # Each company gets another id for the same user.
    # https://developer.amazon.com/docs/login-with-amazon/customer-profile.html
    known_by="`user_id`, the same in all apps of a company",
    summary=_("Users sign in with the account that they use to shop at Amazon."),
    search_words=("login with amazon", "lwa", "亚马逊"),
    documentation="https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html",
    # https://developer.amazon.com/docs/login-with-amazon/brand.html
    button_labels={"en": "Login with Amazon"},
    callback_label=_("Allowed Return URLs"),
    faults=FAULTS,
    # https://developer.amazon.com/docs/login-with-amazon/register-web.html
    site_warning=https_only("Amazon", or_localhost=True),
)
