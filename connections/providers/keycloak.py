"""Keycloak: sign in with the users of a realm.

https://www.keycloak.org/docs/latest/server_admin/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import PastedField, SecretField
from connections.openid import IssuerForm, base_of, openid_provider
from connections.providers.definition import Step

DOCUMENTATION = "https://www.keycloak.org/docs/latest/server_admin/"
REALM = re.compile(r"[^\s/\\?#%]{1,60}")


class KeycloakForm(IssuerForm):
    """Where Keycloak is, its realm, and the client in it."""

    issuer_field: ClassVar[str] = "server"

    server = PastedField(
        label=_("Server address"),
        max_length=150,
        help_text=_(
            "For example https://login.example.com; before version 17 with /auth at its end."
        ),
    )
    realm = PastedField(
        label=_("Realm"),
        max_length=60,
        help_text=_("Its name, not its display name. Capital letters count."),
    )

    client_id = PastedField(
        label=_("Client ID"), help_text=_("The name that you gave to the client.")
    )
    client_secret = SecretField(
        label=_("Client Secret"), max_length=500, help_text=_("On the client's Credentials tab.")
    )

    def clean_server(self) -> str:
        base = base_of(self.cleaned_data["server"])
        for part in ("/realms/", "/admin"):
            if part in f"{base}/":
                raise ValidationError(
                    _("Enter the address of the server alone, without /realms and what follows."),
                    code="mixed_up",
                )
        return base

    def clean_realm(self) -> str:
        realm: str = self.cleaned_data["realm"]
        if not REALM.fullmatch(realm):
            raise ValidationError(_("A realm's name has no spaces and no slashes."), code="shape")
        if realm == "master":
            self.warn(
                "realm",
                "master",
                _("The realm “master” is for Keycloak's own administrators. Use another one."),
            )
        return realm

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return f"{values['server']}/realms/{values['realm']}"


GUIDE = (
    Step(
        title=_("Create a client"),
        body=(
            _(
                "In the admin console, choose the realm, open Clients and click "
                "Create client. Client type: OpenID Connect."
            ),
            _(
                "On the second page, switch Client authentication on, and leave "
                "Standard flow ticked."
            ),
        ),
    ),
    Step(
        title=_("Tell Keycloak where people come back to"),
        body=(
            _(
                "On the third page, enter the callback URL from the card “Copy to the "
                "provider” under Valid redirect URIs, the whole of it, without a "
                "star."
            ),
        ),
    ),
    Step(
        title=_("Enter the address of the server"),
        body=(
            _(
                "The part before /realms in the address of “OpenID Endpoint "
                "Configuration” under Realm settings."
            ),
        ),
        field="server",
    ),
    Step(
        title=_("Enter the realm"),
        body=(_("As it stands after /realms/ in that address."),),
        field="realm",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("The Client ID that you typed on the first page."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _("Open the client's Credentials tab. Client Authenticator is “Client Id and Secret”."),
        ),
        field="client_secret",
    ),
)

PROVIDER = openid_provider(
    id="keycloak",
    name="Keycloak",
    brand="Keycloak",
    summary=_("People sign in with their account at your Keycloak realm."),
    search_words=("red hat", "rhsso", "realm", "自建"),
    documentation=DOCUMENTATION,
    form=KeycloakForm,
    button_labels={"en": "Sign in with Keycloak", "zh-hans": "使用Keycloak登录"},
    guide=GUIDE,
)
