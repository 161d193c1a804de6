"""AD FS: sign in with the accounts of a Windows domain at its own federation server."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from connections.fields.common import advanced, client_id, client_secret
from connections.fields.field import Check
from connections.protocols.oidc.claims import NAMES
from connections.protocols.oidc.discovered_endpoints import OpenIDConnectProtocol
from connections.providers.definition import field_step, https_only, step
from connections.providers.families.accounts import Account
from connections.providers.families.openid import (
    check_base_url,
    issuer_look_up,
    openid_provider,
    server_address,
)
from connections.values.faults import misconfigured


def check_server(found: Check, value: str) -> str:
    """Return the server's address; raises ValidationError."""
    return check_base_url(found, value).removesuffix("/adfs")


FIELDS = (
    server_address(
        "server",
        _("Federation service address"),
        _("For example https://adfs.example.com."),
        # Endpoints of other protocols.
        mistakes={
            r"(?i).*/(?:services/trust|ls|federationmetadata|oauth2|idpinitiatedsignon)\b.*": _(
                "Enter the address of the server alone, without what follows the host."
            )
        },
        check=check_server,
    ),
    client_id(
        _("Client ID (Client Identifier)"),
        _("AD FS generates one with 36 characters, unless you entered another."),
    ),
    client_secret(
        max_length=500,
        help=_("Shown once. If it is lost, reset it in the server application's properties."),
    ),
    advanced(
        "resource",
        _("Web API identifier"),
        _("Leave it empty if it is the Client Identifier, as described in the guide."),
    ),
)

GUIDE = (
    field_step(
        "server",
        _(
            "The Federation Service name, which is in the address of your AD FS sign-in page, with "
            "https:// before it."
        ),
        title=_("Enter the address of the federation service"),
    ),
    step(
        _("Add an application group"),
        _(
            "In AD FS Management, open Application Groups, click Add Application Group and choose "
            "Server application accessing a web API. This requires AD FS 2019 or later, or 2016 "
            "with its updates."
        ),
    ),
    field_step(
        "client_id",
        _(
            "On the page Server application, copy the Client Identifier, enter the callback URL "
            "from the card “Copy to the provider” under Redirect URI, and click Add."
        ),
        title=_("Copy the Client Identifier and register the callback URL"),
    ),
    field_step(
        "client_secret",
        _(
            "On the page Configure Application Credentials, tick Generate a shared secret. AD FS "
            "shows it only once."
        ),
    ),
    step(
        _("Choose what the application may read"),
        _(
            "On the page Configure Web API, enter the Client Identifier from the page Server "
            "application under Identifier, and click Add."
        ),
        _(
            "On the page Configure Application Permissions, tick allatclaims, email, openid and "
            "profile under Permitted scopes."
        ),
        _(
            "Afterwards, open the Web API's Issuance Transform Rules and add a rule of the type "
            "Send LDAP Attributes as Claims: E-Mail-Addresses as E-Mail Address, and Display-Name "
            "as Name."
        ),
    ),
)

# https://learn.microsoft.com/openspecs/windows_protocols/ms-oapx
REFUSED = {
    "invalid_resource": misconfigured(
        _(
            "AD FS has no Web API with this identifier, or the application is not allowed to "
            "use it."
        ),
        _("Check the Web API identifier, and tick the scopes under Client Permissions."),
    )
}


class ADFSProtocol(OpenIDConnectProtocol):
    """Requests all claims in the ID token, because userinfo has only the subject.

    https://learn.microsoft.com/windows-server/identity/ad-fs/development/custom-id-tokens-in-ad-fs
    """

    reads_profile = False

    def extra_authorize_parameters(self) -> Mapping[str, str]:
        resource = self.settings.get("resource")
        return {"resource": resource} if resource else {}


PROVIDER = openid_provider(
    "adfs",
    "AD FS",
    FIELDS,
    GUIDE,
    protocol=ADFSProtocol,
    scopes=("openid", "profile", "email", "allatclaims"),
    # `upn` looks like an email address but may not be one.
    claims=Account(names=(*NAMES, "upn", "unique_name")),
    summary=_("Users sign in with their account in your Windows domain."),
    search_words=(
        "adfs",
        "active directory",
        "federation services",
        "microsoft",
        "windows server",
        "sso",
        "域账号",
    ),
    documentation="https://learn.microsoft.com/windows-server/identity/ad-fs/development/ad-fs-openid-connect-oauth-concepts",
    look_up=issuer_look_up("server", "{server}/adfs"),
    button_labels={"en": "Use your work account", "zh-hans": "使用工作账号登录"},
    faults=REFUSED,
    # https://learn.microsoft.com/powershell/module/adfs/add-adfsserverapplication
    site_warning=https_only("AD FS", or_localhost=True),
)
