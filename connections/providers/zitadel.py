"""ZITADEL: sign in with the users of a ZITADEL instance.

https://zitadel.com/docs/guides/manage/console/applications
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import PastedField, SecretField
from connections.openid import IssuerForm, base_of, openid_provider
from connections.providers.definition import Site, Step, Text

DOCUMENTATION = "https://zitadel.com/docs/guides/manage/console/applications"
CLIENT_ID = re.compile(r"[0-9]{15,20}(?:@[0-9A-Za-z_-]+)?")


class ZitadelForm(IssuerForm):
    """Where the ZITADEL instance is, and the application in it."""

    issuer_field: ClassVar[str] = "instance"

    instance = PastedField(
        label=_("Instance domain"),
        max_length=150,
        help_text=_("For example name.eu1.zitadel.cloud, or your own domain."),
    )

    client_id = PastedField(
        label=_("Client ID"), help_text=_("A long number, on the application's page.")
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("Shown once. If it is lost, generate a new one."),
    )

    def clean_instance(self) -> str:
        base = base_of(self.cleaned_data["instance"])
        if "/ui/" in f"{base}/":
            raise ValidationError(
                _("Enter the domain alone, without /ui and what follows."), code="mixed_up"
            )
        return base

    def clean_client_id(self) -> str:
        value = super().clean_client_id()
        if not CLIENT_ID.fullmatch(value):
            self.warn("client_id", "shape", _("A Client ID of ZITADEL is usually a long number."))
        return value

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return str(values["instance"])


GUIDE = (
    Step(
        title=_("Create an application"),
        body=(
            _(
                "In the console, open a project, click New under Applications, and "
                "choose Web and then Code: it authenticates by a client secret."
            ),
        ),
    ),
    Step(
        title=_("Tell ZITADEL where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under "
                "Redirect URIs. Authentication Method is Basic."
            ),
        ),
    ),
    Step(
        title=_("Copy the instance's domain"),
        body=(_("The part before /ui in the console's address."),),
        field="instance",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(
            _("On the application's page, as Client ID: the application has other numbers, too."),
        ),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "Shown once when the application is created; Actions > Regenerate "
                "Client Secret makes a new one."
            ),
        ),
        field="client_secret",
    ),
)


def site_warning(site: Site) -> Text | None:
    """Say what ZITADEL needs before it takes this callback URL.

    https://zitadel.com/docs/guides/manage/console/applications#development-mode
    """
    if site.scheme == "https":
        return None
    return _(
        "ZITADEL takes addresses that begin with http:// in Development Mode only. Switch it on at "
        "the application, or serve the sign-in page by https."
    )


PROVIDER = openid_provider(
    id="zitadel",
    name="ZITADEL",
    brand="ZITADEL",
    summary=_("People sign in with their account at your ZITADEL instance."),
    search_words=("自建",),
    documentation=DOCUMENTATION,
    form=ZitadelForm,
    site_warning=site_warning,
    button_labels={"en": "Sign in with ZITADEL", "zh-hans": "使用ZITADEL登录"},
    guide=GUIDE,
)
