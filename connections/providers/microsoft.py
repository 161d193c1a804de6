"""Microsoft: sign in with a personal account, or a work or school account of any organization.

https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.common import choice
from connections.protocols.oidc.fixed_endpoints import KnownOpenIDProtocol
from connections.protocols.oidc.id_tokens import decode_unverified
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.providers.definition import field_step, step
from connections.providers.families import app_registrations
from connections.providers.families.app_registrations import PERSONAL, parse_tenant_id, person
from connections.providers.families.social import social_provider
from connections.values.failures import SignInFailed
from connections.values.faults import misconfigured, not_allowed
from core.http.client import Response

LOGIN = "https://login.microsoftonline.com"

FIELDS = (
    choice(
        "accounts",
        _("Supported account types"),
        (
            ("common", _("Work, school and personal accounts")),
            ("organizations", _("Work and school accounts only")),
            ("consumers", _("Personal accounts only")),
        ),
        _(
            "The same as in the app registration. For a single organization, use Microsoft Entra "
            "ID instead."
        ),
    ),
    *app_registrations.CREDENTIALS,
)

GUIDE = (
    step(
        _("Register an application"),
        app_registrations.NEW_REGISTRATION,
        links=app_registrations.REGISTRATION_LINKS,
    ),
    field_step(
        "accounts",
        _(
            "Choose one of the supported account types for any organizational directory or for "
            "personal accounts, and choose the same one here."
        ),
        title=_("Choose whose accounts may sign in"),
    ),
    app_registrations.REGISTER_CALLBACK,
    *app_registrations.COPY_CREDENTIALS,
)

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
FAULTS = {
    **app_registrations.REGISTRATION_FAULTS,
    "700016": misconfigured(
        _("Microsoft does not recognize the app, or it is for other accounts."),
        _("Check the Application ID and the supported account types in the app registration."),
    ),
    "unauthorized_client": misconfigured(
        _("The app may not sign in these accounts."),
        _("Check that the supported account types are the same as in the app registration."),
    ),
    "invalid_resource": misconfigured(
        _("Microsoft does not recognize the app in this user's organization."),
        _("Check that the supported account types are the same as in the app registration."),
    ),
    "wrong_accounts": not_allowed(
        _("The user signed in with an account of a kind that is not allowed here."),
        _("This kind of Microsoft account cannot sign in here. Use another one."),
        _("To allow such accounts, choose other supported account types."),
    ),
}


class MicrosoftProtocol(KnownOpenIDProtocol):
    """Restricts the kinds of accounts, and accepts each tenant only for its own users."""

    @property
    def authorize_url(self) -> str:
        return self.of_accounts("authorize")

    @property
    def token_url(self) -> str:
        return self.of_accounts("token")

    def of_accounts(self, name: str) -> str:
        """Return an endpoint's URL for the kinds of accounts that the connection allows."""
        endpoint = self.definition.endpoints[name]
        return endpoint.url.replace("/common/", f"/{self.settings['accounts']}/")

    def parse_tokens(self, response: Response) -> Tokens:
        app_registrations.refuse_known_codes(response, FAULTS)
        return super().parse_tokens(response)

    def issuers(self, tokens: Mapping[str, Any]) -> list[str]:
        """Return the issuer of the tenant in the token. Only that tenant may have signed it.

        https://learn.microsoft.com/entra/identity-platform/claims-validation
        """
        _header, told = decode_unverified(tokens.get("id_token", ""))
        return [f"{LOGIN}/{parse_tenant_id(told)}/v2.0"]

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        told = super().fetch_profile(tokens, callback)
        personal, allowed = parse_tenant_id(told) == PERSONAL, self.settings["accounts"]
        if allowed == ("organizations" if personal else "consumers"):
            raise SignInFailed("wrong_accounts")
        return told


PROVIDER = social_provider(
    "microsoft",
    "Microsoft",
    FIELDS,
    GUIDE,
    authorize="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    tokens="https://login.microsoftonline.com/common/oauth2/v2.0/token",
    keys="https://login.microsoftonline.com/common/discovery/v2.0/keys",
    protocol=MicrosoftProtocol,
    scopes=("openid", "profile", "email"),
    claims=person,
    tenants=app_registrations.TENANTS,
    namespace=lambda settings: app_registrations.NAMESPACE,
    nonce=True,
    summary=_("Users sign in with their personal, work or school Microsoft account."),
    search_words=("ms", "azure", "outlook", "hotmail", "live", "xbox", "office 365", "微软"),
    faults=FAULTS,
    **app_registrations.PERSON_ENTRY,
)
