"""PingOne: sign in with the users of a PingOne environment.

https://docs.pingidentity.com/pingone/applications/p1_edit_application_oidc.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import PastedField, SecretField
from connections.openid import IssuerForm, openid_provider
from connections.providers.definition import Step

DOCUMENTATION = "https://docs.pingidentity.com/pingone/applications/p1_edit_application_oidc.html"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PingOneForm(IssuerForm):
    """What PingOne shows of an OIDC web app, and where its servers are."""

    issuer_field: ClassVar[str] = "environment_id"

    region = forms.ChoiceField(
        label=_("Region"),
        choices=(
            ("com", _("North America")),
            ("ca", _("Canada")),
            ("eu", _("Europe")),
            ("asia", _("Asia-Pacific")),
            ("com.au", _("Australia")),
            ("sg", _("Singapore")),
        ),
        initial="com",
        help_text=_("The end of the address of your console: console.pingone.eu is Europe."),
    )
    environment_id = PastedField(
        label=_("Environment ID"), help_text=_("36 characters with four hyphens.")
    )

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("On the application's Overview. It is another one than the Environment ID."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("On the application's Overview, hidden at first."),
    )

    def clean_environment_id(self) -> str:
        value: str = self.cleaned_data["environment_id"].lower()
        if not UUID.fullmatch(value):
            raise ValidationError(
                _("An Environment ID has 36 characters: digits, a to f, and four hyphens."),
                code="shape",
            )
        return value

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return f"https://auth.pingone.{values['region']}/{values['environment_id']}/as"


GUIDE = (
    Step(
        title=_("Add an application"),
        body=(
            _(
                "In the PingOne console, open Applications > Applications, click the "
                "plus sign and choose OIDC Web App."
            ),
        ),
    ),
    Step(
        title=_("Tell PingOne where people come back to"),
        body=(
            _(
                "On the Configuration tab, click the pencil and enter the callback "
                "URL from the card “Copy to the provider” under Redirect URIs. Then "
                "switch the application on at the top."
            ),
            # https://docs.pingidentity.com/pinggateway/2025.3/pingone/oidc-ping.html
            _("On the Overview, click Resource Access and select the scopes email and profile."),
        ),
    ),
    Step(
        title=_("Choose the region"),
        body=(_("It is the end of the console's address."),),
        field="region",
    ),
    Step(
        title=_("Copy the Environment ID"),
        body=(_("On the application's Overview, among its connection details."),),
        field="environment_id",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("On the application's Overview."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "On the application's Overview, click the eye. On the Configuration tab, the "
                "Token Auth Method is Client Secret Basic."
            ),
        ),
        field="client_secret",
    ),
)

PROVIDER = openid_provider(
    id="pingone",
    name="PingOne",
    brand="PingOne",
    summary=_("People sign in with their account in your PingOne environment."),
    search_words=("ping identity", "sso"),
    documentation=DOCUMENTATION,
    form=PingOneForm,
    button_labels={"en": "Sign in with PingOne", "zh-hans": "使用PingOne登录"},
    guide=GUIDE,
)
