"""Logto: sign in with the users of a Logto tenant.

https://docs.logto.io/integrate-logto/application-data-structure
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import PastedField, SecretField
from connections.openid import IssuerForm, base_of, openid_provider
from connections.providers.definition import Step

DOCUMENTATION = "https://docs.logto.io/integrate-logto/application-data-structure"


class LogtoForm(IssuerForm):
    """Where Logto is, and the application in it."""

    issuer_field: ClassVar[str] = "endpoint"

    endpoint = PastedField(
        label=_("Logto endpoint"),
        max_length=150,
        help_text=_("For example https://name.logto.app, or the address of your own Logto."),
    )

    client_id = PastedField(label=_("Client ID"), help_text=_("Logto calls it App ID."))
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("One of those that Logto calls App secrets."),
    )

    def clean_endpoint(self) -> str:
        base = base_of(self.cleaned_data["endpoint"]).removesuffix("/oidc")
        if base == "https://cloud.logto.io":
            raise ValidationError(
                _(
                    "This is the address of the console. Copy the Logto endpoint from "
                    "the application."
                ),
                code="mixed_up",
            )
        return base

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return f"{values['endpoint']}/oidc"


GUIDE = (
    Step(
        title=_("Create an application"),
        body=(
            _(
                "In the Logto console, open Applications, click Create application "
                "and choose Traditional Web."
            ),
        ),
    ),
    Step(
        title=_("Tell Logto where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under "
                "Redirect URIs, and save."
            ),
        ),
    ),
    Step(
        title=_("Copy the Logto endpoint"),
        body=(_("On the application's page, under Endpoints & Credentials."),),
        field="endpoint",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("It is the App ID, on the same page."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _("It stands on the same page, under App secrets. If it has an expiry date, note it."),
        ),
        field="client_secret",
    ),
)

PROVIDER = openid_provider(
    id="logto",
    name="Logto",
    brand="Logto",
    summary=_("People sign in with their account at your Logto tenant."),
    search_words=("自建",),
    documentation=DOCUMENTATION,
    form=LogtoForm,
    button_labels={"en": "Sign in with Logto", "zh-hans": "使用Logto登录"},
    guide=GUIDE,
)
