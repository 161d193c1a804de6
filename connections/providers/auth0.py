"""Auth0: sign in with the users of an Auth0 tenant."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import client_id, text_field
from connections.providers.definition import callback_under, copy_steps, field_step, step
from connections.providers.families.openid import (
    any_secret,
    check_host,
    console_url_mistake,
    issuer_look_up,
    openid_provider,
)
from connections.values.faults import misconfigured

FIELDS = (
    text_field(
        "domain",
        _("Domain"),
        _("For example name.eu.auth0.com, or your own domain there."),
        mistakes=console_url_mistake(
            "manage.auth0.com",
            _("This is the address of the dashboard. Copy the Domain from the application's page."),
        ),
        check=check_host,
    ),
    client_id(),
    any_secret(),
)

GUIDE = (
    step(
        _("Create an application"),
        _(
            "In the Auth0 dashboard, open Applications > Applications, click Create Application "
            "and choose Regular Web Applications."
        ),
    ),
    callback_under("Settings > Allowed Callback URLs", _("Click Save Changes.")),
    field_step(
        "domain",
        _(
            "It is on the Settings tab, under Basic Information. If users see a domain of your "
            "own, enter that one."
        ),
    ),
    *copy_steps(
        _("It is below the domain."), _("It is below the Client ID. Click the button beside it.")
    ),
)

# https://auth0.com/docs/api/authentication/authorization-code-flow/get-token
REFUSED = {
    "access_denied": misconfigured(
        _("Auth0 does not accept the Client ID with this client secret."),
        _("Copy both again from the application's page."),
    )
}

PROVIDER = openid_provider(
    "auth0",
    "Auth0",
    FIELDS,
    GUIDE,
    # https://auth0.com/docs/manage-users/organizations/using-tokens
    organizations=Membership(
        claim="org_id",
        label=_("Organizations (ID)"),
        help=_(
            "The ID (org_…) of each organization whose members may sign in. In the settings of the "
            "application at Auth0, choose to prompt for the organization."
        ),
    ),
    summary=_("Users sign in with their account at your Auth0 tenant."),
    search_words=("okta", "universal login"),
    documentation="https://auth0.com/docs/get-started/applications/application-settings",
    # Auth0's issuer ends with a slash.
    look_up=issuer_look_up("domain", "https://{domain}/"),
    faults=REFUSED,
)
