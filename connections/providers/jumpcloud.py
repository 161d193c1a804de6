"""JumpCloud: sign in with the users of a JumpCloud organization.

https://jumpcloud.com/support/sso-with-oidc
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import PastedField, SecretField
from connections.openid import COPIES, IssuerForm, openid_provider
from connections.providers.definition import Copyable, Settings, Step
from connections.signin.oidc.claims import person

DOCUMENTATION = "https://jumpcloud.com/support/sso-with-oidc"

REGIONS = (
    ("oauth.id.jumpcloud.com", _("United States")),
    ("oauth.id.eu.jumpcloud.com", _("Europe")),
    ("oauth.id.in.jumpcloud.com", _("India")),
)


class JumpCloudForm(IssuerForm):
    """What JumpCloud shows of a custom application, and where its servers are."""

    issuer_field: ClassVar[str] = "region"

    region = forms.ChoiceField(
        label=_("Region"),
        choices=REGIONS,
        initial=REGIONS[0][0],
        help_text=_("The Admin Portal's address says it: console.eu.jumpcloud.com is Europe."),
    )
    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("Shown when the application is activated, and later on its SSO tab."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("Shown once. If it is lost, regenerate it on the SSO tab."),
    )

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        # JumpCloud's own spelling ends with a slash.
        return f"https://{values['region']}/"


GUIDE = (
    Step(
        title=_("Choose the region"),
        body=(_("It is in the address of the Admin Portal."),),
        field="region",
    ),
    Step(
        title=_("Add an application"),
        body=(
            _(
                "In the JumpCloud Admin Portal, open SSO Applications, click Add "
                "New Application and choose Custom Application. Tick Manage Single "
                "Sign-On, then Configure SSO with OIDC."
            ),
        ),
    ),
    Step(
        title=_("Tell JumpCloud where people come back to"),
        body=(
            _(
                "On the SSO tab, enter the callback URL from the card “Copy to the "
                "provider” under Redirect URIs, and the Login URL from the same card "
                "under Login URL."
            ),
            _(
                "Client Authentication Type: Client Secret Basic. Under Attribute "
                "Mapping, tick the standard scopes Email and Profile."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("Click Activate: JumpCloud shows it beside the client secret."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("JumpCloud shows it only now. Then choose under User Groups who may sign in."),),
        field="client_secret",
    ),
)


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; an administrator chooses what the claims say, `email_verified` too."""
    return person(namespace, {**answer, "email_verified": False}, ())


LOGIN_URL = Copyable(
    id="login-url",
    label=_("Login URL"),
    help=_("The sign-in page, to which JumpCloud's User Portal leads people."),
    value=lambda site: f"{site.scheme}://{site.host}/login",
)

PROVIDER = openid_provider(
    id="jumpcloud",
    name="JumpCloud",
    brand="JumpCloud",
    summary=_("People sign in with their JumpCloud account."),
    search_words=("directory", "sso"),
    documentation=DOCUMENTATION,
    form=JumpCloudForm,
    copies=(*COPIES, LOGIN_URL),
    claims=read,
    known_by="`sub` for the application",
    # All of JumpCloud's customers have one issuer, and each one's administrators map its claims.
    namespace=lambda settings: f"jumpcloud:{settings['client_id']}",
    button_labels={"en": "Sign in with JumpCloud", "zh-hans": "使用JumpCloud登录"},
    guide=GUIDE,
)
