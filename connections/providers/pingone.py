"""PingOne: sign in with the users of a PingOne environment."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.common import choice, client_id, only, text_field
from connections.providers.definition import callback_under, copy_steps, field_step, step
from connections.providers.families.openid import any_secret, issuer_look_up, openid_provider

FIELDS = (
    choice(
        "region",
        _("Region"),
        (
            ("com", _("North America")),
            ("ca", _("Canada")),
            ("eu", _("Europe")),
            ("asia", _("Asia-Pacific")),
            ("com.au", _("Australia")),
            ("sg", _("Singapore")),
        ),
        _("The console of Europe is console.pingone.eu."),
    ),
    text_field(
        "environment_id",
        _("Environment ID"),
        _("36 characters with four hyphens."),
        lower_case=True,
        shape=only(
            r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            _("An Environment ID has 36 characters: digits, a to f, and four hyphens."),
        ),
    ),
    client_id(differs_from=("environment_id",)),
    any_secret(),
)

GUIDE = (
    step(
        _("Add an application"),
        _(
            "In the PingOne console, open Applications > Applications, click the plus sign and "
            "choose OIDC Web App."
        ),
    ),
    callback_under(
        "Configuration > Redirect URIs",
        _("Click the pencil to edit it. Then turn the application on at the top."),
        # https://docs.pingidentity.com/pinggateway/2025.3/pingone/oidc-ping.html
        _("On the Overview, click Resource Access and select the scopes email and profile."),
    ),
    field_step(
        "region", _("It is the end of the console's address."), title=_("Choose the region")
    ),
    field_step("environment_id", _("On the application's Overview, among its connection details.")),
    *copy_steps(
        _("On the application's Overview."),
        _(
            "On the application's Overview, click the eye. On the Configuration tab, the Token "
            "Auth Method is Client Secret Basic."
        ),
    ),
)

PROVIDER = openid_provider(
    "pingone",
    "PingOne",
    FIELDS,
    GUIDE,
    summary=_("Users sign in with their account in your PingOne environment."),
    search_words=("ping identity", "sso"),
    documentation="https://docs.pingidentity.com/pingone/applications/p1_edit_application_oidc.html",
    look_up=issuer_look_up(
        "environment_id",
        "https://auth.pingone.{region}/{environment_id}/as",
        needs=("region",),
    ),
)
