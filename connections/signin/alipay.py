"""Alipay: every call is one address, signed by the app; every answer is signed by Alipay.

https://opendocs.alipay.com/common/02khjm
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

from allauth.socialaccount.adapter import get_adapter
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from django.http import HttpRequest
from requests import Response

from connections import pasted_keys
from connections.signin import oauth2
from connections.signin.failures import SignInFailed, said_by_provider
from connections.signin.oauth2 import TOKEN
from connections.signin.reading import object_of, optional_subject, required, text

BEIJING = timezone(timedelta(hours=8))
SUCCESS = "10000"


class AlipayAdapter(oauth2.Adapter):
    """Signs what it asks, and believes nothing that Alipay has not signed."""

    names: ClassVar[dict[str, str]] = {"client_id": "app_id", "response_type": ""}
    scope_delimiter = ","
    # Alipay's documentation knows no PKCE.
    pkce = False

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        answer = self.call(
            "alipay.system.oauth.token",
            grant_type="authorization_code",
            code=request.GET.get(self.definition.code_parameter, ""),
        )
        ids = {name: optional_subject(answer, name) for name in ("user_id", "open_id")}
        if not any(ids.values()):
            raise SignInFailed("no_subject")
        return {"access_token": required(answer, "access_token", TOKEN), **ids}

    def person(self, access_token: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        profile = self.call("alipay.user.info.share", auth_token=access_token)
        for name in ("user_id", "open_id"):
            told = optional_subject(profile, name)
            if told and tokens[name] and told != tokens[name]:
                raise SignInFailed("sub_mismatch")
        return {
            "sub": tokens["user_id"] or tokens["open_id"],
            "user_id": tokens["user_id"],
            "open_id": tokens["open_id"],
            "name": text(profile, "nick_name"),
            "picture": text(profile, "avatar"),
        }

    def call(self, method: str, **asked: str) -> dict[str, Any]:
        """Return what Alipay answers to a method, verified; raises SignInFailed."""
        app = self.get_provider().app
        parameters = {
            "app_id": app.client_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": datetime.now(UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            **asked,
        }
        with get_adapter().get_requests_session() as session:
            # All of it in the body: addresses end up in logs.
            response = session.post(
                self.access_token_url,
                data={**parameters, "sign": signature(parameters, app.secret)},
            )
        return self.checked(response, f"{method.replace('.', '_')}_response")

    def checked(self, response: Response, name: str) -> dict[str, Any]:
        """Return the envelope's content; raises SignInFailed for an error or a wrong signature."""
        whole = object_of(response)
        # An error may come unsigned; believing it signs nobody in.
        for told in (whole.get("error_response"), whole.get(name)):
            if isinstance(told, dict) and str(told.get("code", SUCCESS)) != SUCCESS:
                raise said_by_provider(self.definition, told.get("sub_code") or told.get("code"))
        content, raw = signed_part(response.content.decode(), name)
        verify(raw, text(whole, "sign"), self.settings["alipay_public_key"])
        return content


def signature(parameters: Mapping[str, str], key: str) -> str:
    """Return the signature over the parameters, in the order of the alphabet."""
    content = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    private: Any = pasted_keys.private_key(key)
    return base64.b64encode(private.sign(content.encode(), PKCS1v15(), SHA256())).decode()


def signed_part(body: str, name: str) -> tuple[dict[str, Any], str]:
    """Return what the envelope holds, and the very letters of it, which are what is signed."""
    begins = re.search(rf'"{name}"\s*:\s*(?=\{{)', body)
    if begins is None:
        raise SignInFailed("malformed")
    content, end = json.JSONDecoder().raw_decode(body, begins.end())
    return content, body[begins.end() : end]


def verify(raw: str, given: str, key: str) -> None:
    """Raise SignInFailed unless Alipay has signed the text."""
    public: Any = pasted_keys.public_key(key)
    try:
        public.verify(base64.b64decode(given), raw.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        raise SignInFailed("signature") from None
