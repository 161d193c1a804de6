"""Keycloak: sign in with the users of a realm."""

from __future__ import annotations

from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from connections.fields.common import client_id, only, text_field
from connections.providers.definition import Settings, callback_under, copy_steps, field_step, step
from connections.providers.families.openid import (
    any_secret,
    issuer_look_up,
    openid_provider,
    page_url_mistake,
    server_address,
)

# Characters that Keycloak does not encode in the path of an issuer: RFC 3986, section 3.3.
PATH_SAFE = "-._~!$&'()*+,;=:@"

FIELDS = (
    server_address(
        "server",
        _("Server address"),
        _("For example https://login.example.com; before version 17 with /auth at its end."),
        mistakes=page_url_mistake(
            "realms|admin",
            _("Enter the address of the server alone, without /realms and what follows."),
        ),
    ),
    text_field(
        "realm",
        _("Realm"),
        _("Its name, not its display name. Capital letters count."),
        max_length=60,
        doubts={
            "master": _("The realm “master” is for Keycloak's own administrators. Use another one.")
        },
        shape=only(r"[^/\\?#%]{1,60}", _("A realm's name has no slashes.")),
    ),
    client_id(),
    any_secret(),
)


def issuer_of(values: Settings) -> str:
    """Return the issuer of the realm."""
    return f"{values['server']}/realms/{quote(values['realm'], safe=PATH_SAFE)}"


GUIDE = (
    step(
        _("Create a client"),
        _(
            "In the admin console, choose the realm, open Clients and click Create client. Client "
            "type: OpenID Connect."
        ),
        _("On the second page, turn Client authentication on, and leave Standard flow ticked."),
    ),
    callback_under(
        "Valid redirect URIs",
        _("It is on the third page. Enter the whole URL, without a wildcard (*)."),
    ),
    field_step(
        "server",
        _(
            "The part before /realms in the address of “OpenID Endpoint Configuration” under Realm "
            "settings."
        ),
        title=_("Enter the address of the server"),
    ),
    field_step("realm", _("The part after /realms/ in that address."), title=_("Enter the realm")),
    *copy_steps(
        _("The Client ID that you typed on the first page."),
        _("Open the client's Credentials tab. Client Authenticator is “Client Id and Secret”."),
    ),
)

PROVIDER = openid_provider(
    "keycloak",
    "Keycloak",
    FIELDS,
    GUIDE,
    summary=_("Users sign in with their account at your Keycloak realm."),
    search_words=("kc", "red hat", "rhsso", "realm", "自建"),
    documentation="https://www.keycloak.org/docs/latest/server_admin/",
    look_up=issuer_look_up("server", issuer_of, needs=("realm",)),
)
