"""OneLogin: sign in with the users of a OneLogin account."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, only, text_field
from connections.fields.field import Check
from connections.providers.definition import (
    callback_under,
    copy_steps,
    field_step,
    https_only,
    step,
)
from connections.providers.families.openid import LABEL, any_secret, issuer_look_up, openid_provider


def check_subdomain(found: Check, value: str) -> str:
    """Return the subdomain, also from a URL."""
    return value.lower().removeprefix("https://").partition("/")[0].removesuffix(".onelogin.com")


FIELDS = (
    text_field(
        "subdomain",
        _("Subdomain"),
        _("The name before .onelogin.com in your address."),
        check=check_subdomain,
        shape=only(
            LABEL, _("Enter only the name before .onelogin.com: letters, digits and hyphens.")
        ),
    ),
    client_id(),
    any_secret(),
)

GUIDE = (
    step(
        _("Add an app"),
        _(
            "In OneLogin's administration, open Applications > Applications, click Add App, search "
            "for OpenId Connect and choose “OpenId Connect (OIDC)”."
        ),
    ),
    callback_under("Configuration > Redirect URI’s", _("A change there may take ten minutes.")),
    field_step(
        "subdomain",
        _("It is in the address of OneLogin's administration, before .onelogin.com."),
        title=_("Enter the subdomain"),
    ),
    *copy_steps(
        _("On the SSO tab."),
        _(
            "On the SSO tab, click Show client secret. Choose Application Type Web, and under "
            "Token Endpoint the Authentication Method Basic. Then click Save."
        ),
    ),
)

PROVIDER = openid_provider(
    "onelogin",
    "OneLogin",
    FIELDS,
    GUIDE,
    summary=_("Users sign in with their OneLogin account."),
    search_words=("one identity", "sso"),
    documentation="https://developers.onelogin.com/openid-connect/connect-to-onelogin",
    look_up=issuer_look_up("subdomain", "https://{subdomain}.onelogin.com/oidc/2"),
    # https://developers.onelogin.com/openid-connect/connect-to-onelogin
    site_warning=https_only("OneLogin", or_localhost=True),
)
