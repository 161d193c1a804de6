"""OneLogin: sign in with the users of a OneLogin account.

https://developers.onelogin.com/openid-connect/connect-to-onelogin
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import PastedField, SecretField
from connections.openid import IssuerForm, openid_provider
from connections.providers.definition import Site, Step, Text

DOCUMENTATION = "https://developers.onelogin.com/openid-connect/connect-to-onelogin"
SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class OneLoginForm(IssuerForm):
    """What OneLogin shows of an OpenID Connect app."""

    issuer_field: ClassVar[str] = "subdomain"

    subdomain = PastedField(
        label=_("Subdomain"), help_text=_("The name before .onelogin.com in your address.")
    )

    client_id = PastedField(label=_("Client ID"), help_text=_("On the app's SSO tab."))
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("On the same tab, behind Show client secret."),
    )

    def clean_subdomain(self) -> str:
        typed: str = self.cleaned_data["subdomain"].lower()
        name = typed.removeprefix("https://").partition("/")[0].removesuffix(".onelogin.com")
        if not SUBDOMAIN.fullmatch(name):
            raise ValidationError(
                _("Enter only the name before .onelogin.com: letters, digits and hyphens."),
                code="shape",
            )
        return name

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return f"https://{values['subdomain']}.onelogin.com/oidc/2"


GUIDE = (
    Step(
        title=_("Add an app"),
        body=(
            _(
                "In OneLogin's administration, open Applications > Applications, "
                "click Add App, search for OpenId Connect and choose “OpenId Connect "
                "(OIDC)”."
            ),
        ),
    ),
    Step(
        title=_("Tell OneLogin where people come back to"),
        body=(
            _(
                "On the Configuration tab, enter the callback URL from the card “Copy "
                "to the provider” under Redirect URI’s. A change there may take ten "
                "minutes."
            ),
        ),
    ),
    Step(
        title=_("Enter the subdomain"),
        body=(_("It is in the address of OneLogin's administration, before .onelogin.com."),),
        field="subdomain",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("On the SSO tab."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "On the SSO tab, click Show client secret. Choose Application Type "
                "Web, and under Token Endpoint the Authentication Method Basic. Then "
                "click Save."
            ),
        ),
        field="client_secret",
    ),
)


def site_warning(site: Site) -> Text | None:
    """Say that OneLogin sends people back by https only, but for localhost itself.

    https://developers.onelogin.com/openid-connect/connect-to-onelogin
    """
    if site.scheme == "https" or site.hostname == "localhost":
        return None
    return _("OneLogin sends people back by https only. Serve the sign-in page by https.")


PROVIDER = openid_provider(
    id="onelogin",
    name="OneLogin",
    brand="OneLogin",
    summary=_("People sign in with their OneLogin account."),
    search_words=("one identity", "sso"),
    documentation=DOCUMENTATION,
    form=OneLoginForm,
    site_warning=site_warning,
    button_labels={"en": "Sign in with OneLogin", "zh-hans": "使用OneLogin登录"},
    guide=GUIDE,
)
