"""Yahoo: sign in with a Yahoo account, by OpenID Connect.

https://developer.yahoo.com/sign-in-with-yahoo/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.providers.definition import (
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
    exact_callback_url,
    https_only,
)
from connections.signin.oidc.claims import person
from connections.signin.oidc.known import KnownAdapter

DOCUMENTATION = "https://developer.yahoo.com/sign-in-with-yahoo/"
CONSOLE = "https://developer.yahoo.com/apps/"
ISSUER = "https://api.login.yahoo.com"
PICTURE_HOSTS = ("s.yimg.com", "ct.yimg.com")

CLIENT_ID = re.compile(r"dj0y[0-9A-Za-z_.-]{60,130}")
CLIENT_SECRET = re.compile(r"[0-9a-f]{40}")
ANY_SECRET = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{40}(?![0-9a-fA-F])")
APP_ID = re.compile(r"[0-9A-Za-z]{8}")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")


class YahooForm(ConnectionForm):
    """What Yahoo's developer network shows of an app."""

    secret_shape = ANY_SECRET

    client_id = PastedField(
        label=_("Client ID (Consumer Key)"),
        help_text=_("About a hundred characters, beginning with dj0y."),
    )
    client_secret = SecretField(
        label=_("Client Secret (Consumer Secret)"), help_text=_("40 digits or a to f.")
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (APP_ID, _("This is the App ID. The Client ID is much longer.")),
                (
                    URL_OR_EMAIL,
                    _("This is a web or e-mail address, and not the Client ID."),
                ),
            ),
        )
        if not CLIENT_ID.fullmatch(value):
            self.warn(
                "client_id", "shape", _("A Client ID of Yahoo usually begins with dj0y. Check it.")
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if value and not CLIENT_SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of Yahoo usually has 40 digits or a to f. Check it."),
            )
        return value


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    return person(namespace, answer, PICTURE_HOSTS)


GUIDE = (
    Step(
        title=_("Create an app"),
        body=(
            _(
                "At the Yahoo Developer Network, click Create an App. As OAuth Client Type choose "
                "Confidential Client, and under API Permissions tick OpenID Connect Permissions "
                "with Email and Profile."
            ),
        ),
        links=((_("Open the Yahoo Developer Network"), CONSOLE),),
    ),
    Step(
        title=_("Tell Yahoo where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” under Redirect "
                "URI(s), and click Create App."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("Not the App ID, which is short and stands above it."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(_("It stands below the Client ID."),),
        field="client_secret",
    ),
)

COPIES = exact_callback_url(_("Redirect URI"))

OTHER_ADDRESS = Fault(
    outcome=Outcome.CONFIG,
    cause=_("The callback URL is not among the app's redirect URIs at Yahoo."),
    fix=_("Copy the callback URL from this page into the app's settings."),
)
# https://developer.yahoo.com/oauth2/guide/errors/; those of OAuth 2 come in small letters, too.
FAULTS = {
    "INVALID_CLIENT": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Yahoo does not know the Client ID."),
        fix=_("Copy it again from the app's page; it is not the App ID."),
    ),
    "INVALID_CLIENT_SECRET": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Yahoo does not accept the client secret."),
        fix=_("Copy it again from the app's page."),
    ),
    "invalid_scope": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The app has not the permissions Email and Profile at Yahoo."),
        fix=_("Tick both under OpenID Connect Permissions on the app's page."),
    ),
    "INVALID_REDIRECT_URI": OTHER_ADDRESS,
    "INVALID_CALLBACK": OTHER_ADDRESS,
    "INVALID_GRANT": Fault(
        outcome=Outcome.RETRY,
        cause=_("Yahoo did not accept the code: used already, or too old."),
        fix=_("Make sure that people do not reload the page while they sign in."),
    ),
    "ACCOUNT_NOT_AUTHORIZED": Fault(
        outcome=Outcome.RETRY,
        cause=_("The person had not allowed the app to know who it is."),
        fix=_("Nothing to do: the person can try again and allow it."),
    ),
    "UNDERAGE_USER": Fault(
        outcome=Outcome.POLICY,
        cause=_("To Yahoo the person is a minor, who may not allow this."),
        fix=_("Nothing to do."),
        public=_("Yahoo does not let minors sign in elsewhere."),
    ),
}

PROVIDER = Definition(
    id="yahoo",
    name="Yahoo",
    brand="Yahoo",
    summary=_("People sign in with their Yahoo account."),
    group=Group.SOCIAL,
    search_words=("ymail", "aol", "雅虎"),
    documentation=DOCUMENTATION,
    form=YahooForm,
    endpoints={
        "authorize": Endpoint("/oauth2/request_auth", base=ISSUER),
        "token": Endpoint("/oauth2/get_token", base=ISSUER),
        "userinfo": Endpoint("/openid/v1/userinfo", base=ISSUER),
        "keys": Endpoint("/openid/v1/certs", base=ISSUER),
    },
    scopes=("openid", "profile", "email"),
    login=KnownAdapter,
    claims=read,
    known_by="`sub`",
    namespace=lambda settings: "yahoo",
    nonce=True,
    issuer=lambda settings: ISSUER,
    button_labels={"en": "Sign in with Yahoo", "zh-hans": "使用Yahoo登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    code_refused=frozenset({"INVALID_GRANT", "invalid_grant"}),
    picture_hosts=PICTURE_HOSTS,
    site_warning=https_only("Yahoo"),
)
