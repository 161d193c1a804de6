"""AD FS: sign in with the accounts of a Windows domain, by its own federation server.

https://learn.microsoft.com/windows-server/identity/ad-fs/development/ad-fs-openid-connect-oauth-concepts
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import PastedField, SecretField
from connections.models import Outcome
from connections.openid import FAULTS, IssuerForm, base_of, openid_provider
from connections.providers.definition import Copyable, Fault, Settings, Step, https_only
from connections.signin.oidc.claims import NAMES
from connections.signin.oidc.provider import OpenIDConnectAdapter
from connections.signin.people import address_of, name_of

DOCUMENTATION = (
    "https://learn.microsoft.com/windows-server/identity/ad-fs/development/"
    "ad-fs-openid-connect-oauth-concepts"
)
# What the server answers to other protocols than this one.
OTHER_ADDRESS = re.compile(
    r".*/(?:services/trust|ls|federationmetadata|oauth2|idpinitiatedsignon)\b.*", re.IGNORECASE
)


class ADFSForm(IssuerForm):
    """Where AD FS is, and what its console shows of a server application."""

    issuer_field: ClassVar[str] = "server"
    secret_is_bound_to: ClassVar[tuple[str, ...]] = ("client_id", "issuer")
    advanced: ClassVar[tuple[str, ...]] = ("resource",)

    server = PastedField(
        label=_("Federation service address"),
        max_length=150,
        help_text=_("For example https://adfs.example.com."),
    )
    client_id = PastedField(
        label=_("Client ID (Client Identifier)"),
        help_text=_("AD FS makes one of 36 characters, unless you typed another."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("Shown once. If it is lost, reset it in the server application's properties."),
    )
    resource = PastedField(
        label=_("Web API identifier"),
        required=False,
        help_text=_("Leave it empty if it is the Client Identifier, as the guide has it."),
    )

    def clean_server(self) -> str:
        typed: str = self.cleaned_data["server"]
        if OTHER_ADDRESS.fullmatch(typed):
            raise ValidationError(
                _("Enter the address of the server alone, without what follows the host."),
                code="mixed_up",
            )
        return base_of(typed).removesuffix("/adfs")

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return f"{values['server']}/adfs"


GUIDE = (
    Step(
        title=_("Enter the address of the federation service"),
        body=(
            _(
                "The Federation Service name, which is in the address of your AD FS "
                "sign-in page, with https:// before it."
            ),
        ),
        field="server",
    ),
    Step(
        title=_("Add an application group"),
        body=(
            _(
                "In AD FS Management, open Application Groups, click Add "
                "Application Group and choose Server application accessing a web "
                "API. AD FS 2019 or later, or 2016 with its updates."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client Identifier and tell AD FS where people come back to"),
        body=(
            _(
                "On the page Server application, copy the Client Identifier, enter "
                "the callback URL from the card “Copy to the provider” under "
                "Redirect URI, and click Add."
            ),
        ),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "On the page Configure Application Credentials, tick Generate a shared "
                "secret. It is shown only now."
            ),
        ),
        field="client_secret",
    ),
    Step(
        title=_("Say what the application may read"),
        body=(
            _(
                "On the page Configure Web API, enter the Client Identifier from the "
                "page Server application under Identifier, and click Add."
            ),
            _(
                "On the page Configure Application Permissions, tick allatclaims, "
                "email, openid and profile under Permitted scopes."
            ),
            _(
                "Afterwards, open the Web API's Issuance Transform Rules and add a "
                "rule of the kind Send LDAP Attributes as Claims: E-Mail-Addresses "
                "as E-Mail Address, and Display-Name as Name."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Redirect URI"),
        help=_("AD FS compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

# https://learn.microsoft.com/openspecs/windows_protocols/ms-oapx
REFUSED = {
    "invalid_resource": Fault(
        outcome=Outcome.CONFIG,
        cause=_("AD FS knows no Web API with this identifier, or the application may not use it."),
        fix=_("Compare the Web API's identifier, and tick the scopes under Client Permissions."),
    ),
}


class ADFSAdapter(OpenIDConnectAdapter):
    """Asks for all claims in the ID token; the profile has nothing but the subject.

    https://learn.microsoft.com/windows-server/identity/ad-fs/development/custom-id-tokens-in-ad-fs
    """

    reads_profile: ClassVar[bool] = False

    @classmethod
    def asked_besides(cls, settings: Mapping[str, Any]) -> Mapping[str, str]:
        return {"resource": settings["resource"]} if settings.get("resource") else {}


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; `upn` looks like an e-mail address and need not be one."""
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, (*NAMES, "upn", "unique_name"), answer["sub"]),
        address=address_of(answer)[0],
    )


PROVIDER = openid_provider(
    id="adfs",
    name="AD FS",
    brand="AD FS",
    summary=_("People sign in with their account in your Windows domain."),
    search_words=(
        "adfs",
        "active directory",
        "federation services",
        "microsoft",
        "windows server",
        "sso",
        "域账号",
    ),
    documentation=DOCUMENTATION,
    form=ADFSForm,
    scopes=("openid", "profile", "email", "allatclaims"),
    login=ADFSAdapter,
    claims=read,
    button_labels={"en": "Use your work account", "zh-hans": "使用工作账号登录"},
    guide=GUIDE,
    copies=COPIES,
    faults={**FAULTS, **REFUSED},
    # https://learn.microsoft.com/powershell/module/adfs/add-adfsserverapplication
    site_warning=https_only("AD FS", or_localhost=True),
)
