"""Alipay: the app signs every call to a single URL, and Alipay signs every response.

https://opendocs.alipay.com/common/02khjm
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connections.fields import pasted_keys
from connections.protocols.oauth2 import TOKEN, OAuth2Protocol
from connections.protocols.protocol import Callback, Profile, Tokens
from connections.protocols.responses import (
    labelled_encoding,
    no_subject,
    optional_subject,
    parse_object,
    refuse_status,
    required,
    text,
)
from connections.values.failures import SignInFailed, provider_error
from core.http import client as http_client
from core.http.client import Response

BEIJING = timezone(timedelta(hours=8))
SUCCESS = "10000"
FORM = "application/x-www-form-urlencoded;charset=utf-8"


class AlipayProtocol(OAuth2Protocol):
    """Signs its requests, and accepts only responses that Alipay has signed."""

    names: ClassVar[Mapping[str, str]] = {"client_id": "app_id", "response_type": ""}
    scope_delimiter = ","
    # Alipay's documentation does not mention PKCE.
    pkce = False

    def exchange_code(self, callback: Callback) -> Tokens:
        answer = self.call(
            "alipay.system.oauth.token",
            grant_type="authorization_code",
            code=self.code_of(callback),
        )
        ids = {name: optional_subject(answer, name) for name in ("user_id", "open_id")}
        if not any(ids.values()):
            raise no_subject(answer, "open_id")
        return {"access_token": required(answer, "access_token", TOKEN), **ids}

    def fetch_profile(self, tokens: Tokens, callback: Callback) -> Profile:
        profile = self.call("alipay.user.info.share", auth_token=tokens["access_token"])
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

    def call(self, method: str, *, auth_token: str = "", **body: str) -> dict[str, Any]:
        """Call a method and return its verified response; raises SignInFailed.

        As in Alipay's SDKs, the public parameters are in the query and those of the method in the
        body. The gateway looks for the charset in the query only, and answers in GBK without it.
        https://github.com/alipay/alipay-sdk-python-all/blob/master/alipay/aop/api/DefaultAlipayClient.py
        """
        query = {
            "app_id": self.client.client_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": datetime.now(UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
        }
        if auth_token:
            query["auth_token"] = auth_token
        query["sign"] = signature({**query, **body}, self.client.client_secret)
        with http_client.new_session() as session:
            response = session.post(
                self.token_url, params=query, data=body, headers={"Content-Type": FORM}
            )
        return self.parse_answer(response, f"{method.replace('.', '_')}_response")

    def parse_answer(self, response: Response, name: str) -> dict[str, Any]:
        """Return the content of the envelope; raises SignInFailed for an error or a wrong
        signature.
        """
        whole = parse_object(response)
        # An error may be unsigned. It signs nobody in, so it needs no signature.
        for told in (whole.get("error_response"), whole.get(name)):
            if isinstance(told, dict) and str(told.get("code", SUCCESS)) != SUCCESS:
                raise provider_error(self.definition, told.get("sub_code") or told.get("code"))
        refuse_status(response)
        content, raw = signed_content(response, name)
        verify(raw, text(whole, "sign"), self.settings["alipay_public_key"])
        return content


def signature(parameters: Mapping[str, str], key: str) -> str:
    """Return the signature over the parameters in alphabetical order."""
    content = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    # The form has checked it. Checking takes 40 ms, and a sign-in signs twice.
    private: Any = load_pem_private_key(
        key.encode(), password=None, unsafe_skip_rsa_key_validation=True
    )
    return base64.b64encode(private.sign(content.encode(), PKCS1v15(), SHA256())).decode()


def signed_content(response: Response, name: str) -> tuple[dict[str, Any], bytes]:
    """Return the content of the envelope, and its exact bytes, which are what Alipay signs."""
    encoding = labelled_encoding(response)
    body = response.content.decode(encoding, errors="surrogateescape")
    begins = re.search(rf'"{name}"\s*:\s*(?=\{{)', body)
    if begins is None:
        raise SignInFailed("malformed", field=name, received="", expected="JSON object")
    # A nickname may contain control characters.
    content, end = json.JSONDecoder(strict=False).raw_decode(body, begins.end())
    return content, body[begins.end() : end].encode(encoding, errors="surrogateescape")


def verify(raw: bytes, given: str, key: str) -> None:
    """Verify Alipay's signature over the bytes; raises SignInFailed."""
    public: Any = pasted_keys.parse_public_key(key)
    try:
        public.verify(base64.b64decode(given), raw, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        raise SignInFailed("signature") from None
