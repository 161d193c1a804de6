"""Azure AD B2C: sign in with the accounts of a B2C tenant through one of its user flows.

https://learn.microsoft.com/azure/active-directory-b2c/openid-connect
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields.common import advanced, only, text_field
from connections.fields.field import Check, Context, Field, Kind, LookUp
from connections.protocols.oidc.claims import person
from connections.protocols.oidc.discovered_endpoints import OpenIDConnectProtocol
from connections.protocols.oidc.metadata import WELL_KNOWN, Metadata, fetch_document
from connections.protocols.responses import required_id
from connections.providers.definition import Answer, Settings, field_step, step
from connections.providers.families import app_registrations
from connections.providers.families.app_registrations import GUID
from connections.providers.families.openid import (
    ISSUER,
    check_host,
    fetch_metadata,
    issuer,
    openid_provider,
)
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from connections.values.faults import misconfigured

TENANT = re.compile(r"[0-9a-z]{1,60}")
POLICY = re.compile(r"b2c_1a?_[0-9a-z_-]{1,100}", re.IGNORECASE)
# https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview#compatibility
ISSUER_PATH = re.compile(rf"/(?:{GUID.pattern}|tfp/{GUID.pattern}/[^/]+)/v2\.0/", re.IGNORECASE)
NO_SUBJECT = "Not supported currently. Use oid claim."
# The discovery URL of the user flow, which is not below its issuer.
DISCOVERY = Field(
    name="discovery", label=_("Discovery document"), kind=Kind.COMPUTED, moves_secrets=True
)


def check_tenant(found: Check, value: str) -> str:
    """Return the tenant's name, also from a domain or URL; raises ValidationError."""
    host = value.lower().removeprefix("https://").partition("/")[0]
    name = host.removesuffix(".onmicrosoft.com").removesuffix(".b2clogin.com")
    if GUID.fullmatch(name):
        raise ValidationError(
            _("This is an ID. Enter the tenant's name, the part before .onmicrosoft.com."),
            code="known_mistake",
        )
    if not TENANT.fullmatch(name):
        raise ValidationError(
            _("Enter only the part before .onmicrosoft.com: letters and digits."), code="shape"
        )
    return name


def look_up(values: Settings, context: Context) -> dict[str, Any]:
    """Fetch the user flow's discovery document, and keep its URL and issuer."""
    host = values["domain"] or f"{values['tenant']}.b2clogin.com"
    flow = f"https://{host}/{values['tenant']}.onmicrosoft.com/{values['policy']}/v2.0"
    discovery = flow + WELL_KNOWN
    return {"issuer": fetch_metadata(discovery, of_user_flow).issuer, "discovery": discovery}


def of_user_flow(discovery: str) -> Metadata:
    """Return the metadata of a user flow; raises SignInFailed.

    Its issuer must be on its own host and belong to a B2C tenant.
    """
    found = fetch_document(discovery)
    issuer, own = urlsplit(found.issuer), urlsplit(discovery)
    same_host = (issuer.scheme, issuer.netloc) == (own.scheme, own.netloc)
    if not same_host or not ISSUER_PATH.fullmatch(issuer.path) or issuer.query:
        raise SignInFailed(
            "discovery_issuer",
            field="issuer",
            received=found.issuer,
            expected=f"{own.scheme}://{own.netloc}/…/v2.0/",
        )
    return found


FIELDS = (
    text_field(
        "tenant",
        _("Tenant name"),
        _("The part before .onmicrosoft.com in the tenant's domain."),
        check=check_tenant,
    ),
    text_field(
        "policy",
        _("User flow or custom policy"),
        _("Its full name, such as B2C_1_signupsignin1 or B2C_1A_SIGNUP_SIGNIN."),
        shape=only(
            POLICY,
            _("The name begins with B2C_1_ for a user flow, with B2C_1A_ for a custom policy."),
        ),
    ),
    *app_registrations.CREDENTIALS,
    advanced(
        "domain",
        _("Custom domain"),
        _("Only if users see your own domain instead of b2clogin.com."),
        check=check_host,
    ),
)

GUIDE = (
    step(
        _("Register an application in the B2C tenant"),
        _(
            "In the Azure portal, switch to the directory of the B2C tenant, open Azure AD B2C > "
            "App registrations and click New registration. Choose accounts in any identity "
            "provider or organizational directory (for authenticating users with user flows)."
        ),
        # https://learn.microsoft.com/azure/active-directory-b2c/openid-connect
        _("Since May 2025, Microsoft sells Azure AD B2C to no new customers."),
        links=((_("Open the Azure portal"), "https://portal.azure.com/"),),
    ),
    app_registrations.REGISTER_CALLBACK,
    field_step(
        "tenant", _("It is on the tenant's Overview, under Domain name, before .onmicrosoft.com.")
    ),
    field_step(
        "policy",
        _(
            "Under User flows, create one for sign-up and sign-in, or choose yours. Under "
            "Application claims, tick Display Name and Email Addresses."
        ),
        title=_("Copy the user flow's name"),
    ),
    *app_registrations.COPY_CREDENTIALS,
)

# https://learn.microsoft.com/azure/active-directory-b2c/error-codes
REFUSED = {
    "no_issuer": misconfigured(
        _("Azure AD B2C has no such user flow in this tenant."),
        _("Check the names of the tenant and the user flow in the Azure portal."),
    )
}


class AzureB2CProtocol(OpenIDConnectProtocol):
    """Requests only an ID token, so there is no access token and no userinfo.

    https://learn.microsoft.com/azure/active-directory-b2c/access-tokens
    """

    reads_profile = False


def parse_claims(settings: Settings, namespace: str, answer: Answer) -> Claims:
    """Return the user's claims with the first address, which B2C does not report as verified.

    Older tenants have the same text in every `sub`, and the id in `oid`.
    """
    told = {**answer, "email": first_of(answer.get("emails")) or answer.get("email")}
    told["email_verified"] = False
    if told["sub"] == NO_SUBJECT:
        told["sub"] = required_id(answer, "oid", GUID)
    return person(namespace, told)


def first_of(emails: object) -> object:
    """Return the first address of a list, or None."""
    return emails[0] if isinstance(emails, list) and emails else None


PROVIDER = openid_provider(
    "azure_b2c",
    "Azure AD B2C",
    FIELDS,
    GUIDE,
    protocol=AzureB2CProtocol,
    scopes=("openid",),
    claims=parse_claims,
    # Separate from issuers with a discovery document below their own URL.
    namespace=lambda settings: f"b2c:{issuer(settings)}",
    summary=_("Users sign in with their account in your Azure AD B2C tenant."),
    search_words=("ms", "microsoft", "azure", "entra", "external id", "b2clogin", "ciam", "微软"),
    documentation="https://learn.microsoft.com/azure/active-directory-b2c/tutorial-register-applications",
    computed=(ISSUER, DISCOVERY),
    look_up=LookUp("policy", ("tenant", "policy", "domain"), look_up),
    button_labels={"en": "Sign in", "zh-hans": "登录"},
    faults=REFUSED,
    **app_registrations.ENTRY,
)
