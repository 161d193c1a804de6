"""App registrations at Microsoft, shared by the providers for all kinds of accounts.

https://learn.microsoft.com/entra/identity-platform/quickstart-register-app
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.access import Membership
from connections.fields.common import client_id, client_secret, only, usual
from connections.protocols.oidc.claims import NAMES
from connections.protocols.profiles import email_claim, name_of
from connections.protocols.responses import parse_object
from connections.providers.definition import (
    Settings,
    callback_step,
    copy_callback_url,
    field_step,
    https_only,
)
from connections.values.claims import Claims, IdentityClaims
from connections.values.facts import describe_json
from connections.values.failures import SignInFailed
from connections.values.faults import Fault, misconfigured
from core.http.client import Response
from core.text import printable_code

REGISTRATIONS = (
    "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"
)

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# A subject consists of the tenant's id and the user's id in it, for every app.
NAMESPACE = "microsoft"
# The tenant of all personal accounts.
# https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
REGISTRATION_FAULTS = {
    "7000215": misconfigured(
        _("Microsoft does not accept the client secret."),
        _("Copy the Value of the secret, not its Secret ID. If it is hidden, create a new one."),
    ),
    "7000222": misconfigured(
        _("The client secret has expired."),
        _("Create a new one under Certificates & secrets, and enter it here."),
    ),
    "50011": misconfigured(
        _("The callback URL is not among the app's redirect URIs."),
        _("Copy the callback URL from this page to the app's Authentication page, platform Web."),
    ),
}


APPLICATION_ID = client_id(
    _("Client ID (Application ID)"),
    _("36 characters with four hyphens, on the app's Overview."),
    lower_case=True,
    differs_from=("tenant_id",),
    shape=only(GUID, _("An Application ID has 36 characters: digits, a to f, and four hyphens.")),
)
SECRET_VALUE = client_secret(
    _("Client Secret (Value)"),
    _(
        "Usually 40 characters: the Value of the secret, not its Secret ID. Microsoft shows it "
        "only once."
    ),
    stray=re.compile(r"[0-9A-Za-z_.~-]{3}[0-9]Q~[0-9A-Za-z_.~-]{31,34}"),
    mistakes={GUID: _("This is an ID, maybe the Secret ID. Copy what is under Value.")},
    shape=usual(r"[0-9A-Za-z_.~-]{32,44}"),
    shows_expiry=True,
)

CREDENTIALS = (APPLICATION_ID, SECRET_VALUE)

NEW_REGISTRATION = _(
    "In the Microsoft Entra admin center, open Entra ID > App registrations and click New "
    "registration. The name is what users see on the consent page."
)
REGISTRATION_LINKS = ((_("Open app registrations"), REGISTRATIONS),)
REGISTER_CALLBACK = callback_step(
    _(
        "Under Redirect URI, choose the platform Web and enter the callback URL from the card "
        "“Copy to the provider”. Then click Register."
    )
)
COPY_APPLICATION_ID = field_step(
    "client_id",
    _(
        "It is on the app's Overview. The Object ID and the Directory (tenant) ID look the same "
        "but are different IDs."
    ),
)
COPY_SECRET_VALUE = field_step(
    "client_secret",
    _(
        "Under Certificates & secrets, click New client secret and copy its Value. A secret is "
        "valid for two years at most. Enter the day under Expires as well, so that owners are "
        "reminded in time."
    ),
)

COPY_CREDENTIALS = (COPY_APPLICATION_ID, COPY_SECRET_VALUE)

# What the entries of all kinds of accounts have in common.
ENTRY: Mapping[str, Any] = {
    "copies": (
        copy_callback_url(
            _("Redirect URI (platform Web)"),
            _("It must match exactly, including upper and lower case."),
        ),
    ),
    # https://learn.microsoft.com/entra/identity-platform/reply-url
    "site_warning": https_only("Microsoft", or_localhost=True),
}

TENANTS = Membership(
    claim="tid",
    label=_("Tenants"),
    help=_("The Directory (tenant) ID of each organization whose users may sign in."),
    shape=only(
        GUID, _("A Directory (tenant) ID has 36 characters: digits, a to f, and four hyphens.")
    ),
    ignores_case=True,
    is_in_subject=True,
)

# And those whose users are `person`.
PERSON_ENTRY: Mapping[str, Any] = {
    **ENTRY,
    "documentation": "https://learn.microsoft.com/entra/identity-platform/quickstart-register-app",
    # The same for every app. `sub` is the app's own and is kept as a second key.
    "known_by": "`tid` and `oid`",
    "identity_claims": IdentityClaims(subject=("tid", "oid"), key="sub"),
    "proves_addresses": True,
    # https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#send-the-sign-in-request
    "reauthentication": {"prompt": "login"},
    "login_hint": "login_hint",
}


def refuse_known_codes(response: Response, faults: Mapping[str, Fault]) -> None:
    """Raise SignInFailed with Microsoft's own error code if it is among the faults."""
    answer = parse_object(response)
    codes = answer.get("error_codes")
    for code in map(str, codes) if isinstance(codes, list) else ():
        if code in faults:
            raise SignInFailed(
                code, code=code, trace=printable_code(str(answer.get("trace_id", "")))
            )


def parse_tenant_id(told: Mapping[str, Any]) -> str:
    """Return the tenant id of the account; raises SignInFailed."""
    return parse_guid(told, "tid", "issuer")


def parse_guid(told: Mapping[str, Any], name: str, cause: str) -> str:
    """Return a GUID of the claims in lower case; raises SignInFailed with the cause."""
    value = told.get(name)
    if not isinstance(value, str) or not GUID.fullmatch(value):
        raise SignInFailed(cause, field=name, received=describe_json(value), expected="GUID")
    return value.lower()


def person(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the user's claims, which are the same with Microsoft and Microsoft Entra ID.

    `oid` is the user's id in all apps of the tenant `tid`, and `sub` is the id in this app only:
    https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference

    Both providers may share users because both accept a tenant only for its own users: the same
    servers sign, the verified issuer contains `tid`, and no tenant can set `tid` or `oid` in its
    tokens:
    https://learn.microsoft.com/entra/identity-platform/reference-claims-customization
    Other clouds have other operators, and Azure AD B2C has its own users: each has a namespace.
    """
    subject = f"{parse_tenant_id(answer)}:{parse_guid(answer, 'oid', 'no_subject')}"
    address = email_claim(answer)[0]
    return Claims(
        namespace=namespace,
        subject=subject,
        keys=((f"{namespace}-app:{settings['client_id']}", answer["sub"]),),
        name=name_of(answer, NAMES),
        address=address,
        # A tenant's administrator can set any address for its accounts. Microsoft verifies the
        # domain of the address only if the app requests the claim `xms_edov`.
        # https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
        address_verified=bool(address) and answer.get("xms_edov") is True,
    )
