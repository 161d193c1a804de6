"""authentik: sign in with the users of an authentik installation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import client_id, only, text_field
from connections.protocols.oidc.claims import NAMES
from connections.providers.definition import callback_under, copy_steps, field_step, step
from connections.providers.families.accounts import Account
from connections.providers.families.openid import (
    any_secret,
    issuer_look_up,
    openid_provider,
    page_url_mistake,
    server_address,
)

FIELDS = (
    server_address(
        "server",
        _("Server address"),
        _("For example https://login.example.com."),
        mistakes=page_url_mistake(
            "application|if",
            _("Enter the address of the server alone, without what follows the host."),
        ),
    ),
    text_field(
        "application",
        _("Application slug"),
        _("The application's name in addresses."),
        max_length=60,
        shape=only(
            r"[-0-9A-Za-z_]{1,60}", _("A slug has letters, digits, hyphens and underscores.")
        ),
    ),
    client_id(),
    any_secret(),
)

GUIDE = (
    step(
        _("Create an application with a provider"),
        _(
            "In the Admin interface, open Applications > Applications and click Create with "
            "Provider. Choose OAuth2/OpenID Provider, with Client type Confidential."
        ),
    ),
    callback_under(
        "Redirect URIs",
        _("The matching mode is Strict."),
        _("Choose a Signing Key. Without one, the signature of ID tokens cannot be checked."),
        # https://docs.goauthentik.io/docs/add-secure-apps/providers/oauth2/
        _(
            "Under Advanced protocol settings, leave Subject mode at the hashed ID: a user name or "
            "an email address may be given to somebody else later."
        ),
    ),
    field_step(
        "server", _("As you open it in the browser."), title=_("Enter the address of the server")
    ),
    field_step(
        "application",
        _(
            "It is on the application's page. Leave the provider's Issuer mode, under Advanced "
            "protocol settings, at “Each provider has a different issuer, based on the application "
            "slug”."
        ),
    ),
    *copy_steps(
        _("On the provider's page."),
        _("Edit the provider: the Client Secret is below the Client ID."),
    ),
)

PROVIDER = openid_provider(
    "authentik",
    "authentik",
    FIELDS,
    GUIDE,
    # authentik does not verify email addresses, whatever old versions or mappings claim.
    # https://docs.goauthentik.io/docs/add-secure-apps/providers/oauth2/#email-scope-verification
    claims=Account(names=NAMES),
    organizations=Membership(
        claim="groups",
        label=_("Groups"),
        help=_("The name of each group at authentik whose members may sign in."),
    ),
    summary=_("Users sign in with their account at your authentik."),
    search_words=("goauthentik", "自建"),
    documentation="https://docs.goauthentik.io/docs/add-secure-apps/providers/oauth2/",
    # authentik's issuer ends with a slash.
    look_up=issuer_look_up(
        "server", "{server}/application/o/{application}/", needs=("application",)
    ),
)
