"""OpenID Connect: sign in at an organization's own provider, such as Keycloak, Okta or Entra ID.

https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import ConnectionForm, PastedField, SecretField
from connections.openid import IssuerForm, checked_address, openid_provider
from connections.providers.definition import Step
from connections.signin.oidc.metadata import BY_HAND, WELL_KNOWN, by_hand

DOCUMENTATION = "https://openid.net/specs/openid-connect-core-1_0.html"
DEFAULT_SCOPES = "openid profile email"


class OpenIDConnectForm(IssuerForm):
    """Where the provider is, and what it gave to our client."""

    computed: ClassVar[tuple[str, ...]] = ()
    issuer_field: ClassVar[str] = "issuer"
    advanced: ClassVar[tuple[str, ...]] = ("scopes", *BY_HAND, "secret_in_body")
    secret_is_bound_to: ClassVar[tuple[str, ...]] = (
        "client_id",
        "issuer",
        *BY_HAND,
        "secret_in_body",
    )

    issuer = PastedField(
        label=_("Issuer URL"),
        max_length=190,
        help_text=_("For example https://login.example.com/realms/staff."),
    )
    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("The name under which the provider knows this sign-in page."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("The provider gives it to confidential clients."),
    )
    scopes = PastedField(
        label=_("Scopes"),
        initial=DEFAULT_SCOPES,
        required=False,
        help_text=_("With spaces between them; openid must be one of them."),
    )
    authorization_endpoint = PastedField(
        label=_("Authorization endpoint"),
        max_length=500,
        required=False,
        help_text=_(
            "Leave all four addresses empty to take them from the issuer's discovery "
            "document. Enter them only if it has none."
        ),
    )
    token_endpoint = PastedField(label=_("Token endpoint"), max_length=500, required=False)
    userinfo_endpoint = PastedField(label=_("Userinfo endpoint"), max_length=500, required=False)
    jwks_uri = PastedField(label=_("Address of the keys (JWKS)"), max_length=500, required=False)
    secret_in_body = forms.BooleanField(
        label=_("Send the client secret in the body (client_secret_post)"),
        required=False,
        help_text=_(
            "Only with addresses entered above; otherwise the provider says what it takes."
        ),
    )

    def clean_issuer(self) -> str:
        value: str = self.cleaned_data["issuer"]
        if value.endswith(WELL_KNOWN):
            value = value.removesuffix(WELL_KNOWN)
            self.notices["issuer"] = [_("Saved without the address of the discovery document.")]
        if "?" in value:
            raise ValidationError(_("An issuer has no question mark."), code="shape")
        return checked_address(value)

    def clean_scopes(self) -> str:
        words = (self.cleaned_data["scopes"] or DEFAULT_SCOPES).split()
        if "openid" not in words:
            raise ValidationError(
                _("Add openid: without it the provider does not say who the person is."),
                code="openid",
            )
        return " ".join(dict.fromkeys(words))

    def clean_authorization_endpoint(self) -> str:
        return checked_address(self.cleaned_data["authorization_endpoint"])

    def clean_token_endpoint(self) -> str:
        return checked_address(self.cleaned_data["token_endpoint"])

    def clean_userinfo_endpoint(self) -> str:
        return checked_address(self.cleaned_data["userinfo_endpoint"])

    def clean_jwks_uri(self) -> str:
        return checked_address(self.cleaned_data["jwks_uri"])

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return str(values["issuer"])

    def clean(self) -> dict[str, Any]:
        if not by_hand(self.cleaned_data) or set(self.errors) & {"issuer", *BY_HAND}:
            return super().clean()
        self.refuse_missing_addresses()
        return ConnectionForm.clean(self)

    def refuse_missing_addresses(self) -> None:
        """Addresses are discovered, or typed: all but that of the profile are needed."""
        for name in BY_HAND:
            if name != "userinfo_endpoint" and not self.cleaned_data.get(name):
                self.add_error(
                    name,
                    ValidationError(
                        _("Enter this one, too, or none of the four addresses."), code="missing"
                    ),
                )


GUIDE = (
    Step(
        title=_("Register a client at the provider"),
        body=(
            _(
                "At your organization's provider, for example Keycloak, Okta, Microsoft Entra ID "
                "or authentik, add a client (it may be called application) for the web, of the "
                "confidential kind, with the authorization code flow."
            ),
        ),
    ),
    Step(
        title=_("Tell it where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” as redirect URI, the "
                "whole of it, without wildcards."
            ),
        ),
    ),
    Step(
        title=_("Copy the issuer"),
        body=(
            _(
                "The address before /.well-known/openid-configuration at the "
                "provider. That document is read when you save, and must name the "
                "same issuer."
            ),
            _(
                "Keycloak: https://host/realms/name. Okta: https://name.okta.com. Entra ID: "
                "https://login.microsoftonline.com/tenant/v2.0, with the id of your tenant."
            ),
        ),
        field="issuer",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("Some providers call it application ID."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "Its value, not its id. Note when it expires: from that day on nobody can sign in "
                "until there is a new one."
            ),
        ),
        field="client_secret",
    ),
)

PROVIDER = openid_provider(
    id="openid_connect",
    name="OpenID Connect",
    brand=_("Single sign-on"),
    summary=_("People sign in at your organization's own provider."),
    search_words=(
        "oidc",
        "sso",
        "entra",
        "azure",
        "adfs",
        "单点登录",
        "企业",
    ),
    documentation=DOCUMENTATION,
    form=OpenIDConnectForm,
    button_labels={"en": "Single sign-on", "zh-hans": "企业单点登录"},
    guide=GUIDE,
)
