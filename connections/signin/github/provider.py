"""GitHub as allauth's classes see it.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialLogin, SocialToken
from django.http import HttpRequest

from connections.claims import Claims
from connections.pictures import safe_picture
from connections.providers import catalogue
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import json_of, text

PROVIDER_ID = "github"
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
LARGEST_ID = 2**63
# How GitHub says that the app may not see addresses; people sign in without one.
NO_ADDRESSES = {403, 404}


class GitHubAdapter(oauth2.Adapter):
    """Reads the profile and, of the addresses, the primary one if it is verified."""

    provider_id = PROVIDER_ID

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        endpoints = self.definition.endpoints
        profile = oauth2.profile_of(self.ask(endpoints["userinfo"].url, token.token, **HEADERS))
        if not isinstance(profile, dict):
            raise SignInFailed("malformed")
        person = {
            "sub": subject_of(profile),
            "name": text(profile, "name"),
            "login": text(profile, "login"),
            "picture": text(profile, "avatar_url"),
            **self.primary_address(token.token),
        }
        return self.get_provider().sociallogin_from_response(request, person)

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


class GitHubProvider(oauth2.Provider):
    """Sign in with a GitHub account."""

    id = PROVIDER_ID
    name = "GitHub"
    oauth2_adapter_class = GitHubAdapter


def subject_of(profile: Mapping[str, Any]) -> str:
    """Return the number that GitHub never gives to anybody else; raises SignInFailed.

    Names change hands, and two people without a number would be one.
    """
    number = profile.get("id")
    if type(number) is not int or not 0 < number < LARGEST_ID:
        raise SignInFailed("no_subject")
    return str(number)


def read(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person."""
    address, verified = address_of(answer)
    return Claims(
        namespace=namespace,
        subject=answer["sub"],
        name=name_of(answer, ("name", "login"), answer["sub"]),
        picture=safe_picture(answer["picture"], catalogue.get(PROVIDER_ID).picture_hosts),
        address=address,
        address_verified=verified,
        kept={"login": answer["login"][:100]},
    )
