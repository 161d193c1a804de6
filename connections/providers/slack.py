"""Slack: sign in with the account of a Slack workspace.

https://docs.slack.dev/authentication/sign-in-with-slack
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
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
    https_only,
)
from connections.signin.failures import SignInFailed
from connections.signin.oidc.claims import person
from connections.signin.oidc.known import KnownAdapter

DOCUMENTATION = "https://docs.slack.dev/authentication/sign-in-with-slack"
APPS = "https://api.slack.com/apps"
ISSUER = "https://slack.com"
WORKSPACE = "https://slack.com/team_id"

CLIENT_ID = re.compile(r"[0-9]{8,}\.[0-9]{8,}")
APP_ID = re.compile(r"A[0-9A-Z]{8,}")
WORKSPACE_ID = re.compile(r"T[0-9A-Z]{6,}")
ORGANIZATION_ID = re.compile(r"E[0-9A-Z]{6,}")
SECRET = re.compile(r"[0-9a-f]{32}")
ANY_SECRET = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{32}(?![0-9a-fA-F])")
TOKEN = re.compile(r"(?:xox|xapp|xoxe).*")
URL_OR_EMAIL = re.compile(r".*(?:://|@).*")

NOT_AN_ID = _("This is a web or e-mail address, and not a value that Slack gave you.")


class SlackForm(ConnectionForm):
    """What Slack shows of an app, under Basic Information."""

    secret_shape = ANY_SECRET
    advanced: ClassVar[tuple[str, ...]] = ("workspace",)

    client_id = PastedField(
        label=_("Client ID"),
        help_text=_("Two numbers with a dot between them."),
    )
    client_secret = SecretField(
        label=_("Client Secret"),
        help_text=_("32 digits or a to f. The Signing Secret looks the same and is another one."),
    )
    workspace = PastedField(
        label=_("Workspace ID"),
        required=False,
        help_text=_(
            "It begins with T. Leave it empty to let in people of every workspace "
            "that may use the app."
        ),
    )

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            (
                (APP_ID, _("This is the App ID. The Client ID has two numbers with a dot.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not CLIENT_ID.fullmatch(value):
            self.warn(
                "client_id",
                "shape",
                _("A Client ID of Slack has two numbers with a dot between them. Check it."),
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
                    TOKEN,
                    _(
                        "This is a token (xox…), which opens a workspace. Revoke it, "
                        "and copy the client secret from Basic Information."
                    ),
                ),
                (CLIENT_ID, _("This is a Client ID. The client secret stands below it.")),
                (URL_OR_EMAIL, NOT_AN_ID),
            ),
        )
        if not SECRET.fullmatch(value):
            self.warn(
                "client_secret",
                "shape",
                _("A client secret of Slack usually has 32 digits or a to f. Check it."),
            )
        return value

    def clean_workspace(self) -> str:
        value: str = self.cleaned_data["workspace"].upper()
        mixed_up(
            value,
            (
                (
                    ORGANIZATION_ID,
                    _(
                        "This is the ID of an Enterprise organization. A workspace's ID begins "
                        "with T."
                    ),
                ),
            ),
        )
        if value and not WORKSPACE_ID.fullmatch(value):
            raise ValidationError(
                _("A Workspace ID begins with T, followed by digits and capital letters."),
                code="shape",
            )
        return value


GUIDE = (
    Step(
        title=_("Create an app at Slack"),
        body=(
            _(
                "Click Create New App, then From scratch, and choose the workspace "
                "whose people will sign in."
            ),
        ),
        links=((_("Open Slack's apps"), APPS),),
    ),
    Step(
        title=_("Tell Slack where people come back to"),
        body=(
            _(
                "Under OAuth & Permissions, add the callback URL from the card "
                "“Copy to the provider” to Redirect URLs, and click Save URLs. No "
                "scope needs to be added there, and PKCE stays switched off."
            ),
        ),
    ),
    Step(
        title=_("Copy the Client ID"),
        body=(_("Under Basic Information, App Credentials."),),
        field="client_id",
    ),
    Step(
        title=_("Copy the client secret"),
        body=(
            _(
                "It stands below the Client ID; click Show. Take care not to copy the "
                "Signing Secret."
            ),
        ),
        field="client_secret",
    ),
    Step(
        title=_("Decide who may sign in"),
        body=(
            _(
                "At first only people of the app's own workspace can. For others, "
                "activate public distribution under Manage Distribution. To let in "
                "one workspace only, enter its ID under Advanced: it stands in the address of "
                "Slack in the browser, after /client/."
            ),
        ),
        field="workspace",
    ),
)

COPIES = (
    Copyable(
        id="callback-url",
        label=_("Redirect URL"),
        help=_("Slack also accepts addresses below one that it has; enter this one whole."),
        value=lambda site: site.callback_url,
    ),
)

# https://docs.slack.dev/reference/methods/openid.connect.token
FAULTS = {
    "invalid_client_id": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Slack does not know the Client ID."),
        fix=_("Copy it again from Basic Information."),
    ),
    "bad_client_secret": Fault(
        outcome=Outcome.CONFIG,
        cause=_("Slack does not accept the client secret."),
        fix=_("Copy it again from Basic Information; the Signing Secret is another one."),
    ),
    "bad_redirect_uri": Fault(
        outcome=Outcome.CONFIG,
        cause=_("The callback URL is not the one with which the sign-in began."),
        fix=_("Copy the callback URL from this page to OAuth & Permissions."),
    ),
    "invalid_code": Fault(
        outcome=Outcome.RETRY,
        cause=_("Slack did not accept the code: used already, or older than ten minutes."),
        fix=_("Make sure that people do not reload the page while they sign in."),
    ),
    "code_already_used": Fault(
        outcome=Outcome.RETRY,
        cause=_("The code had been used already."),
        fix=_("Make sure that people do not reload the page while they sign in."),
    ),
    "other_workspace": Fault(
        outcome=Outcome.POLICY,
        cause=_("The person signed in to another workspace than the connection's."),
        fix=_("Empty the Workspace ID under Advanced if others may sign in, too."),
        public=_(
            "Sign in to the Slack workspace of this project, and choose it at the "
            "top of Slack's page."
        ),
    ),
}

PICTURE_HOSTS = ("avatars.slack-edge.com",)


class SlackAdapter(KnownAdapter):
    """Verifies the ID token, which says everything, the person's workspace included."""

    # Slack takes it only from apps that have been made public clients, for good.
    # https://docs.slack.dev/authentication/using-pkce
    pkce: ClassVar[bool] = False

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        told = super().person(access_token, tokens)
        wanted = self.settings.get("workspace")
        if wanted and told.get(WORKSPACE) != wanted:
            raise SignInFailed("other_workspace")
        return told


def read(settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    return person(namespace, answer, PICTURE_HOSTS)


PROVIDER = Definition(
    id="slack",
    name="Slack",
    brand="Slack",
    summary=_("People sign in with their account of a Slack workspace."),
    group=Group.SOCIAL,
    search_words=("workspace", "chat", "salesforce", "工作区"),
    documentation=DOCUMENTATION,
    form=SlackForm,
    endpoints={
        "authorize": Endpoint("/openid/connect/authorize", base=ISSUER),
        "token": Endpoint("/api/openid.connect.token", base=ISSUER),
        "keys": Endpoint("/openid/connect/keys", base=ISSUER),
    },
    scopes=("openid", "profile", "email"),
    login=SlackAdapter,
    claims=read,
    # A member's ID is unique in all of Slack; whoever is in two workspaces has two.
    # https://docs.slack.dev/reference/methods/users.identity
    known_by="`sub`, the member's ID",
    namespace=lambda settings: "slack",
    nonce=True,
    issuer=lambda settings: ISSUER,
    button_labels={"en": "Sign in with Slack", "zh-hans": "使用Slack登录"},
    guide=GUIDE,
    copies=COPIES,
    faults=FAULTS,
    picture_hosts=PICTURE_HOSTS,
    # https://docs.slack.dev/authentication/installing-with-oauth
    site_warning=https_only("Slack"),
    code_refused=frozenset({"invalid_code", "invalid_grant"}),
)
