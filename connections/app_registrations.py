"""What an app registration at Microsoft has, whoever's accounts it is for.

https://learn.microsoft.com/entra/identity-platform/quickstart-register-app
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.providers.definition import Copyable, Fault, Settings, Text, https_only
from connections.signin.failures import SignInFailed
from connections.signin.oidc.claims import NAMES
from connections.signin.people import address_of, name_of
from connections.signin.reading import required

DOCUMENTATION = "https://learn.microsoft.com/entra/identity-platform/quickstart-register-app"
REGISTRATIONS = (
    "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"
)

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SECRET = re.compile(r"[0-9A-Za-z_.~-]{32,44}")
ANY_SECRET = re.compile(r"[0-9A-Za-z_.~-]{3}[0-9]Q~[0-9A-Za-z_.~-]{31,34}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")
# Whose subjects are an organization's id and a person's id within it, whichever connection asks.
NAMESPACE = "microsoft"
# Where all personal accounts are.
# https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Microsoft gave you.")

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
REGISTRATION_FAULTS = {
    "7000215": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Microsoft does not accept the client secret."),
        fix=_("Copy the Value of the secret, not its Secret ID. If it is hidden, make a new one."),
    ),
    "7000222": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The client secret has expired."),
        fix=_("Make a new one under Certificates & secrets, and enter it here."),
    ),
    "50011": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not among the app's redirect URIs."),
        fix=_(
            "Copy the callback URL from this page to the app's Authentication page, platform Web."
        ),
    ),
}


class AppRegistrationForm(ConnectionForm):
    """What an app registration has, whoever's accounts it is for."""

    secret_shape = ANY_SECRET
    secret_label: ClassVar[Text] = _("Client Secret (Value)")

    client_id = PastedField(
        label=_("Client ID (Application ID)"),
        help_text=_("36 characters with four hyphens, on the app's Overview."),
    )
    client_secret = SecretField(
        label=_("Client Secret (Value)"),
        help_text=_("The Value of the secret, not its Secret ID. Microsoft shows it only once."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"].lower()
        mixed_up(value, ((URL_OR_EMAIL, NOT_AN_ID),))
        if not GUID.fullmatch(value):
            raise ValidationError(
                _("An Application ID has 36 characters: digits, a to f, and four hyphens."),
                code="shape",
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (GUID, _("This is an ID, maybe the Secret ID. Copy what stands under Value.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of Microsoft usually has 40 characters. Check it."),
            )
        return value


# https://learn.microsoft.com/entra/identity-platform/reply-url
site_warning = https_only("Microsoft", or_localhost=True)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Redirect URI (platform Web)"),
        help=_("Microsoft compares it letter by letter, capital letters included."),
        value=lambda site: site.callback_url,
    ),
)


def organization_of(told: Mapping[str, Any]) -> str:
    """Return the id of the organization whose account it is; raises SignInFailed."""
    return guid_of(told, "tid", "issuer")


def guid_of(told: Mapping[str, Any], name: str, cause: str) -> str:
    """Return an id of the answer in small letters; raises SignInFailed with the cause."""
    try:
        return required(told, name, GUID).lower()
    except SignInFailed:
        raise SignInFailed(cause) from None


def person(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person: one and the same by Microsoft and by Microsoft Entra ID.

    `oid` is one person's in all apps of the organization `tid`, `sub` one's in ours alone:
    https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference

    Both may speak of the same people because both believe an organization about its own alone: the
    same servers sign, the issuer that was verified is made of `tid`, and no organization can write
    `tid` or `oid` into its tokens:
    https://learn.microsoft.com/entra/identity-platform/reference-claims-customization
    Other clouds have other operators, and Azure AD B2C has people of its own: each a namespace.
    """
    subject = f"{organization_of(answer)}:{guid_of(answer, 'oid', 'no_subject')}"
    address = address_of(answer)[0]
    return Claims(
        namespace=namespace,
        subject=subject,
        keys=((f"{namespace}-app:{settings['client_id']}", answer["sub"]),),
        name=name_of(answer, NAMES, subject),
        address=address,
        # Whoever runs an organization can write any address into its accounts. Microsoft vouches
        # for the address's domain only where the app asks for the claim `xms_edov`.
        # https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
        address_verified=bool(address) and answer.get("xms_edov") is True,
    )
