"""WeChat's variant of OAuth 2.

https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from connections.protocols.oauth2 import OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Start, Tokens
from connections.protocols.wechat import responses
from core.http import client as http_client


class WeChatProtocol(OAuth2Protocol):
    """Checks WeChat's errcode in every response.

    Inside WeChat, undocumented parameters can break the page, so the request has no others. This
    class starts inside WeChat, where the user is signed in already.
    """

    names: ClassVar[Mapping[str, str]] = {"client_id": "appid"}
    scope_delimiter = ","
    # WeChat ignores PKCE.
    pkce = False
    fragment = "#wechat_redirect"

    def exchange_code(self, callback: Callback) -> Tokens:
        # A form, although WeChat documents GET: URLs are logged, and this request has the secret.
        form = {
            "appid": self.client.client_id,
            "secret": self.client.client_secret,
            "code": self.code_of(callback),
            "grant_type": "authorization_code",
        }
        with http_client.new_session() as session:
            response = session.post(self.token_url, data=form)
        answer = responses.parse_answer(response)
        tokens = responses.parse_token(answer)
        # The profile needs the requested scope.
        self.refuse_missing_scopes(answer, needed=self.scopes)
        return tokens

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
        response = self.get_with_query("userinfo", query)
        return responses.parse_profile(responses.parse_answer(response), tokens)


class WeChatWebProtocol(WeChatProtocol):
    """Starts at the page with the QR code, in the user's language."""

    def authorize_query(self, start: Start) -> dict[str, str]:
        language = "cn" if start.language.startswith("zh") else "en"
        return {**super().authorize_query(start), "lang": language}
