"""Microsoft: sign in with a personal account, or with one of work or school, of any organization.

https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt
from django import forms
from django.utils.translation import gettext_lazy as _
from requests import Response

from connections.app_registrations import (
    COPIES,
    DOCUMENTATION,
    NAMESPACE,
    PERSONAL,
    REGISTRATION_FAULTS,
    REGISTRATIONS,
    AppRegistrationForm,
    organization_of,
    person,
    site_warning,
)
from connections.models import Outcome
from connections.normalise import printable
from connections.providers.definition import (
    Definition,
    Endpoint,
    Fault,
    Group,
    Step,
)
from connections.signin.failures import SignInFailed
from connections.signin.oidc.known import KnownAdapter
from connections.signin.reading import object_of

LOGIN = "https://login.microsoftonline.com"


class MicrosoftForm(AppRegistrationForm):
    """What the Microsoft Entra admin center shows of an app registration."""

    accounts = forms.ChoiceField(
        label=_("Supported account types"),
        initial="common",
        choices=(
            ("common", _("Work, school and personal accounts")),
            ("organizations", _("Work and school accounts only")),
            ("consumers", _("Personal accounts only")),
        ),
        help_text=_(
            "As in the app registration. For one organization alone, use Microsoft Entra ID."
        ),
    )
    field_order = ("accounts",)


GUIDE = (
    Step(
        title=_("Register an application"),
        body=(
            _(
                "In the Microsoft Entra admin center, open Entra ID > App "
                "registrations and click New registration. The name is what people "
                "read when they are asked."
            ),
        ),
        links=((_("Open app registrations"), REGISTRATIONS),),
    ),
    Step(
        title=_("Choose whose accounts may sign in"),
        body=(
            _(
                "Choose one of the supported account types that say any "
                "organizational directory, or personal accounts, and choose the "
                "same here."
            ),
        ),
        field="accounts",
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
        title=_("Copy the Application (client) ID"),
        body=(
            _(
                "It is on the app's Overview. The Object ID and the Directory (tenant) "
                "ID look the same and are not meant."
            ),
        ),
        field="client_id",
    ),
    Step(
        title=_("Make a client secret and copy its Value"),
        body=(
            _(
                "Under Certificates & secrets, click New client secret. It is valid "
                "for two years at most: note the day, and make a second one before, "
                "so that nobody is locked out."
            ),
        ),
        field="client_secret",
    ),
)

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
FAULTS = {
    **REGISTRATION_FAULTS,
    "700016": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Microsoft does not know the app, or it is for other accounts."),
        fix=_(
            "Compare the Application ID and the supported account types with the app registration."
        ),
    ),
    "unauthorized_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app may not sign in these accounts."),
        fix=_("Compare the supported account types here with those of the app registration."),
    ),
    "invalid_resource": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Microsoft does not know the app in this person's organization."),
        fix=_("Compare the supported account types here with those of the app registration."),
    ),
    "wrong_accounts": Fault(
        outcome=Outcome.POLICY,
        cause=_("The person signed in with an account of a kind that is not allowed here."),
        fix=_("Choose other supported account types if such accounts may sign in, too."),
        public=_("This kind of Microsoft account cannot sign in here. Use another one."),
    ),
}


class MicrosoftAdapter(KnownAdapter):
    """Asks whom the connection allows, and believes each organization about its own people only."""

    @property
    def authorize_url(self) -> str:
        return self.of_accounts("authorize")

    @property
    def access_token_url(self) -> str:
        return self.of_accounts("token")

    def of_accounts(self, name: str) -> str:
        """Return an endpoint's address for the kinds of account that the connection allows."""
        endpoint = self.definition.endpoints[name]
        return endpoint.url.replace("/common/", f"/{self.settings['accounts']}/")

    def checked_token(self, response: Response) -> dict[str, Any]:
        answer = object_of(response)
        codes = answer.get("error_codes")
        for code in map(str, codes) if isinstance(codes, list) else ():
            if code in FAULTS:
                trace = printable(str(answer.get("trace_id", "")))
                raise SignInFailed(code, code=code, trace=trace)
        return super().checked_token(response)

    def issuers(self, tokens: Mapping[str, Any]) -> list[str]:
        """The token names its organization, and only that one may have signed it.

        https://learn.microsoft.com/entra/identity-platform/claims-validation
        """
        try:
            told = jwt.decode(tokens.get("id_token", ""), options={"verify_signature": False})
        except jwt.PyJWTError:
            raise SignInFailed("id_token") from None
        return [f"{LOGIN}/{organization_of(told)}/v2.0"]

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        told = super().person(access_token, tokens)
        personal, allowed = organization_of(told) == PERSONAL, self.settings["accounts"]
        if allowed == ("organizations" if personal else "consumers"):
            raise SignInFailed("wrong_accounts")
        return told


PROVIDER = Definition(
    id="microsoft",
    name="Microsoft",
    brand="Microsoft",
    summary=_("People sign in with their personal Microsoft account, or that of work or school."),
    group=Group.SOCIAL,
    search_words=("azure", "outlook", "hotmail", "live", "xbox", "office 365", "微软"),
    documentation=DOCUMENTATION,
    form=MicrosoftForm,
    endpoints={
        "authorize": Endpoint("/common/oauth2/v2.0/authorize", base=LOGIN),
        "token": Endpoint("/common/oauth2/v2.0/token", base=LOGIN),
        "keys": Endpoint("/common/discovery/v2.0/keys", base=LOGIN),
    },
    scopes=("openid", "profile", "email"),
    login=MicrosoftAdapter,
    claims=person,
    # The same for every app; `sub` is the app's own and is kept beside it.
    known_by="`tid` and `oid`",
    namespace=lambda settings: NAMESPACE,
    nonce=True,
    button_labels={"en": "Sign in with Microsoft", "zh-hans": "使用Microsoft登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    site_warning=site_warning,
)
