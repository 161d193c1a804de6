"""Slack: sign in with the account of a Slack workspace."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from connections.fields.common import advanced, client_id, hex_secret, only, usual
from connections.fields.field import Section
from connections.protocols.oidc.fixed_endpoints import KnownOpenIDProtocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.providers.definition import callback_under, copy_steps, https_only, step
from connections.providers.families.social import social_openid_provider
from connections.values.failures import OAUTH_FAULTS, SignInFailed
from connections.values.faults import CODE_REFUSED, WRONG_CALLBACK, misconfigured, not_allowed

WORKSPACE = "https://slack.com/team_id"

FIELDS = (
    client_id(
        help=_("Two numbers with a dot between them."),
        mistakes={
            r"A[0-9A-Z]{8,}": _("This is the App ID. The Client ID has two numbers with a dot.")
        },
        shape=usual(r"[0-9]{8,}\.[0-9]{8,}"),
    ),
    hex_secret(
        32,
        help=_("32 digits or letters a to f. Do not copy the Signing Secret, which looks alike."),
        mistakes={
            r"(?:xox|xapp).*": _(
                "This is a token (xox…), which opens a workspace. Revoke it, and copy the "
                "client secret from Basic Information."
            )
        },
    ),
    advanced(
        "workspace",
        _("Workspace ID"),
        _(
            "It begins with T. Leave it empty to allow users of every workspace that can use the "
            "app."
        ),
        mistakes={
            r"(?i)E[0-9A-Z]{6,}": _(
                "This is the ID of an Enterprise organization. A workspace's ID begins with T."
            )
        },
        section=Section.ACCESS,
        check=lambda found, value: value.upper(),
        shape=only(
            r"T[0-9A-Z]{6,}",
            _("A Workspace ID begins with T, followed by digits and capital letters."),
        ),
    ),
)

GUIDE = (
    step(
        _("Create an app at Slack"),
        _(
            "Click Create New App, then From scratch, and choose the workspace whose users will "
            "sign in."
        ),
        links=((_("Open Slack's apps"), "https://api.slack.com/apps"),),
    ),
    callback_under(
        "OAuth & Permissions > Redirect URLs",
        _("Click Save URLs. You do not need to add scopes there. Leave PKCE turned off."),
    ),
    *copy_steps(
        _("Under Basic Information, App Credentials."), _("It is below the Client ID. Click Show.")
    ),
    step(
        _("Decide who can sign in"),
        _(
            "At first only users of the app's own workspace can sign in. To allow others, "
            "activate public distribution under Manage Distribution. To allow only one workspace, "
            "enter its ID in the section Access: you find it in Slack's address in the "
            "browser, after /client/."
        ),
        field="workspace",
    ),
)

# https://docs.slack.dev/reference/methods/openid.connect.token
FAULTS = {
    "invalid_client_id": OAUTH_FAULTS["invalid_client"],
    "bad_client_secret": misconfigured(
        _("Slack does not accept the client secret."),
        _("Copy it again from Basic Information, and do not copy the Signing Secret."),
    ),
    "bad_redirect_uri": WRONG_CALLBACK,
    "invalid_code": CODE_REFUSED,
    "code_already_used": CODE_REFUSED,
    "other_workspace": not_allowed(
        _("The user signed in to a different workspace than the connection's."),
        _(
            "Sign in to the Slack workspace of this project. You can choose it at the top of "
            "Slack's page."
        ),
        _("Clear the Workspace ID in the section Access to allow users of other workspaces."),
    ),
}


class SlackProtocol(KnownOpenIDProtocol):
    """Verifies the ID token, which has all claims, including the workspace."""

    # Slack accepts it only from apps that were turned into public clients, which is permanent.
    # https://docs.slack.dev/authentication/using-pkce
    pkce = False

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        told = super().fetch_profile(tokens, callback)
        wanted = self.settings.get("workspace")
        if wanted and told.get(WORKSPACE) != wanted:
            raise SignInFailed("other_workspace")
        return told


PROVIDER = social_openid_provider(
    "slack",
    "Slack",
    "https://slack.com",
    FIELDS,
    GUIDE,
    authorize="https://slack.com/openid/connect/authorize",
    tokens="https://slack.com/api/openid.connect.token",
    keys="https://slack.com/openid/connect/keys",
    protocol=SlackProtocol,
    # A member's ID is unique in all of Slack. A user of two workspaces has two.
    # https://docs.slack.dev/reference/methods/users.identity
    known_by="`sub`, the member's ID",
    tenant_setting="workspace",
    summary=_("Users sign in with their account of a Slack workspace."),
    search_words=("workspace", "chat", "salesforce", "工作区"),
    documentation="https://docs.slack.dev/authentication/sign-in-with-slack",
    callback_label=_("Redirect URL"),
    faults=FAULTS,
    picture_hosts=("avatars.slack-edge.com",),
    # https://docs.slack.dev/authentication/installing-with-oauth
    site_warning=https_only("Slack"),
    unknown_code_causes=frozenset({"invalid_code", "invalid_grant"}),
)
