"""JumpCloud: sign in with the users of a JumpCloud organization."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.common import choice, client_id
from connections.protocols.oidc.claims import NAMES
from connections.providers.definition import Copyable, callback_under, copy_steps, field_step, step
from connections.providers.families.accounts import Account
from connections.providers.families.openid import (
    COPIES,
    any_secret,
    issuer_look_up,
    openid_provider,
)

REGIONS = (
    ("oauth.id.jumpcloud.com", _("United States")),
    ("oauth.id.eu.jumpcloud.com", _("Europe")),
    ("oauth.id.in.jumpcloud.com", _("India")),
)

FIELDS = (
    choice("region", _("Region"), REGIONS, _("In console.eu.jumpcloud.com, eu is Europe.")),
    client_id(help=_("You find it later on the application's SSO tab.")),
    any_secret(help=_("If it is lost, regenerate it on the application's SSO tab.")),
)

GUIDE = (
    field_step(
        "region", _("It is in the address of the Admin Portal."), title=_("Choose the region")
    ),
    step(
        _("Add an application"),
        _(
            "In the JumpCloud Admin Portal, open SSO Applications, click Add New Application and "
            "choose Custom Application. Tick Manage Single Sign-On, then Configure SSO with OIDC."
        ),
    ),
    callback_under(
        "SSO > Redirect URIs",
        _("Enter the Login URL from the same card under Login URL."),
        _(
            "Client Authentication Type: Client Secret Basic. Under Attribute Mapping, tick the "
            "standard scopes Email and Profile."
        ),
    ),
    *copy_steps(
        _("Click Activate: JumpCloud shows it beside the client secret."),
        _("JumpCloud shows it only now. Then choose under User Groups who may sign in."),
    ),
)

LOGIN_URL = Copyable(
    id="login-url",
    label=_("Login URL"),
    help=_("The sign-in page, to which JumpCloud's User Portal leads users."),
    value=lambda site: f"{site.scheme}://{site.host}/login",
)

PROVIDER = openid_provider(
    "jumpcloud",
    "JumpCloud",
    FIELDS,
    GUIDE,
    # Administrators define the claims, including email_verified.
    claims=Account(names=NAMES),
    known_by="`sub` for the application",
    # All of JumpCloud's customers share one issuer, and their administrators define the claims.
    namespace=lambda settings: f"jumpcloud:{settings['client_id']}",
    more_hosts=tuple(host for host, _name in REGIONS),
    summary=_("Users sign in with their JumpCloud account."),
    search_words=("directory", "sso"),
    documentation="https://jumpcloud.com/support/sso-with-oidc",
    # JumpCloud's issuer ends with a slash.
    look_up=issuer_look_up("region", "https://{region}/"),
    copies=(*COPIES, LOGIN_URL),
)
