"""Azure AD B2C: sign in with the accounts of a B2C tenant, by one of its user flows.

https://learn.microsoft.com/azure/active-directory-b2c/openid-connect
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.app_registrations import COPIES, GUID, AppRegistrationForm, site_warning
from connections.claims import Claims
from connections.forms import PastedField
from connections.models import Outcome
from connections.openid import FAULTS, IssuerForm, host_of, issuer, openid_provider
from connections.providers.definition import Fault, Settings, Step
from connections.providers.entra import MAKE_A_SECRET
from connections.signin.failures import SignInFailed
from connections.signin.oidc.claims import person
from connections.signin.oidc.metadata import WELL_KNOWN, Metadata, announced
from connections.signin.oidc.provider import OpenIDConnectAdapter
from connections.signin.reading import required

DOCUMENTATION = (
    "https://learn.microsoft.com/azure/active-directory-b2c/tutorial-register-applications"
)
TENANT = re.compile(r"[0-9a-z]{1,60}")
POLICY = re.compile(r"b2c_1a?_[0-9a-z_-]{1,100}", re.IGNORECASE)
# https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview#compatibility
ISSUER_PATH = re.compile(rf"/(?:{GUID.pattern}|tfp/{GUID.pattern}/[^/]+)/v2\.0/", re.IGNORECASE)
NO_SUBJECT = "Not supported currently. Use oid claim."


class AzureB2CForm(AppRegistrationForm, IssuerForm):
    """What the Azure portal shows of a B2C tenant, its user flow and an app registration."""

    issuer_field: ClassVar[str] = "policy"
    computed: ClassVar[tuple[str, ...]] = ("issuer", "discovery")
    secret_is_bound_to: ClassVar[tuple[str, ...]] = ("client_id", "issuer", "discovery")
    advanced: ClassVar[tuple[str, ...]] = ("domain",)

    tenant = PastedField(
        label=_("Tenant name"),
        help_text=_("The part before .onmicrosoft.com in the tenant's domain."),
    )
    policy = PastedField(
        label=_("User flow or custom policy"),
        help_text=_("Its whole name, such as B2C_1_signupsignin1 or B2C_1A_SIGNUP_SIGNIN."),
    )
    domain = PastedField(
        label=_("Custom domain"),
        required=False,
        help_text=_("Only if people see a domain of your own in place of b2clogin.com."),
    )

    field_order = ("tenant", "policy")

    def clean_tenant(self) -> str:
        typed: str = self.cleaned_data["tenant"].lower()
        host = typed.removeprefix("https://").partition("/")[0]
        name = host.removesuffix(".onmicrosoft.com").removesuffix(".b2clogin.com")
        if GUID.fullmatch(name):
            raise ValidationError(
                _("This is an ID. Enter the tenant's name, the part before .onmicrosoft.com."),
                code="mixed_up",
            )
        if not TENANT.fullmatch(name):
            raise ValidationError(
                _("Enter only the part before .onmicrosoft.com: letters and digits."),
                code="shape",
            )
        return name

    def clean_policy(self) -> str:
        policy: str = self.cleaned_data["policy"]
        if not POLICY.fullmatch(policy):
            raise ValidationError(
                _("The name begins with B2C_1_ for a user flow, with B2C_1A_ for a custom policy."),
                code="shape",
            )
        return policy

    def clean_domain(self) -> str:
        value: str = self.cleaned_data["domain"]
        return host_of(value) if value else ""

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        # The user flow's address, below which its discovery document is; it is not the issuer.
        host = values["domain"] or f"{values['tenant']}.b2clogin.com"
        return f"https://{host}/{values['tenant']}.onmicrosoft.com/{values['policy']}/v2.0"

    def metadata(self, issuer: str) -> Metadata:
        """Ask the user flow who it is, and keep where it was asked.

        It may speak for its own host alone, and there for a B2C tenant alone.
        """
        discovery = issuer + WELL_KNOWN
        found = announced(discovery)
        told, asked = urlsplit(found.issuer), urlsplit(discovery)
        same_host = (told.scheme, told.netloc) == (asked.scheme, asked.netloc)
        if not same_host or not ISSUER_PATH.fullmatch(told.path) or told.query:
            raise SignInFailed("issuer")
        self.cleaned_data["discovery"] = discovery
        return found


GUIDE = (
    Step(
        title=_("Register an application in the B2C tenant"),
        body=(
            _(
                "In the Azure portal, switch to the directory of the B2C tenant, "
                "open Azure AD B2C > App registrations and click New registration. "
                "Choose accounts in any identity provider or organizational "
                "directory (for authenticating users with user flows)."
            ),
            # https://learn.microsoft.com/azure/active-directory-b2c/openid-connect
            _("Since May 2025, Microsoft sells Azure AD B2C to no new customers."),
        ),
        links=((_("Open the Azure portal"), "https://portal.azure.com/"),),
    ),
    Step(
        title=_("Tell Microsoft where people come back to"),
        body=(
            _(
                "Under Redirect URI, choose the platform Web and enter the callback "
                "URL from the card “Copy to the provider”. Then click Register."
            ),
        ),
    ),
    Step(
        title=_("Copy the tenant's name"),
        body=(
            _("It stands on the tenant's Overview, under Domain name, before .onmicrosoft.com."),
        ),
        field="tenant",
    ),
    Step(
        title=_("Copy the user flow's name"),
        body=(
            _(
                "Under User flows, create one for sign-up and sign-in, or choose "
                "yours. Under Application claims, tick Display Name and Email "
                "Addresses."
            ),
        ),
        field="policy",
    ),
    Step(
        title=_("Copy the Application (client) ID"),
        body=(
            _(
                "It is on the app's Overview. The Object ID and the Directory "
                "(tenant) ID look the same and are not meant."
            ),
        ),
        field="client_id",
    ),
    MAKE_A_SECRET,
)

# https://learn.microsoft.com/azure/active-directory-b2c/error-codes
REFUSED = {
    "no_issuer": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Azure AD B2C knows no such user flow in this tenant."),
        fix=_("Compare the tenant's name and the user flow's with the Azure portal."),
    ),
}


class AzureB2CAdapter(OpenIDConnectAdapter):
    """Whoever asks for an ID token alone gets no access token, and there is no profile to read.

    https://learn.microsoft.com/azure/active-directory-b2c/access-tokens
    """

    needs_access_token: ClassVar[bool] = False
    reads_profile: ClassVar[bool] = False


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person, with the first of the addresses, which B2C does not say it proved.

    Older tenants put the same sentence into everybody's `sub`, and the id into `oid`.
    """
    told = {**answer, "email": first_of(answer.get("emails")) or answer.get("email")}
    told["email_verified"] = False
    if told["sub"] == NO_SUBJECT:
        try:
            told["sub"] = required(answer, "oid", GUID)
        except SignInFailed:
            raise SignInFailed("no_subject") from None
    return person(namespace, told, ())


def first_of(emails: object) -> object:
    """Return the first of the addresses, if there is a list of some."""
    return emails[0] if isinstance(emails, list) and emails else None


PROVIDER = openid_provider(
    id="azure_b2c",
    name="Azure AD B2C",
    brand="Azure AD B2C",
    summary=_("People sign in with their account in your Azure AD B2C tenant."),
    search_words=("microsoft", "azure", "entra", "external id", "b2clogin", "ciam", "微软"),
    documentation=DOCUMENTATION,
    form=AzureB2CForm,
    scopes=("openid",),
    login=AzureB2CAdapter,
    claims=read,
    # Apart from issuers that have proved themselves below their own address.
    namespace=lambda settings: f"b2c:{issuer(settings)}",
    button_labels={"en": "Sign in", "zh-hans": "登录"},
    guide=GUIDE,
    copies=COPIES,
    faults={**FAULTS, **REFUSED},
    site_warning=site_warning,
)
