"""GitHub: sign in with the account of developers.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.claims import Claims
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.models import Outcome
from connections.pictures import safe_picture
from connections.providers.definition import (
    Copyable,
    Definition,
    Endpoint,
    Fault,
    Group,
    Settings,
    Step,
)
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import json_of, number_as_subject, text

DOCUMENTATION = (
    "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/creating-an-oauth-app"
)
DEVELOPER_SETTINGS = "https://github.com/settings/developers"

CLIENT_ID = re.compile(r"(?:Ov23|Iv23|Iv1\.)[0-9A-Za-z]{8,32}|[0-9a-f]{20}")
CLIENT_SECRET = re.compile(r"[0-9a-f]{40}")
ANY_SECRET = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{40}(?![0-9a-fA-F])")
APP_ID = re.compile(r"[0-9]{1,12}")
PERSONAL_TOKEN = re.compile(r"(?:gh[pousr]_|github_pat_).*")
PRIVATE_KEY = re.compile(r"-----BEGIN.*", re.DOTALL)
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that GitHub gave you.")


class GitHubForm(ConnectionForm):
    """What GitHub gives to an OAuth app."""

    secret_shape = ANY_SECRET

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("On the app's page, above the client secrets."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("Shown once when it is made. If it is lost, make a new one there."),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (
                    APP_ID,
                    _(
                        "This is the App ID of a GitHub App. The Client ID stands below it "
                        "and begins with Iv."
                    ),
                ),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CLIENT_ID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("A Client ID of GitHub usually begins with Ov or Iv. Check it."),
            )
        return value

    def clean_client_secret(self) -> str:
        value = self.cleaned_data["client_secret"]
        if not value:
            return ""
        if PRIVATE_KEY.match(value):
            raise ValidationError(
                _("This is a private key. GitHub calls the right value “Client secret”."),
                code="mixed_up",
            )
        mixed_up(
            value,
            (
                (
                    PERSONAL_TOKEN,
                    _(
                        "This is somebody's personal token, which opens their account. Revoke it, "
                        "and copy the client secret from the app's page."
                    ),
                ),
                (CLIENT_ID, _("This is a Client ID. The client secret has 40 digits or a to f.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CLIENT_SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of GitHub usually has 40 digits or a to f. Check it."),
            )
        return str(value)


GUIDE = (
    Step(
        title=_("Create an OAuth app"),
        body=(
            _(
                "At GitHub, open Settings > Developer settings > OAuth apps and click New OAuth "
                "app. Create it in your organization's settings, not in your own, so that it "
                "stays when people leave."
            ),
            _(
                "Application name is what people read when they are asked. Homepage URL is your "
                "website."
            ),
        ),
        links=((_("Open GitHub's developer settings"), DEVELOPER_SETTINGS),),
    ),
    Step(
        title=_("Tell GitHub where people come back to"),
        body=(
            _(
                "Enter the callback URL from the card “Copy to the provider” as Authorization "
                "callback URL. An OAuth app has one only: each sign-in page needs its own app. "
                "Then click Register application."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("It is at the top of the app's page."),),
        field="client_id",
    ),
    Step(
        title=_("Make a client secret and copy it"),
        body=(
            _(
                "Click Generate a new client secret. GitHub shows it only once. An app may have "
                "two, so that a new one can be entered here before the old one is deleted there."
            ),
        ),
        field="client_secret",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Authorization callback URL"),
        help=_("GitHub sends people back to this address and to nothing beside it."),
        value=lambda site: site.callback_url,
    ),
)

# https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps
FAULTS = {
    "incorrect_client_credentials": Fault(
        outcome=Outcome.CONFIG,
        cause=_("GitHub does not accept the Client ID with this client secret."),
        fix=_("Copy both again from the app's page, or generate a new client secret."),
    ),
    "redirect_uri_mismatch": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not the one that the app has at GitHub."),
        fix=_("Copy the callback URL from this page into the app's settings."),
    ),
    "bad_verification_code": Fault(
        outcome=Outcome.RETRY,
        cause=_("GitHub did not accept the code: used already, or older than ten minutes."),
        fix=_("Make sure that people do not reload the page while they sign in."),
    ),
    "application_suspended": Fault(
        outcome=Outcome.CONFIG,
        cause=_("GitHub has suspended the app."),
        fix=_("Ask GitHub's support why."),
    ),
    "unverified_user_email": Fault(
        outcome=Outcome.POLICY,
        cause=_("The person has not verified the e-mail address at GitHub."),
        fix=_("Only the person can do this, in GitHub's settings."),
        public=_("Verify your e-mail address at GitHub first, then sign in again."),
    ),
}

PICTURE_HOSTS = ("avatars.githubusercontent.com",)
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
# How GitHub says that the app may not see addresses; people sign in without one.
NO_ADDRESSES = {403, 404}


class GitHubAdapter(oauth2.Adapter):
    """Reads the profile and, of the addresses, the primary one if it is verified."""

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        profile = self.profile("userinfo", access_token, **HEADERS)
        return {
            # Names change hands.
            "sub": number_as_subject(profile, "id"),
            "name": text(profile, "name"),
            "login": text(profile, "login"),
            "picture": text(profile, "avatar_url"),
            **self.primary_address(access_token),
        }

    def primary_address(self, access_token: str) -> dict[str, Any]:
        """Return the address that GitHub calls primary and verified, if there is one."""
        url = self.definition.endpoints["emails"].url
        response = self.ask(url, access_token, **HEADERS)
        if response.status_code in NO_ADDRESSES:
            return {}
        if response.status_code >= 400:
            raise SignInFailed("http_status", code=str(response.status_code))
        addresses = json_of(response)
        if not isinstance(addresses, list):
            raise SignInFailed("malformed")
        for entry in addresses:
            if isinstance(entry, dict) and entry.get("primary") is True is entry.get("verified"):
                return {"email": text(entry, "email"), "email_verified": True}
        return {}


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    address, verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name", "login"), answer["sub"]),
        picture=safe_picture(answer["picture"], PICTURE_HOSTS),
        address=address,
        address_verified=verified,
        kept={"login": answer["login"][:100]},
    )


PROVIDER = Definition(
    id="github",
    name="GitHub",
    brand="GitHub",
    summary=_("People sign in with their GitHub account."),
    group=Group.SOCIAL,
    search_words=("git", "octocat", "developer", "开发者", "代码"),
    documentation=DOCUMENTATION,
    form=GitHubForm,
    endpoints={
        "authorize": Endpoint("/login/oauth/authorize", base="https://github.com"),
        "token": Endpoint("/login/oauth/access_token", base="https://github.com"),
        "userinfo": Endpoint("/user", base="https://api.github.com"),
        "emails": Endpoint("/user/emails", base="https://api.github.com"),
    },
    # Public profiles need no scope.
    scopes=("user:email",),
    login=GitHubAdapter,
    claims=read,
    # GitHub numbers all its accounts in one row.
    known_by="the account's number",
    namespace=lambda settings: "github",
    button_labels={"en": "Sign in with GitHub", "zh-hans": "使用GitHub登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
    # https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
    code_refused=frozenset({"bad_verification_code"}),
)
