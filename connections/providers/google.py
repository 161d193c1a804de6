"""Google: sign in with a Google or Google Workspace account.

https://developers.google.com/identity/openid-connect/openid-connect
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
    Site,
    Step,
    Text,
    https_only,
)
from connections.signin.oidc.claims import person
from connections.signin.oidc.known import KnownAdapter

DOCUMENTATION = "https://developers.google.com/identity/openid-connect/openid-connect"
CLIENTS = "https://console.cloud.google.com/auth/clients"
ISSUER = "https://accounts.google.com"

CLIENT_ID = re.compile(r"[0-9]+-[0-9a-z]+\.apps\.googleusercontent\.com")
SECRET = re.compile(r"GOCSPX-[0-9A-Za-z_-]{20,40}")
ANY_SECRET = re.compile(r"GOCSPX-[0-9A-Za-z_-]{10,}")
PROJECT_NUMBER = re.compile(r"[0-9]{6,15}")
API_KEY = re.compile(r"AIza.*")
SERVICE_ACCOUNT = re.compile(r".*\.gserviceaccount\.com")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Google gave you.")
NOT_A_KEY = _("This is an API key (AIza…), which cannot sign people in.")


class GoogleForm(ConnectionForm):
    """What Google gives to an OAuth client of the type Web application."""

    secret_shape = ANY_SECRET

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("It ends with .apps.googleusercontent.com."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("It begins with GOCSPX-. If it is lost, add a new one at Google."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (
                    PROJECT_NUMBER,
                    _("This is a project number. The Client ID ends with .googleusercontent.com."),
                ),
                (API_KEY, NOT_A_KEY),
                (
                    SERVICE_ACCOUNT,
                    _("This is a service account. Create an OAuth client for a web application."),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CLIENT_ID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("A Client ID of Google usually ends with .apps.googleusercontent.com. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value: str = self.cleaned_data["client_secret"]
        if not value:
            return ""
        mixed_up(
            value,
            (
                (CLIENT_ID, _("This is a Client ID. The client secret begins with GOCSPX-.")),
                (API_KEY, NOT_A_KEY),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of Google usually begins with GOCSPX-. Check it."),
            )
        return value


def site_warning(site: Site) -> Text | None:
    """Say why Google will not take this callback URL, if it will not.

    https://developers.google.com/identity/protocols/oauth2/web-server#uri-validation
    """
    if site.hostname == "localhost":
        return None
    if site.hostname.endswith(".localhost"):
        return _(
            "Google accepts localhost itself, but no name below it. People will read "
            "“redirect_uri_mismatch” there until the sign-in page has a public host name."
        )
    if ":" in site.hostname or site.hostname.rpartition(".")[2].isdigit():
        return _("Google does not send people back to an IP address. Use a public host name.")
    return https_only("Google")(site)


AUDIENCE = Step(
    title=_("Say who may sign in"),
    body=(
        _(
            "Under Audience, choose Internal for the people of your own Workspace "
            "organization, or External for everybody. An external app is in testing at first "
            "and lets in nobody but its test users: click Publish app."
        ),
    ),
)

GUIDE = (
    Step(
        title=_("Choose a project at Google Cloud"),
        body=(
            _(
                "Open the Google Auth Platform of a Google Cloud project. If it has never been "
                "used there, click Get started and enter the name that people will read, and "
                "your e-mail address."
            ),
        ),
        links=((_("Open the Google Auth Platform"), CLIENTS),),
    ),
    AUDIENCE,
    Step(
        title=_("Create a client for this sign-in page"),
        body=(
            _("Under Clients, click Create client and choose Web application."),
            _(
                "Under Authorized redirect URIs, add the callback URL from the card “Copy to the "
                "provider”. It must be the same letter by letter. Then click Create."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("Google shows it when the client has been created, and later on its page."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "Google shows it only when it is made. If you no longer have it, add a second one "
                "on the client's page, enter it here, and then disable the first."
            ),
        ),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Authorized redirect URI"),
        help=_("Google compares it letter by letter. A change there may take some minutes."),
        value=lambda site: site.callback_url,
    ),
)

# https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors
FAULTS = {
    "redirect_uri_mismatch": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not among the client's authorized redirect URIs."),
        fix=_("Copy the callback URL from this page to the client at Google."),
    ),
    "deleted_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The client has been deleted at Google."),
        fix=_("Restore it there within 30 days, or create a new one and enter it here."),
    ),
    "disabled_client": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Google has disabled the client."),
        fix=_("Look into the Google Auth Platform for the reason."),
    ),
    "org_internal": Fault(
        outcome=Outcome.POLICY,
        cause=_("The app is for one Workspace organization, and the person is not in it."),
        fix=_("Choose External under Audience if others may sign in, too."),
        public=_("This Google account does not belong to the organization that may sign in here."),
    ),
    "admin_policy_enforced": Fault(
        outcome=Outcome.POLICY,
        cause=_("The administrator of the person's Workspace does not allow the app."),
        fix=_("That administrator can allow it in Google's Admin console."),
        public=_("Your organization's administrator at Google does not allow this sign-in."),
    ),
}

PICTURE_HOSTS = tuple(f"lh{number}.googleusercontent.com" for number in range(3, 7))


class GoogleAdapter(KnownAdapter):
    """Google names itself in two ways."""

    more_issuers: ClassVar[tuple[str, ...]] = ("accounts.google.com",)


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    return person(namespace, answer, PICTURE_HOSTS)


PROVIDER = Definition(
    id="google",
    name="Google",
    brand="Google",
    summary=_("People sign in with their Google or Google Workspace account."),
    group=Group.SOCIAL,
    search_words=("gmail", "workspace", "谷歌"),
    documentation=DOCUMENTATION,
    form=GoogleForm,
    endpoints={
        "authorize": Endpoint("/o/oauth2/v2/auth", base=ISSUER),
        "token": Endpoint("/token", base="https://oauth2.googleapis.com"),
        "keys": Endpoint("/oauth2/v3/certs", base="https://www.googleapis.com"),
    },
    scopes=("openid", "profile", "email"),
    login=GoogleAdapter,
    claims=read,
    # Google gives an account one id, whichever client asks.
    known_by="`sub`",
    namespace=lambda settings: "google",
    nonce=True,
    issuer=lambda settings: ISSUER,
    button_labels={"en": "Sign in with Google", "zh-hans": "使用Google登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
    site_warning=site_warning,
    # https://developers.google.com/identity/protocols/oauth2/policies#browsers
    refuses_embedded=True,
)
