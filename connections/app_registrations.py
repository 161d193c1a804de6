"""What an app registration at Microsoft has, whoever's accounts it is for.

https://learn.microsoft.com/entra/identity-platform/quickstart-register-app
"""

from __future__ import annotations

import re
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.providers.definition import Copyable, Text, https_only

DOCUMENTATION = "https://learn.microsoft.com/entra/identity-platform/quickstart-register-app"
REGISTRATIONS = (
    "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"
)

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SECRET = re.compile(r"[0-9A-Za-z_.~-]{32,44}")
ANY_SECRET = re.compile(r"[0-9A-Za-z_.~-]{3}[0-9]Q~[0-9A-Za-z_.~-]{31,34}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")
# Where all personal accounts are.
# https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Microsoft gave you.")


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
