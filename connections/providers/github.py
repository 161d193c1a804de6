"""GitHub: sign in with a GitHub account.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.fields.access import ORGANIZATIONS, Membership
from connections.fields.common import client_id, hex_secret, only, usual
from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback
from connections.protocols.responses import (
    number_as_subject,
    only_shown,
    parse_json,
    refuse_status,
    text,
)
from connections.providers.definition import callback_under, copy_steps, step
from connections.providers.families.accounts import Account
from connections.providers.families.social import social_provider, urls
from connections.values.failures import OAUTH_FAULTS
from connections.values.faults import (
    CODE_REFUSED,
    WRONG_CALLBACK,
    misconfigured,
    not_allowed,
)

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

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class GitHubProtocol(OAuth2Protocol):
    """Reads the profile, and the primary address if it is verified."""

    def fetch_profile(self, tokens: Mapping[str, Any], callback: Callback) -> dict[str, Any]:
        profile = self.get_json("userinfo", tokens["access_token"], **HEADERS)
        return {
            # User names can be reassigned.
            "sub": number_as_subject(profile, "id"),
            "name": text(profile, "name"),
            "login": text(profile, "login"),
            "picture": text(profile, "avatar_url"),
            **self.fetch_primary_address(tokens["access_token"]),
            **self.fetch_organizations(tokens["access_token"]),
        }

    def fetch_organizations(self, access_token: str) -> dict[str, Any]:
        """Return the names of the user's organizations if a rule needs them.

        https://docs.github.com/en/rest/orgs/orgs#list-organizations-for-the-authenticated-user
        """
        if not self.settings.get(ORGANIZATIONS):
            return {}
        url = self.definition.endpoints["organizations"].url
        response = self.get_with_token(url, access_token, **HEADERS)
        refuse_status(response)
        found = parse_json(response)
        entries = found if isinstance(found, list) else []
        names = [text(each, "login") for each in entries if isinstance(each, dict)]
        return {"organizations": names}

    def fetch_primary_address(self, access_token: str) -> dict[str, Any]:
        """Return the primary address if it is verified, or nothing."""
        url = self.definition.endpoints["emails"].url
        addresses: Any = ()
        # Some apps may not read addresses.
        with only_shown():
            response = self.get_with_token(url, access_token, **HEADERS)
            refuse_status(response)
            addresses = parse_json(response)
        for entry in addresses if isinstance(addresses, list) else ():
            if isinstance(entry, dict) and entry.get("primary") is True is entry.get("verified"):
                return {"email": text(entry, "email"), "email_verified": True}
        return {}


PROVIDER = social_provider(
    "github",
    "GitHub",
    FIELDS,
    GUIDE,
    endpoints=urls(
        "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token",
        userinfo="https://api.github.com/user",
        emails="https://api.github.com/user/emails",
        organizations="https://api.github.com/user/orgs?per_page=100",
    ),
    protocol=GitHubProtocol,
    # Public profiles need no scope.
    scopes=("user:email",),
    claims=Account(names=("name", "login"), proves_address=True),
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
