"""WeCom: the app asks with a token of its own who the person of a code is.

https://developer.work.weixin.qq.com/document/path/98177
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import get_language

from connections.claims import Claims
from connections.pictures import safe_picture
from connections.providers import catalogue
from connections.signin import oauth2
from connections.signin.failures import SignInFailed
from connections.signin.people import name_of
from connections.signin.reading import object_of, refuse_code, required, text, text_as_subject

# https://developer.work.weixin.qq.com/document/path/91039: a token may end before its time, and is
# then to be fetched again.
STALE = frozenset({40001, 40014, 42001})
MARGIN_SECONDS = 300
LONGEST_SECONDS = 7200
MOST = 500


class AppTokens:
    """The apps' tokens that this process has, each for as long as WeCom lets it live.

    They stay in memory, as they are secrets. Other processes have the same: WeCom gives one token
    until it expires, however often it is asked.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[str, float]] = {}
        self._lock = Lock()

    def get(self, corp_id: str, secret: str) -> str:
        """Return a token that should work, or ""."""
        token, ends = self._kept.get(_key(corp_id, secret), ("", 0.0))
        return token if time.monotonic() < ends else ""

    def keep(self, corp_id: str, secret: str, token: str, seconds: float) -> None:
        """Keep a token for so long, less a margin."""
        ends = time.monotonic() + min(seconds, LONGEST_SECONDS) - MARGIN_SECONDS
        with self._lock:
            if len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[_key(corp_id, secret)] = (token, ends)

    def forget(self) -> None:
        """Begin again with none."""
        with self._lock:
            self._kept.clear()


def _key(corp_id: str, secret: str) -> bytes:
    return sha256(f"{corp_id}\0{secret}".encode()).digest()


app_tokens = AppTokens()


class WeComClient(oauth2.Client):
    """Writes the two addresses at which a sign-in begins."""

    agent_id = ""

    def get_redirect_url(
        self, authorization_url: str, scope: Iterable[str], extra_params: Mapping[str, Any]
    ) -> str:
        parameters = {
            "appid": self.consumer_key,
            "agentid": self.agent_id,
            "redirect_uri": self.callback_url,
            "state": self.state,
        }
        if authorization_url == catalogue.get("wecom").endpoints["authorize_inside"].url:
            # https://developer.work.weixin.qq.com/document/path/91022
            parameters |= {"response_type": "code", "scope": "snsapi_base"}
            return f"{authorization_url}?{urlencode(parameters)}#wechat_redirect"
        # https://developer.work.weixin.qq.com/document/path/98152
        language = "zh" if (get_language() or "").startswith("zh") else "en"
        parameters |= {"login_type": "CorpApp", "lang": language}
        return f"{authorization_url}?{urlencode(parameters)}"


class WeComAdapter(oauth2.Adapter):
    """Fetches the app's token, and asks whose the code is."""

    client_class = WeComClient
    # WeCom's documentation knows no PKCE.
    pkce = False

    @property
    def authorize_url(self) -> str:
        """A page with a QR code; inside WeCom or WeChat, one that knows who is there."""
        inside = "micromessenger" in self.request.headers.get("user-agent", "").lower()
        name = "authorize_inside" if inside else "authorize"
        return self.definition.endpoints[name].url

    def get_client(self, request: HttpRequest, app: Any) -> Any:
        client = super().get_client(request, app)
        client.agent_id = self.settings["agent_id"]
        return client

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        return {"access_token": app_tokens.get(app.client_id, app.secret) or self.new_token()}

    def new_token(self) -> str:
        """Return a token that WeCom has just given to the app; raises SignInFailed."""
        app = self.get_provider().app
        answer = object_of(self.asked("token", {"corpid": app.client_id, "corpsecret": app.secret}))
        refuse_code(self.definition, answer, "errcode")
        token = required(answer, "access_token", oauth2.TOKEN)
        seconds = answer.get("expires_in")
        if type(seconds) is int:
            app_tokens.keep(app.client_id, app.secret, token, seconds)
        return token

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        code = {"code": self.request.GET.get("code", "")}
        answer = object_of(self.asked("userinfo", {"access_token": access_token, **code}))
        if answer.get("errcode") in STALE:
            access_token = self.new_token()
            answer = object_of(self.asked("userinfo", {"access_token": access_token, **code}))
        refuse_code(self.definition, answer, "errcode")
        if not answer.get("userid") and (answer.get("openid") or answer.get("external_userid")):
            raise SignInFailed("outsider")
        userid = text_as_subject(answer, "userid")
        return {"sub": userid, **self.details(access_token, userid)}

    def details(self, access_token: str, userid: str) -> dict[str, Any]:
        """Return the name and picture, where the app may read them; who it is, is known already.

        https://developer.work.weixin.qq.com/document/path/90196
        """
        answer = object_of(self.asked("user", {"access_token": access_token, "userid": userid}))
        if answer.get("errcode") != 0:
            return {}
        return {"name": text(answer, "name"), "avatar": text(answer, "avatar")}


def read(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the member; WeCom does not tell a userid's capitals from small letters."""
    userid: str = answer["sub"]
    return Claims(
        namespace=namespace,
        subject=userid.lower(),
        # Most companies make a userid of the name.
        name=name_of(answer, ("name", "sub"), userid),
        picture=safe_picture(answer.get("avatar"), catalogue.get("wecom").picture_hosts),
        kept={"userid": userid},
    )
