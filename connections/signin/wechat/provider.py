"""WeChat as allauth's classes see it, with its own ideas of OAuth put right.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.http import HttpRequest
from django.utils.translation import get_language

from connections.providers import catalogue
from connections.signin.reading import object_of
from connections.signin.wechat import answers


class WeChatClient(OAuth2Client):  # type: ignore[misc]
    """Speaks of appid and secret where others say client_id and client_secret."""

    def get_redirect_url(
        self, authorization_url: str, scope: Iterable[str], extra_params: Mapping[str, str]
    ) -> str:
        # In the order that WeChat's own documentation has, and with the fragment it asks for.
        parameters = {
            "appid": self.consumer_key,
            "redirect_uri": self.callback_url,
            "response_type": "code",
            "scope": ",".join(scope),
            "state": self.state,
            **extra_params,
        }
        return f"{authorization_url}?{urlencode(parameters)}#wechat_redirect"

    def get_access_token(
        self, code: str, pkce_code_verifier: str | None = None, extra_data: Any = None
    ) -> dict[str, Any]:
        # A form, although WeChat documents GET: addresses end up in logs, and this has the secret.
        question = {
            "appid": self.consumer_key,
            "secret": self.consumer_secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        with get_adapter().get_requests_session() as session:
            response = session.post(self.access_token_url, data=question)
        return answers.token(object_of(response))


class WeChatAdapter(OAuth2Adapter):  # type: ignore[misc]
    """Exchanges the code and reads the profile, checking WeChat's errcode at every step."""

    client_class = WeChatClient
    scope_delimiter = ","

    @property
    def authorize_url(self) -> str:
        """The page with the QR code, or the one inside WeChat."""
        return catalogue.get(self.provider_id).endpoints["authorize"].url

    @property
    def access_token_url(self) -> str:
        """Where a code becomes a token."""
        return catalogue.get(self.provider_id).endpoints["token"].url

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        given: dict[str, Any] = kwargs["response"]
        parameters = {"access_token": token.token, "openid": given["openid"]}
        with get_adapter().get_requests_session() as session:
            response = session.get(
                catalogue.get(self.provider_id).endpoints["userinfo"].url, params=parameters
            )
        profile = answers.profile(object_of(response), given)
        return self.get_provider().sociallogin_from_response(request, profile)


class WeChatProvider(OAuth2Provider):  # type: ignore[misc]
    """What both ways of WeChat have in common."""

    account_class = ProviderAccount

    def get_scope(self) -> list[str]:
        """The definition's scopes; a request cannot add to them."""
        return list(catalogue.get(self.id).scopes)

    def get_auth_params(self) -> dict[str, str]:
        """Nothing: inside WeChat, parameters that are not documented can make the page fail."""
        return {}

    def get_pkce_params(self) -> dict[str, str]:
        """None: WeChat ignores PKCE."""
        return {}

    def extract_uid(self, data: Mapping[str, Any]) -> str:
        return str(data["openid"])


class WeChatWebAdapter(WeChatAdapter):
    """Begins at the page with the QR code."""

    provider_id = "wechat_web"


class WeChatWebProvider(WeChatProvider):
    """Sign in by the QR code of a 网站应用."""

    id = "wechat_web"
    name = "WeChat Web / 网站应用"
    oauth2_adapter_class = WeChatWebAdapter

    def get_auth_params(self) -> dict[str, str]:
        """The language of WeChat's page, in WeChat's own spelling."""
        return {"lang": "cn" if (get_language() or "").startswith("zh") else "en"}


class OfficialAccountAdapter(WeChatAdapter):
    """Begins inside WeChat, where the person is known already."""

    provider_id = "wechat_official_account"


class OfficialAccountProvider(WeChatProvider):
    """Sign in by the 网页授权 of a 服务号."""

    id = "wechat_official_account"
    name = "WeChat Official Account / 服务号"
    oauth2_adapter_class = OfficialAccountAdapter
