"""Amazon Cognito: sign in with the users of a user pool.

https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import PastedField, SecretField
from connections.openid import IssuerForm, openid_provider
from connections.providers.definition import Settings, Site, Step, Text
from connections.signin.oidc import claims

DOCUMENTATION = (
    "https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html"
)
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html
USER_POOL = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]_[0-9A-Za-z]{1,45}")
IDENTITY_POOL = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]:[0-9a-f-]{36}")
ARN = re.compile(r"arn:aws[a-z-]*:cognito-idp:")
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html
ORIGINAL, UPDATED = "cognito-idp", "issuer-cognito-idp"


class CognitoForm(IssuerForm):
    """What Cognito shows of a user pool and its app client."""

    issuer_field: ClassVar[str] = "user_pool_id"
    advanced: ClassVar[tuple[str, ...]] = ("issuer_host",)

    user_pool_id = PastedField(
        label=_("User pool ID"), help_text=_("For example eu-central-1_AbCdEfGhI.")
    )

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("26 lower-case letters and digits, on the app client's page."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        max_length=500,
        help_text=_("Only an app client that was created with a client secret has one."),
    )
    issuer_host = forms.ChoiceField(
        label=_("Issuer of the user pool"),
        choices=((ORIGINAL, "cognito-idp…amazonaws.com"), (UPDATED, "issuer-cognito-idp…")),
        initial=ORIGINAL,
        required=False,
        help_text=_("Choose the second if the user pool's issuer was changed to the type UPDATED."),
    )

    def clean_user_pool_id(self) -> str:
        value: str = self.cleaned_data["user_pool_id"]
        if ARN.match(value):
            value = value.rpartition("/")[2]
            self.notice("user_pool_id", _("Saved without the beginning of the ARN."))
        if IDENTITY_POOL.fullmatch(value):
            raise ValidationError(
                _("This is an identity pool, which signs nobody in. Copy the User pool ID."),
                code="mixed_up",
            )
        if not USER_POOL.fullmatch(value):
            raise ValidationError(
                _("A User pool ID is a region, an underscore, and letters and digits."),
                code="shape",
            )
        return value

    def clean_issuer_host(self) -> str:
        return self.cleaned_data["issuer_host"] or ORIGINAL

    def issuer_of(self, values: Mapping[str, Any]) -> str:
        return issuer_at(values["issuer_host"], values["user_pool_id"])


def issuer_at(host: str, pool: str) -> str:
    """Return one of the two issuers that a user pool can have."""
    return f"https://{host}.{pool.partition('_')[0]}.amazonaws.com/{pool}"


def namespace(settings: Settings) -> str:
    """The user pool: its people stay the same when its issuer changes its type."""
    return f"oidc:{issuer_at(ORIGINAL, settings['user_pool_id'])}"


def site_warning(site: Site) -> Text | None:
    """Say that Cognito sends people back by https only, but for localhost itself.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html
    """
    if site.scheme == "https" or site.hostname == "localhost":
        return None
    return _("Cognito sends people back by https only. Serve the sign-in page by https.")


GUIDE = (
    Step(
        title=_("Create an app client"),
        body=(
            _(
                "In the Cognito console, open the user pool, then Applications > App "
                "clients, and click Create app client. Choose Traditional web "
                "application: it gets a client secret."
            ),
        ),
    ),
    Step(
        title=_("Tell Cognito where people come back to"),
        body=(
            _(
                "On the app client's Login pages tab, enter the callback URL from the "
                "card “Copy to the provider” under Allowed callback URLs, choose the "
                "grant Authorization code grant, and the scopes OpenID, Email and "
                "Profile."
            ),
            _(
                "The user pool needs a domain: Branding > Domain. Where people read “Login pages "
                "unavailable”, give the app client a style under Branding > Managed login."
            ),
        ),
    ),
    Step(
        title=_("Copy the User pool ID"),
        body=(_("On the user pool's Overview."),),
        field="user_pool_id",
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("On the app client's page."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("On the app client's page; switch Show client secret on."),),
        field="client_secret",
    ),
)


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; Cognito's userinfo says "true" as a text, its ID token as JSON.

    https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
    """
    told = answer.get("email_verified")
    verified = told is True or told == "true"
    return claims.read(settings, namespace, {**answer, "email_verified": verified})


PROVIDER = openid_provider(
    id="cognito",
    name="Amazon Cognito",
    brand="Amazon Cognito",
    summary=_("People sign in with their account in your Cognito user pool."),
    search_words=("aws", "amazon", "user pool"),
    documentation=DOCUMENTATION,
    form=CognitoForm,
    button_labels={"en": "Sign in with Amazon Cognito", "zh-hans": "使用Amazon Cognito登录"},
    claims=read,
    namespace=namespace,
    known_by="`sub` in the user pool",
    site_warning=site_warning,
    guide=GUIDE,
)
