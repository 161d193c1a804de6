"""Okta: sign in with the accounts of an Okta organization.

https://developer.okta.com/docs/guides/sign-into-web-app-redirect/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.forms import PastedField, SecretField
from connections.openid import IssuerForm, host_of, openid_provider
from connections.providers.definition import Step

DOCUMENTATION = "https://developer.okta.com/docs/guides/sign-into-web-app-redirect/"

# https://developer.okta.com/docs/concepts/auth-servers/
SERVER_ID = re.compile(r"default|aus[0-9A-Za-z]{17}")
CLIENT_ID = re.compile(r"0oa[0-9A-Za-z]{17}")
ADMIN_HOST = re.compile(r"[a-z0-9-]+-admin\.okta(?:preview|-emea)?\.com")


class OktaForm(IssuerForm):
    """What Okta shows of a web application."""

    issuer_field: ClassVar[str] = "domain"
    advanced: ClassVar[tuple[str, ...]] = ("authorization_server",)

    domain = PastedField(
        label=_("Okta domain"),
        help_text=_("For example name.okta.com, or your own domain at Okta."),
    )
    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("It begins with 0oa."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("On the application's General tab, under Client Credentials."),
    )
    authorization_server = PastedField(
        label=_("Authorization server ID"),
        required=False,
        help_text=_("Leave it empty for the organization's own. Others are default, or aus…."),
    )

    def clean_domain(self) -> str:
        host = host_of(self.cleaned_data["domain"])
        if ADMIN_HOST.fullmatch(host):
            raise ValidationError(
                _("This is the address of the Admin Console. Leave out “-admin”."), code="mixed_up"
            )
        return host

    def clean_client_id(self) -> str:
        value = super().clean_client_id()
        if not CLIENT_ID.fullmatch(value):
            self.warn("client_id", "shape", _("A Client ID of Okta usually begins with 0oa."))
        return value

    def clean_authorization_server(self) -> str:
        value: str = self.cleaned_data["authorization_server"]
        if value and not SERVER_ID.fullmatch(value):
            raise ValidationError(
                _("An authorization server's ID is default, or begins with aus."), code="shape"
            )
        return value

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        server = values["authorization_server"]
        return f"https://{values['domain']}" + (f"/oauth2/{server}" if server else "")


GUIDE = (
    Step(
        title=_("Create an app integration"),
        body=(
            _(
                "In Okta's Admin Console, open Applications > Applications and click Create App "
                "Integration. Choose OIDC - OpenID Connect, then Web Application."
            ),
            _("Grant type: Authorization Code, which is ticked already."),
        ),
    ),
    Step(
        title=_("Tell Okta where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under Sign-in "
                "redirect URIs, and choose under Assignments who may sign in."
            ),
        ),
    ),
    Step(
        title=_("Copy the Okta domain"),
        body=(
            _(
                "Click your name at the top right: the domain stands below your e-mail address. "
                "It has no -admin in it."
            ),
            # https://developer.okta.com/docs/guides/custom-url-domain/
            _(
                "With a domain of your own at Okta, enter the one that stands as Issuer on the "
                "application's Sign On tab."
            ),
        ),
        field="domain",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("On the General tab, under Client Credentials."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("It stands below, under Client Secrets. Client authentication is Client secret."),),
        field="client_secret",
    ),
)

PROVIDER = openid_provider(
    id="okta",
    name="Okta",
    brand="Okta",
    summary=_("People sign in with their account at your Okta organization."),
    search_words=("workforce", "sso", "oidc"),
    documentation=DOCUMENTATION,
    form=OktaForm,
    button_labels={"en": "Sign in with Okta", "zh-hans": "使用Okta登录"},
    guide=GUIDE,
)
