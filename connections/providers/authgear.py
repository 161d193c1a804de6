"""Authgear: sign in with the users of an Authgear project.

https://docs.authgear.com/get-started/regular-web-app
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import PastedField, SecretField
from connections.openid import IssuerForm, base_of, openid_provider
from connections.providers.definition import Step

DOCUMENTATION = "https://docs.authgear.com/get-started/regular-web-app"


class AuthgearForm(IssuerForm):
    """Where the Authgear project is, and the application in it."""

    issuer_field: ClassVar[str] = "endpoint"

    endpoint = PastedField(
        label=_("Authgear endpoint"),
        max_length=150,
        help_text=_("For example https://name.authgear.cloud, or your own domain."),
    )

    client_id = PastedField(
        label=_("Client ID"), help_text=_("16 letters and digits, on the application's page.")
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("On the application's page, shown after you confirm who you are."),
    )

    def clean_endpoint(self) -> str:
        base = base_of(self.cleaned_data["endpoint"])
        if base == "https://portal.authgear.com":
            raise ValidationError(
                _("This is the address of the portal. Copy the endpoint from the application."),
                code="mixed_up",
            )
        return base

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return str(values["endpoint"])


GUIDE = (
    Step(
        title=_("Create an application"),
        body=(
            _(
                "In the Authgear portal, open Applications, click Add Application and "
                "choose “OIDC/SAML Client Application”, the kind that has a client "
                "secret."
            ),
        ),
    ),
    Step(
        title=_("Tell Authgear where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under "
                "Authorized Redirect URIs, and save."
            ),
        ),
    ),
    Step(
        title=_("Copy the endpoint"),
        body=(
            _(
                "On the application's page: Endpoint under Basic Info, or what stands before "
                "/.well-known in the OpenID Configuration Endpoint."
            ),
        ),
        field="endpoint",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("On the application's page."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("It stands below the Client ID, under Basic Info."),),
        field="client_secret",
    ),
)

PROVIDER = openid_provider(
    id="authgear",
    name="Authgear",
    brand="Authgear",
    summary=_("People sign in with their account at your Authgear project."),
    search_words=("oursky",),
    documentation=DOCUMENTATION,
    form=AuthgearForm,
    button_labels={"en": "Sign in with Authgear", "zh-hans": "使用Authgear登录"},
    guide=GUIDE,
)
