"""Authgear: sign in with the users of an Authgear project."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id
from connections.providers.definition import callback_under, copy_steps, field_step, step
from connections.providers.families.openid import (
    any_secret,
    console_url_mistake,
    issuer_look_up,
    openid_provider,
    server_address,
)

FIELDS = (
    server_address(
        "endpoint",
        _("Authgear endpoint"),
        _("For example https://name.authgear.cloud, or your own domain."),
        mistakes=console_url_mistake(
            "portal.authgear.com",
            _("This is the address of the portal. Copy the endpoint from the application."),
        ),
    ),
    client_id(help=_("16 letters and digits.")),
    any_secret(help=_("Shown after you confirm who you are.")),
)

GUIDE = (
    step(
        _("Create an application"),
        _(
            "In the Authgear portal, open Applications, click Add Application and choose "
            "“OIDC/SAML Client Application”, the kind that has a client secret."
        ),
    ),
    callback_under("Authorized Redirect URIs", _("Click Save.")),
    field_step(
        "endpoint",
        _(
            "On the application's page: Endpoint under Basic Info, or the part before /.well-known "
            "in the OpenID Configuration Endpoint."
        ),
    ),
    *copy_steps(_("On the application's page."), _("It is below the Client ID, under Basic Info.")),
)

PROVIDER = openid_provider(
    "authgear",
    "Authgear",
    FIELDS,
    GUIDE,
    summary=_("Users sign in with their account at your Authgear project."),
    search_words=("oursky",),
    documentation="https://docs.authgear.com/get-started/regular-web-app",
    look_up=issuer_look_up("endpoint", "{endpoint}"),
)
