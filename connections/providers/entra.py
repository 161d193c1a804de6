"""Microsoft Entra ID: sign in with the accounts of one organization, and of no other.

https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from requests import Response

from connections.app_registrations import (
    COPIES,
    DOCUMENTATION,
    GUID,
    NAMESPACE,
    NOT_AN_ID,
    PERSONAL,
    REGISTRATION_FAULTS,
    REGISTRATIONS,
    URL_OR_EMAIL,
    AppRegistrationForm,
    organization_of,
    person,
    site_warning,
)
from connections.claims import Claims
from connections.forms import PastedField, mixed_up
from connections.models import Outcome
from connections.normalise import printable
from connections.openid import FAULTS, IssuerForm, openid_provider
from connections.providers.definition import Fault, Settings, Step
from connections.signin.failures import SignInFailed
from connections.signin.oidc.provider import OpenIDConnectAdapter
from connections.signin.reading import object_of

# https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
GLOBAL = "login.microsoftonline.com"
CLOUDS = (
    (GLOBAL, _("Global")),
    ("login.partner.microsoftonline.cn", _("China, operated by 21Vianet (世纪互联)")),
    ("login.microsoftonline.us", _("US Government")),
)

DOMAIN = re.compile(r"(?:[0-9a-z-]+\.)+[a-z]{2,}", re.IGNORECASE)
SEVERAL = re.compile(r"common|organizations|consumers", re.IGNORECASE)


class EntraForm(AppRegistrationForm, IssuerForm):
    """What the Microsoft Entra admin center shows of an app registration of one organization."""

    issuer_field: ClassVar[str] = "tenant_id"

    cloud = forms.ChoiceField(
        label=_("Cloud"),
        choices=CLOUDS,
        initial=GLOBAL,
        help_text=_(
            "Global, unless your admin center has another address than entra.microsoft.com."
        ),
    )
    tenant_id = PastedField(
        label=_("Directory (tenant) ID"),
        help_text=_("36 characters with four hyphens, on the app's Overview."),
    )

    field_order = ("cloud", "tenant_id")

    def clean_tenant_id(self) -> str:
        value: str = self.cleaned_data["tenant_id"].lower()
        mixed_up(
            value,
            (
                (
                    SEVERAL,
                    _(
                        "This stands for the accounts of many organizations. Enter the "
                        "ID of yours, or add Microsoft."
                    ),
                ),
                (
                    re.compile(PERSONAL),
                    _(
                        "This stands for personal accounts. Enter the ID of your "
                        "organization, or add Microsoft."
                    ),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
                (
                    DOMAIN,
                    _("This is a domain. Copy the Directory (tenant) ID from the app's Overview."),
                ),
            ),
        )
        if not GUID.fullmatch(value):
            raise ValidationError(
                _("A Directory (tenant) ID has 36 characters: digits, a to f, and four hyphens."),
                code="shape",
            )
        return value

    def clean_client_id(self) -> str:
        value = super().clean_client_id()
        if value == self.cleaned_data.get("tenant_id"):
            raise ValidationError(
                _("This is the Directory (tenant) ID again. Copy the Application (client) ID."),
                code="mixed_up",
            )
        return value

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return f"https://{values['cloud']}/{values['tenant_id']}/v2.0"


MAKE_A_SECRET = Step(
    title=_("Make a client secret and copy its Value"),
    body=(
        _(
            "Under Certificates & secrets, click New client secret. It is valid for "
            "two years at most: note the day, and make a second one before, so that "
            "nobody is locked out."
        ),
    ),
    field="client_secret",
)

GUIDE = (
    Step(
        title=_("Choose the cloud"),
        body=(
            _(
                "In China, organizations whose Microsoft 365 is operated by 21Vianet "
                "(世纪互联) have an admin center of their own."
            ),
        ),
        field="cloud",
    ),
    Step(
        title=_("Register an application"),
        body=(
            _(
                "In the Microsoft Entra admin center, open Entra ID > App "
                "registrations and click New registration. The name is what people "
                "read when they are asked."
            ),
            _(
                "Under Supported account types, choose the accounts of your own "
                "organizational directory only: Single tenant."
            ),
        ),
        links=((_("Open app registrations"), REGISTRATIONS),),
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
        title=_("Copy the Directory (tenant) ID"),
        body=(
            _("It is on the app's Overview, below the Application (client) ID and the Object ID."),
        ),
        field="tenant_id",
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
    Step(
        title=_("Choose who may sign in"),
        body=(
            _(
                "Everybody of the organization may, its guests included. Under "
                "Enterprise applications, set Assignment required? to Yes, and "
                "assign people and groups."
            ),
        ),
    ),
)

APPENDIX = (
    Step(
        title=_("Let e-mail addresses count as verified"),
        body=(
            _(
                "Whoever runs an organization can write any address into its "
                "accounts. Under Token configuration, add the optional claims email "
                "and xms_edov to the ID token: Microsoft then says whether the "
                "address's domain belongs to the organization."
            ),
            # https://github.com/MicrosoftDocs/azure-docs/issues/111425
            _(
                "If xms_edov is not in the list there, add it to optionalClaims > idToken in the "
                "Manifest, as email is."
            ),
        ),
    ),
)

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
REFUSED = {
    **REGISTRATION_FAULTS,
    "700016": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The organization has no app with this Application ID."),
        fix=_("Compare the Application ID and the Directory (tenant) ID with the app's Overview."),
    ),
    "no_issuer": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Microsoft knows no organization with this ID in this cloud."),
        fix=_(
            "Compare the Directory (tenant) ID with the app's Overview, and choose the right cloud."
        ),
    ),
}


class EntraAdapter(OpenIDConnectAdapter):
    """Knows Microsoft's own error codes."""

    # The ID token says all that the profile says, and more:
    # https://learn.microsoft.com/entra/identity-platform/userinfo
    reads_profile: ClassVar[bool] = False

    @property
    def app_scope(self) -> str:
        """The app itself: who asks for nothing more needs no permission."""
        return f"{self.settings['client_id']}/.default"

    def checked_token(self, response: Response) -> dict[str, Any]:
        answer = object_of(response)
        codes = answer.get("error_codes")
        for code in map(str, codes) if isinstance(codes, list) else ():
            if code in REFUSED:
                trace = printable(str(answer.get("trace_id", "")))
                raise SignInFailed(code, code=code, trace=trace)
        return super().checked_token(response)


def namespace(settings: Settings) -> str:
    """Return where the organization's people are known: by Microsoft, too, unless in other clouds.

    The form's discovery at Microsoft has proved that the tenant is the issuer's.
    """
    return NAMESPACE if settings["cloud"] == GLOBAL else f"{NAMESPACE}:{settings['cloud']}"


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person, who must be of the connection's organization."""
    if organization_of(answer) != settings["tenant_id"]:
        raise SignInFailed("issuer")
    return person(settings, namespace, answer)


PROVIDER = openid_provider(
    id="entra",
    name="Microsoft Entra ID",
    brand="Microsoft",
    summary=_("People sign in with their account at your organization, and nobody else."),
    search_words=(
        "azure",
        "azure ad",
        "aad",
        "office 365",
        "microsoft 365",
        "sso",
        "微软",
        "世纪互联",
    ),
    documentation=DOCUMENTATION,
    form=EntraForm,
    login=EntraAdapter,
    claims=read,
    known_by="`tid` and `oid`",
    namespace=namespace,
    button_labels={"en": "Sign in with Microsoft", "zh-hans": "使用Microsoft登录"},
    guide=GUIDE,
    appendix=APPENDIX,
    copies=COPIES,
    faults={**FAULTS, **REFUSED},
    site_warning=site_warning,
    # Nobody says that it looks at the secret before it refuses a code that it cannot read. An app
    # that asks for itself is refused with invalid_grant where people must be assigned to it.
    # https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
    probe="connections.signin.probing.send_credentials_alone",
)
