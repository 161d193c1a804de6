"""Logto: sign in with the users of a Logto tenant."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import client_id
from connections.fields.field import Check
from connections.providers.definition import callback_under, copy_steps, field_step, step
from connections.providers.families.openid import (
    any_secret,
    check_base_url,
    console_url_mistake,
    issuer_look_up,
    openid_provider,
    server_address,
)


def check_endpoint(found: Check, value: str) -> str:
    """Return Logto's URL, without the /oidc of its issuer."""
    return check_base_url(found, value).removesuffix("/oidc")


FIELDS = (
    server_address(
        "endpoint",
        _("Logto endpoint"),
        _("For example https://name.logto.app, or the address of your own Logto."),
        mistakes=console_url_mistake(
            "cloud.logto.io",
            _("This is the address of the console. Copy the Logto endpoint from the application."),
        ),
        check=check_endpoint,
    ),
    client_id(help=_("Logto calls it App ID.")),
    any_secret(help=_("One of those that Logto calls App secrets."), shows_expiry=True),
)

GUIDE = (
    step(
        _("Create an application"),
        _(
            "In the Logto console, open Applications, click Create application and choose "
            "Traditional Web."
        ),
    ),
    callback_under("Redirect URIs", _("Click Save changes.")),
    field_step("endpoint", _("On the application's page, under Endpoints & Credentials.")),
    *copy_steps(
        _("On the same page."), _("On the same page. If it has an expiry date, enter it as well.")
    ),
)

PROVIDER = openid_provider(
    "logto",
    "Logto",
    FIELDS,
    GUIDE,
    # https://docs.logto.io/end-user-flows/organization-experience/get-user-info
    organizations=Membership(
        claim="organizations",
        label=_("Organizations (ID)"),
        help=_("The ID of each organization whose members may sign in."),
        scope="urn:logto:scope:organizations",
    ),
    summary=_("Users sign in with their account at your Logto tenant."),
    search_words=("自建",),
    documentation="https://docs.logto.io/integrate-logto/application-data-structure",
    look_up=issuer_look_up("endpoint", "{endpoint}/oidc"),
)
