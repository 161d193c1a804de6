"""Auth0: sign in with the users of an Auth0 tenant.

https://auth0.com/docs/get-started/applications/application-settings
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import PastedField, SecretField
from connections.models import Outcome
from connections.openid import FAULTS, IssuerForm, host_of, openid_provider
from connections.providers.definition import Fault, Step

DOCUMENTATION = "https://auth0.com/docs/get-started/applications/application-settings"


class Auth0Form(IssuerForm):
    """What Auth0 shows of a regular web application."""

    issuer_field: ClassVar[str] = "domain"

    domain = PastedField(
        label=_("Domain"), help_text=_("For example name.eu.auth0.com, or your own domain there.")
    )

    client_id = PastedField(
        label=_("Client ID"), help_text=_("In the application, under Settings > Basic Information.")
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("It stands below the Client ID and is hidden at first."),
    )

    def clean_domain(self) -> str:
        host = host_of(self.cleaned_data["domain"])
        if host == "manage.auth0.com":
            raise ValidationError(
                _(
                    "This is the address of the dashboard. Copy the Domain from the "
                    "application's page."
                ),
                code="mixed_up",
            )
        return host

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        # Auth0's own spelling ends with a slash.
        return f"https://{values['domain']}/"


GUIDE = (
    Step(
        title=_("Create an application"),
        body=(
            _(
                "In the Auth0 dashboard, open Applications > Applications, click "
                "Create Application and choose Regular Web Applications."
            ),
        ),
    ),
    Step(
        title=_("Tell Auth0 where people come back to"),
        body=(
            _(
                "On the Settings tab, enter the callback URL from the card “Copy to "
                "the provider” under Allowed Callback URLs, and click Save Changes."
            ),
        ),
    ),
    Step(
        title=_("Copy the domain"),
        body=(
            _(
                "It stands on the Settings tab, under Basic Information. Where people "
                "see a domain of your own, enter that one."
            ),
        ),
        field="domain",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("It stands below the domain."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("It stands below the Client ID; the button beside it copies it."),),
        field="client_secret",
    ),
)

# https://auth0.com/docs/api/authentication/authorization-code-flow/get-token
REFUSED = {
    "access_denied": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Auth0 does not accept the Client ID with this client secret."),
        fix=_("Copy both again from the application's page."),
    ),
}

PROVIDER = openid_provider(
    id="auth0",
    name="Auth0",
    brand="Auth0",
    summary=_("People sign in with their account at your Auth0 tenant."),
    search_words=("okta", "universal login"),
    documentation=DOCUMENTATION,
    form=Auth0Form,
    button_labels={"en": "Sign in with Auth0", "zh-hans": "使用Auth0登录"},
    guide=GUIDE,
    faults={**FAULTS, **REFUSED},
)
