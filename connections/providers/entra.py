"""Microsoft Entra ID: sign in with the accounts of one organization only.

https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.common import choice, only, provider_id
from connections.protocols.oidc.discovered_endpoints import OpenIDConnectProtocol
from connections.protocols.protocol import Tokens
from connections.providers.definition import Answer, Probe, Settings, field_step, step
from connections.providers.families import app_registrations
from connections.providers.families.app_registrations import (
    GUID,
    NAMESPACE,
    PERSONAL,
    parse_tenant_id,
    person,
)
from connections.providers.families.openid import issuer_look_up, openid_provider
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from connections.values.faults import misconfigured
from core.http.client import Response

# https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
GLOBAL = "login.microsoftonline.com"
CLOUDS = (
    (GLOBAL, _("Global")),
    ("login.partner.microsoftonline.cn", _("China, operated by 21Vianet (世纪互联)")),
    ("login.microsoftonline.us", _("US Government")),
)

FIELDS = (
    choice(
        "cloud",
        _("Cloud"),
        CLOUDS,
        _("Global, unless your admin center has another address than entra.microsoft.com."),
    ),
    provider_id(
        "tenant_id",
        _("Directory (tenant) ID"),
        _("36 characters with four hyphens, on the app's Overview."),
        lower_case=True,
        mistakes={
            "common|organizations|consumers": _(
                "This stands for accounts of any organization. Enter the ID of yours, or add "
                "Microsoft instead."
            ),
            PERSONAL: _(
                "This stands for personal accounts. Enter the ID of your organization, or add "
                "Microsoft instead."
            ),
            r"(?:[0-9a-z-]+\.)+[a-z]{2,}": _(
                "This is a domain. Copy the Directory (tenant) ID from the app's Overview."
            ),
        },
        shape=only(
            GUID, _("A Directory (tenant) ID has 36 characters: digits, a to f, and four hyphens.")
        ),
    ),
    *app_registrations.CREDENTIALS,
)

GUIDE = (
    field_step(
        "cloud",
        _(
            "In China, organizations whose Microsoft 365 is operated by 21Vianet (世纪互联) have "
            "their own admin center."
        ),
        title=_("Choose the cloud"),
    ),
    step(
        _("Register an application"),
        app_registrations.NEW_REGISTRATION,
        _(
            "Under Supported account types, choose the accounts of your own organizational "
            "directory only: Single tenant."
        ),
        links=app_registrations.REGISTRATION_LINKS,
    ),
    app_registrations.REGISTER_CALLBACK,
    field_step(
        "tenant_id",
        _("It is on the app's Overview, below the Application (client) ID and the Object ID."),
    ),
    *app_registrations.COPY_CREDENTIALS,
    step(
        _("Choose who may sign in"),
        _(
            "By default, everybody in the organization may sign in, including guests. To choose "
            "users and groups, open Enterprise applications, set Assignment required? to Yes, and "
            "assign them."
        ),
    ),
)

APPENDIX = (
    step(
        _("Let email addresses count as verified"),
        _(
            "An organization's administrators can write any address into its accounts. Under Token "
            "configuration, add the optional claims email and xms_edov to the ID token: Microsoft "
            "then says whether the address's domain belongs to the organization."
        ),
        # https://github.com/MicrosoftDocs/azure-docs/issues/111425
        _(
            "If xms_edov is not in the list there, add it to optionalClaims > idToken in the "
            "Manifest, next to email."
        ),
    ),
)

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
REFUSED = {
    **app_registrations.REGISTRATION_FAULTS,
    "700016": misconfigured(
        _("The organization has no app with this Application ID."),
        _("Check the Application ID and the Directory (tenant) ID on the app's Overview."),
    ),
    "no_issuer": misconfigured(
        _("Microsoft has no organization with this ID in this cloud."),
        _("Check the Directory (tenant) ID on the app's Overview, and choose the right cloud."),
    ),
}


class EntraProtocol(OpenIDConnectProtocol):
    """Handles Microsoft's own error codes."""

    # The ID token has all claims of userinfo and more:
    # https://learn.microsoft.com/entra/identity-platform/userinfo
    reads_profile = False

    @property
    def app_scope(self) -> str:
        """The app itself, which requires no permission."""
        return f"{self.settings['client_id']}/.default"

    def parse_tokens(self, response: Response) -> Tokens:
        app_registrations.refuse_known_codes(response, REFUSED)
        return super().parse_tokens(response)


def namespace(settings: Settings) -> str:
    """Return the namespace of the users, which Microsoft shares unless in other clouds.

    The discovery at Microsoft has proved that the tenant is the issuer's.
    """
    return NAMESPACE if settings["cloud"] == GLOBAL else f"{NAMESPACE}:{settings['cloud']}"


def parse_claims(settings: Settings, namespace: str, answer: Answer) -> Claims:
    """Return the user's claims; raises SignInFailed for another organization's user."""
    tenant, expected = parse_tenant_id(answer), settings["tenant_id"]
    if tenant != expected:
        raise SignInFailed("issuer", field="tid", received=tenant, expected=expected)
    return person(settings, namespace, answer)


PROVIDER = openid_provider(
    "entra",
    "Microsoft Entra ID",
    FIELDS,
    GUIDE,
    protocol=EntraProtocol,
    claims=parse_claims,
    tenant_setting="tenant_id",
    namespace=namespace,
    more_hosts=(*(host for host, _name in CLOUDS), "graph.microsoft.com"),
    brand="Microsoft",
    summary=_("Users sign in with their account at your organization, and nobody else."),
    search_words=(
        "ms",
        "azure",
        "azure ad",
        "aad",
        "office 365",
        "microsoft 365",
        "sso",
        "微软",
        "世纪互联",
    ),
    look_up=issuer_look_up("tenant_id", "https://{cloud}/{tenant_id}/v2.0", needs=("cloud",)),
    # Another cloud has another operator, so the same app id is another app there.
    key_namespace=lambda namespace, settings: f"{namespace}-app:{settings['client_id']}",
    appendix=APPENDIX,
    faults=REFUSED,
    **app_registrations.PERSON_ENTRY,
    # Not documented: whether the secret is checked before an unreadable code is refused. A token
    # for the app itself is refused with invalid_grant if users must be assigned to the app.
    # https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    probe=Probe.CREDENTIALS_ALONE,
)
