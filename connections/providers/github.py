"""GitHub: sign in with a GitHub account.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.access import ORGANIZATIONS, Membership
from connections.fields.common import client_id, hex_secret, only, usual
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import text
from connections.providers.definition import callback_under, copy_steps, step
from connections.providers.families.code_hosts import CLAIMS, CodeHostProtocol
from connections.providers.families.social import social_provider
from connections.values.failures import OAUTH_FAULTS
from connections.values.faults import CODE_REFUSED, WRONG_CALLBACK, misconfigured, not_allowed

FIELDS = (
    client_id(
        help=_("It usually begins with Ov or Iv."),
        mistakes={
            r"[0-9]{1,12}": _(
                "This is the App ID of a GitHub App. The Client ID is below it and begins with Iv."
            )
        },
        shape=usual(r"(?:Ov23|Iv23|Iv1\.)[0-9A-Za-z]{8,32}|[0-9a-f]{20}"),
    ),
    hex_secret(
        40,
        mistakes={
            r"(?:gh[pousr]_|github_pat_).*": _(
                "This is somebody's personal token, which opens their account. Revoke it, and "
                "copy the client secret from the app's page."
            )
        },
    ),
)

GUIDE = (
    step(
        _("Create an OAuth app"),
        _(
            "At GitHub, open Settings > Developer settings > OAuth apps and click New OAuth app. "
            "Create it in your organization's settings, not in your own, so that it stays when "
            "people leave."
        ),
        _("Users see the Application name when they sign in. Homepage URL is your website."),
        links=((_("Open GitHub's developer settings"), "https://github.com/settings/developers"),),
    ),
    callback_under(
        "Authorization callback URL",
        _("An OAuth app has only one, so each sign-in page needs an app of its own."),
        _("Click Register application."),
    ),
    *copy_steps(
        _("It is at the top of the app's page."),
        _(
            "Click Generate a new client secret. GitHub shows it only once. An app may have two, "
            "so that a new one can be entered here before the old one is deleted there."
        ),
    ),
)

# https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps
FAULTS = {
    "incorrect_client_credentials": OAUTH_FAULTS["invalid_client"],
    "redirect_uri_mismatch": WRONG_CALLBACK,
    "bad_verification_code": CODE_REFUSED,
    "application_suspended": misconfigured(
        _("GitHub has suspended the app."), _("Ask GitHub's support why.")
    ),
    "unverified_user_email": not_allowed(
        _("The user has not verified the email address at GitHub."),
        _("Verify your email address at GitHub first, then sign in again."),
        _("Only the user can do this, in GitHub's settings."),
    ),
}


class GitHubProtocol(CodeHostProtocol):
    """Reads the user's organizations as well, if a rule needs them."""

    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

    def is_proved(self, entry: Mapping[str, Any]) -> bool:
        return entry.get("primary") is True is entry.get("verified")

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        """https://docs.github.com/en/rest/orgs/orgs#list-organizations-for-the-authenticated-user."""
        profile = super().fetch_profile(tokens, callback)
        if self.settings.get(ORGANIZATIONS):
            entries = self.fetch_entries("organizations", tokens["access_token"])
            profile["organizations"] = [text(each, "login") for each in entries]
        return profile


PROVIDER = social_provider(
    "github",
    "GitHub",
    FIELDS,
    GUIDE,
    authorize="https://github.com/login/oauth/authorize",
    tokens="https://github.com/login/oauth/access_token",
    userinfo="https://api.github.com/user",
    more_endpoints={
        "emails": "https://api.github.com/user/emails",
        "organizations": "https://api.github.com/user/orgs?per_page=100",
    },
    protocol=GitHubProtocol,
    # Public profiles need no scope.
    scopes=("user:email",),
    claims=CLAIMS,
    organizations=Membership(
        claim="organizations",
        label=_("GitHub organizations"),
        help=_(
            "The name of each organization whose members may sign in, as in its address. With such "
            "a rule, GitHub asks users for permission to read their organizations. An organization "
            "that restricts apps must approve this one."
        ),
        scope="read:org",
        ignores_case=True,
        shape=only(
            r"[0-9a-z](?:[0-9a-z-]{0,38})",
            _("The name of an organization has letters, digits and hyphens."),
        ),
    ),
    # Account ids are unique in all of GitHub.
    known_by="the account's number",
    # Users choose the account again; GitHub documents nothing that asks for a password.
    # https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
    reauthentication={"prompt": "select_account"},
    login_hint="login",
    search_words=("gh", "git", "octocat", "developer", "开发者", "代码"),
    documentation="https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/creating-an-oauth-app",
    callback_label=_("Authorization callback URL"),
    faults=FAULTS,
    picture_hosts=("avatars.githubusercontent.com",),
    # https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
    unknown_code_causes=frozenset({"bad_verification_code"}),
)
