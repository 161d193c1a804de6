"""authentik: sign in with the users of an authentik installation.

https://docs.goauthentik.io/docs/add-secure-apps/providers/oauth2/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import PastedField, SecretField
from connections.openid import IssuerForm, base_of, openid_provider
from connections.providers.definition import Settings, Step
from connections.signin.oidc.claims import person

DOCUMENTATION = "https://docs.goauthentik.io/docs/add-secure-apps/providers/oauth2/"
SLUG = re.compile(r"[-0-9A-Za-z_]{1,60}")


class AuthentikForm(IssuerForm):
    """Where authentik is, the application, and its provider."""

    issuer_field: ClassVar[str] = "server"

    server = PastedField(
        label=_("Server address"),
        max_length=150,
        help_text=_("For example https://login.example.com."),
    )
    application = PastedField(
        label=_("Application slug"),
        max_length=60,
        help_text=_("The application's name in addresses."),
    )

    client_id = PastedField(label=_("Client ID"), help_text=_("On the provider's page."))
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("On the provider's page, when you edit it."),
    )

    def clean_server(self) -> str:
        base = base_of(self.cleaned_data["server"])
        if "/application/" in f"{base}/" or "/if/" in f"{base}/":
            raise ValidationError(
                _("Enter the address of the server alone, without what follows the host."),
                code="mixed_up",
            )
        return base

    def clean_application(self) -> str:
        slug: str = self.cleaned_data["application"]
        if not SLUG.fullmatch(slug):
            raise ValidationError(
                _("A slug has letters, digits, hyphens and underscores."), code="shape"
            )
        return slug

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        # authentik's own spelling ends with a slash.
        return f"{values['server']}/application/o/{values['application']}/"


GUIDE = (
    Step(
        title=_("Create an application with a provider"),
        body=(
            _(
                "In the Admin interface, open Applications > Applications and click "
                "Create with Provider. Choose OAuth2/OpenID Provider, with Client "
                "type Confidential."
            ),
        ),
    ),
    Step(
        title=_("Tell authentik where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under "
                "Redirect URIs, with the matching mode Strict."
            ),
            _(
                "Choose a Signing Key: without one, ID tokens are not signed in a way "
                "that can be checked."
            ),
            # https://docs.goauthentik.io/docs/add-secure-apps/providers/oauth2/
            _(
                "Under Advanced protocol settings, leave Subject mode at the hashed "
                "ID: a user name "
                "or an e-mail address may be given to somebody else later."
            ),
        ),
    ),
    Step(
        title=_("Enter the address of the server"),
        body=(_("As you open it in the browser."),),
        field="server",
    ),
    Step(
        title=_("Enter the application's slug"),
        body=(
            _(
                "It stands on the application's page. The Issuer mode of the provider, under "
                "Advanced protocol settings, must be “Each provider has a different issuer, based "
                "on the application slug”, which it is at first."
            ),
        ),
        field="application",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("On the provider's page."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("Edit the provider: the Client Secret is below the Client ID."),),
        field="client_secret",
    ),
)


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; authentik proves no address, whatever an older one or a mapping says.

    https://docs.goauthentik.io/docs/add-secure-apps/providers/oauth2/#email-scope-verification
    """
    return person(namespace, {**answer, "email_verified": False}, ())


PROVIDER = openid_provider(
    id="authentik",
    name="authentik",
    brand="authentik",
    summary=_("People sign in with their account at your authentik."),
    search_words=("goauthentik", "自建"),
    documentation=DOCUMENTATION,
    form=AuthentikForm,
    claims=read,
    button_labels={"en": "Sign in with authentik", "zh-hans": "使用authentik登录"},
    guide=GUIDE,
)
