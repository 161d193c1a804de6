"""What a person's devices do: an app that makes codes, and one that keeps passkeys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import struct
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

PERIOD = 30
PRESENT = AuthenticatorData.FLAG.UP
VERIFIED = PRESENT | AuthenticatorData.FLAG.UV


def code_of(key: str, *, steps: int = 0) -> str:
    """The six digits of RFC 6238, now or some steps of thirty seconds from now."""
    counter = int(time.time()) // PERIOD + steps
    digest = hmac.new(base64.b32decode(key), struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Device:
    """A device with one passkey."""

    def __init__(self, *, origin: str = "https://portal.test", host: str = "portal.test") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.origin = origin
        self.host_hash = hashlib.sha256(host.encode()).digest()
        self.user = ""

    def make(self, options: dict[str, Any], *, flags: Any = VERIFIED) -> str:
        """The answer to the options of a page that adds a passkey."""
        public = options["publicKey"]
        self.user = public["user"]["id"]
        credential = AttestedCredentialData.create(
            Aaguid.NONE, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(
            self.host_hash, flags | AuthenticatorData.FLAG.AT, 0, credential
        )
        client = self.client_data("webauthn.create", public["challenge"])
        made = AttestationObject.create("none", data, {})
        return self.answer(client, {"attestationObject": encoded(made)})

    def use(self, options: dict[str, Any], *, flags: Any = VERIFIED) -> str:
        """The answer to the options of a page that asks for a passkey."""
        data = AuthenticatorData.create(self.host_hash, flags, 1)
        client = self.client_data("webauthn.get", options["publicKey"]["challenge"])
        signature = self.key.sign(data + client.hash, ec.ECDSA(SHA256()))
        return self.answer(
            client,
            {
                "authenticatorData": encoded(data),
                "signature": encoded(signature),
                "userHandle": self.user,
            },
        )

    def client_data(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, self.origin)

    def answer(self, client: CollectedClientData, response: dict[str, str]) -> str:
        return json.dumps(
            {
                "type": "public-key",
                "id": encoded(self.id),
                "rawId": encoded(self.id),
                "response": {"clientDataJSON": encoded(client), **response},
                "clientExtensionResults": {},
            }
        )
