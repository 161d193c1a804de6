"""LinkedIn: sign in with a LinkedIn account.

https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.providers.definition import (
    Copyable,
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
)
from connections.signin.oidc.claims import person
from connections.signin.oidc.known import KnownAdapter

DOCUMENTATION = (
    "https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2"
)
APPS = "https://www.linkedin.com/developers/apps"
ISSUER = "https://www.linkedin.com/oauth"

CLIENT_ID = re.compile(r"[0-9a-z]{12,16}")
APP_ID = re.compile(r"[0-9]{5,11}")
SECRET = re.compile(r"WPL_AP[0-9]\..{10,}|[0-9A-Za-z]{16}")
ANY_SECRET = re.compile(r"WPL_AP[0-9]\.")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that LinkedIn gave you.")


class LinkedInForm(ConnectionForm):
    """What LinkedIn shows on an app's Auth tab."""

    secret_shape = ANY_SECRET

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("14 digits and small letters, on the app's Auth tab."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("LinkedIn calls it Primary Client Secret. It usually begins with WPL_AP."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (APP_ID, _("This is the app's number. The Client ID stands on the Auth tab.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CLIENT_ID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("A Client ID of LinkedIn usually has 14 digits and small letters. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (
                    re.compile(re.escape(self.cleaned_data.get("client_id") or "-")),
                    _("This is the Client ID. The client secret stands below it."),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of LinkedIn usually begins with WPL_AP. Check it."),
            )
        return value


GUIDE = (
    Step(
        title=_("Create an app at LinkedIn"),
        body=(
            _(
                "At LinkedIn's developer site, click Create app. It must belong to "
                "the LinkedIn Page of your organization; an administrator of the "
                "page confirms it with a link from the Settings tab."
            ),
        ),
        links=((_("Open LinkedIn's apps"), APPS),),
    ),
    Step(
        title=_("Add the product for signing in"),
        body=(
            _(
                "On the Products tab, find “Sign In with LinkedIn using OpenID "
                "Connect” and click Request access. It is granted at once."
            ),
        ),
    ),
    Step(
        title=_("Tell LinkedIn where people come back to"),
        body=(
            _(
                "On the Auth tab, add the callback URL from the card “Copy to the "
                "provider” to Authorized redirect URLs for your app."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("On the Auth tab, under Application credentials."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "It stands below the Client ID: Primary Client Secret. An app may have "
                "a second one, so that the first can be replaced without a pause."
            ),
        ),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Authorized redirect URL"),
        help=_("LinkedIn compares it letter by letter."),
        value=lambda site: site.callback_url,
    ),
)

# https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow
FAULTS = {
    "user_cancelled_login": Fault(
        outcome=Outcome.CANCELLED,
        cause=_("The person cancelled at the provider."),
        fix=_("Nothing to do."),
    ),
    "user_cancelled_authorize": Fault(
        outcome=Outcome.CANCELLED,
        cause=_("The person cancelled at the provider."),
        fix=_("Nothing to do."),
    ),
    "unauthorized_scope_error": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app does not have the product Sign In with LinkedIn using OpenID Connect."),
        fix=_("Request it on the app's Products tab."),
    ),
    "invalid_redirect_uri": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not among the app's authorized redirect URLs."),
        fix=_("Copy the callback URL from this page to the app's Auth tab."),
    ),
    # What it calls a code that is used, too old, or of another callback URL.
    "invalid_request": Fault(
        outcome=Outcome.RETRY,
        cause=_("The provider did not accept the code: used, too old, or of another app."),
        fix=_("Nothing to do unless it goes on; then compare the callback URLs, letter by letter."),
    ),
}

PICTURE_HOSTS = ("media.licdn.com",)


class LinkedInAdapter(KnownAdapter):
    """Reads the profile, too, where the address and its proof are in JSON's own types."""

    # LinkedIn answers "invalid_client" to whoever sends a code_verifier; PKCE is for native apps,
    # at other addresses.
    # https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow-native
    pkce: ClassVar[bool] = False
    # The name that it had for itself before.
    more_issuers: ClassVar[tuple[str, ...]] = ("https://www.linkedin.com",)


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    return person(namespace, answer, PICTURE_HOSTS)


PROVIDER = Definition(
    id="linkedin",
    name="LinkedIn",
    brand="LinkedIn",
    summary=_("People sign in with their LinkedIn account."),
    group=Group.SOCIAL,
    search_words=("linked in", "microsoft", "领英"),
    documentation=DOCUMENTATION,
    form=LinkedInForm,
    endpoints={
        "authorize": Endpoint("/oauth/v2/authorization", base="https://www.linkedin.com"),
        "token": Endpoint("/oauth/v2/accessToken", base="https://www.linkedin.com"),
        "keys": Endpoint("/oauth/openid/jwks", base="https://www.linkedin.com"),
        "userinfo": Endpoint("/v2/userinfo", base="https://api.linkedin.com"),
    },
    scopes=("openid", "profile", "email"),
    login=LinkedInAdapter,
    claims=read,
    # LinkedIn gives a person another id in each app.
    known_by="`sub`, the app's own",
    namespace=lambda settings: f"linkedin:{settings['client_id']}",
    # LinkedIn's ID tokens repeat no nonce; the state binds the answer to the browser.
    # https://github.com/linkedin-developers/linkedin-api-js-client/issues/34
    nonce=False,
    issuer=lambda settings: ISSUER,
    button_labels={"en": "Sign in with LinkedIn", "zh-hans": "使用LinkedIn登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
    # Whom it does not know as a client, it calls invalid_client before it looks at the code.
    code_refused=frozenset({"invalid_request"}),
)
