"""WeCom: the app requests a token for itself, and reads with it which member a code belongs to.

https://developer.work.weixin.qq.com/document/path/98177
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from connections.protocols.oauth2 import TOKEN, OAuth2Protocol
from connections.protocols.pictures import safe_picture
from connections.protocols.profiles import name_of
from connections.protocols.protocol import (
    Callback,
    Profile,
    Redirect,
    Start,
    Tokens,
    with_parameters,
)
from connections.protocols.responses import (
    error_number,
    only_shown,
    parse_answer,
    parse_object,
    refused_ip,
    required,
    text,
    text_as_subject,
)
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from core.http.client import Response

# A token may become invalid early and must then be requested again:
# https://developer.work.weixin.qq.com/document/path/91039
STALE = frozenset({40001, 40014, 42001})
ADDRESS_REFUSED = "60020"
MARGIN_SECONDS = 300
LONGEST_SECONDS = 7200
MOST = 500
PICTURE_HOSTS = ("wework.qpic.cn", "p.qlogo.cn", "wx.qlogo.cn", "shp.qpic.cn")


class AppTokens:
    """The app tokens in this process, each until it expires.

    They are secrets, so they stay in memory. Other processes get the same tokens: WeCom returns one
    token until it expires.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[str, float]] = {}
        self._lock = Lock()

    def get(self, corp_id: str, secret: str) -> str:
        """Return a token that has not expired, or ""."""
        token, ends = self._kept.get(_key(corp_id, secret), ("", 0.0))
        return token if time.monotonic() < ends else ""

    def keep(self, corp_id: str, secret: str, token: str, seconds: float) -> None:
        """Keep a token for some seconds, less a margin."""
        ends = time.monotonic() + min(seconds, LONGEST_SECONDS) - MARGIN_SECONDS
        with self._lock:
            if len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[_key(corp_id, secret)] = (token, ends)

    def clear(self) -> None:
        """Remove all tokens."""
        with self._lock:
            self._kept.clear()


def _key(corp_id: str, secret: str) -> bytes:
    return sha256(f"{corp_id}\0{secret}".encode()).digest()


app_tokens = AppTokens()


class WeComProtocol(OAuth2Protocol):
    """Requests a token for the app, and reads with it which member the code belongs to."""

    # WeCom's documentation does not mention PKCE.
    pkce = False

    def begin(self, start: Start) -> Redirect:
        """Return the page with a QR code, or inside WeCom and WeChat the page that needs none."""
        query = {
            "appid": self.client.client_id,
            "agentid": self.settings["agent_id"],
            "redirect_uri": self.client.callback_url,
            "state": start.state,
        }
        if "micromessenger" in start.user_agent.lower():
            # https://developer.work.weixin.qq.com/document/path/91022
            url = self.definition.endpoints["authorize_inside"].url
            query |= {"response_type": "code", "scope": "snsapi_base"}
            return self.redirect(f"{url}?{urlencode(query)}#wechat_redirect", start)
        # https://developer.work.weixin.qq.com/document/path/98152
        language = "zh" if start.language.startswith("zh") else "en"
        query |= {"login_type": "CorpApp", "lang": language}
        return self.redirect(f"{self.authorize_url}?{urlencode(query)}", start)

    def redirect(self, url: str, start: Start) -> Redirect:
        """Return the redirect to a page of WeCom."""
        return Redirect(url=with_parameters(url, self.demands(start)))

    def exchange_code(self, callback: Callback) -> Tokens:
        """Return the app's token; the code is used for the profile."""
        known = app_tokens.get(self.client.client_id, self.client.client_secret)
        return {"access_token": known or self.request_new_token()}

    def request_new_token(self) -> str:
        """Request a new app token; raises SignInFailed."""
        corp_id, secret = self.client.client_id, self.client.client_secret
        query = {"corpid": corp_id, "corpsecret": secret}
        answer = self.checked(self.get_with_query("token", query))
        token = required(answer, "access_token", TOKEN)
        self.temporary_secrets.append(token)
        seconds = answer.get("expires_in")
        if type(seconds) is int:
            app_tokens.keep(corp_id, secret, token, seconds)
        return token

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        access_token, code = tokens["access_token"], {"code": self.code_of(callback)}
        response = self.get_with_app_token("userinfo", access_token, code)
        if error_number(parse_object(response), "errcode") in STALE:
            access_token = self.request_new_token()
            response = self.get_with_app_token("userinfo", access_token, code)
        answer = self.checked(response)
        if not answer.get("userid") and (answer.get("openid") or answer.get("external_userid")):
            raise SignInFailed("outsider")
        userid = text_as_subject(answer, "userid")
        return {"sub": userid, **self.fetch_details(access_token, userid)}

    def fetch_details(self, access_token: str, userid: str) -> dict[str, Any]:
        """Return the name and picture if the app may read them. The member is known already.

        https://developer.work.weixin.qq.com/document/path/90196
        """
        with only_shown():
            response = self.get_with_app_token("user", access_token, {"userid": userid})
            answer = parse_answer(self.definition, response, "errcode")
            return {
                "name": text(answer, "name"),
                "avatar": text(answer, "avatar"),
                "departments": answer.get("department"),
            }
        return {}

    def get_with_app_token(
        self, name: str, access_token: str, query: Mapping[str, str]
    ) -> Response:
        """Send a GET request to an endpoint with the app token."""
        return self.get_with_query(name, {"access_token": access_token, **query})

    def checked(self, response: Response) -> dict[str, Any]:
        """Return the JSON object of a response that is not an error; raises SignInFailed."""
        try:
            return parse_answer(self.definition, response, "errcode")
        except SignInFailed as failure:
            if failure.cause != ADDRESS_REFUSED:
                raise
            address = refused_ip(parse_object(response).get("errmsg"))
            raise SignInFailed(
                failure.cause, code=failure.code, **({"received": address} if address else {})
            ) from None


def parse_claims(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the member's claims. WeCom treats userids as case-insensitive."""
    userid: str = answer["sub"]
    return Claims(
        namespace=namespace,
        subject=userid.lower(),
        # Most companies derive the userid from the name.
        name=name_of(answer, ("name", "sub")),
        picture=safe_picture(answer.get("avatar"), PICTURE_HOSTS),
    )
