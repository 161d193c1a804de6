"""Signing keys of projects: generated, sealed, published and opened."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from applications.models import SigningAlgorithm, SigningKey
from core.keyring.canary import sealing_key
from core.keyring.keyset import keyring
from core.keyring.sealed_rows import SealedColumn
from projects.models import Project

RSA_BITS = 2048
RSA_EXPONENT = 65537
P256_BYTES = 32

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def key_context(project_id: UUID, kid: str) -> bytes:
    """Return the associated data: a ciphertext copied to another row does not open."""
    return f"menkou:v1|signing key|{project_id}|{kid}".encode()


def create_key(project: Project, alg: SigningAlgorithm, *, active_at: datetime) -> SigningKey:
    """Save a new key; call it in a transaction. Raises KeysetError without usable keys."""
    private = generate_private_key(alg)
    jwk = public_jwk(private)
    kid = thumbprint(jwk)
    plaintext = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    ciphertext, _key_id = keyring.seal(plaintext, key_context(project.pk, kid), under=sealing_key())
    return SigningKey.objects.create(
        project=project,
        kid=kid,
        alg=alg,
        public_jwk={**jwk, "kid": kid, "use": "sig", "alg": alg.value},
        ciphertext=ciphertext,
        active_at=active_at,
    )


def generate_private_key(alg: SigningAlgorithm) -> PrivateKey:
    """Return a new private key."""
    if alg == SigningAlgorithm.RS256:
        return rsa.generate_private_key(public_exponent=RSA_EXPONENT, key_size=RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(private: PrivateKey) -> dict[str, str]:
    """Return the members of the public key that its thumbprint covers (RFC 7638, 3.2)."""
    if isinstance(private, rsa.RSAPrivateKey):
        numbers = private.public_key().public_numbers()
        return {"kty": "RSA", "n": encode_number(numbers.n), "e": encode_number(numbers.e)}
    point = private.public_key().public_numbers()
    x, y = (encode_number(each, P256_BYTES) for each in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def encode_number(number: int, length: int = 0) -> str:
    """Return a number as JSON Web Keys have it (RFC 7518, 2)."""
    length = length or (number.bit_length() + 7) // 8
    return urlsafe_b64encode(number.to_bytes(length, "big")).decode().rstrip("=")


def thumbprint(jwk: dict[str, str]) -> str:
    """Return the key's id: the first 24 characters of its thumbprint (RFC 7638)."""
    members = ",".join(f'"{name}":"{jwk[name]}"' for name in sorted(jwk))
    digest = sha256(f"{{{members}}}".encode()).digest()
    return urlsafe_b64encode(digest).decode()[:24]


def explain_unreadable(key: SigningKey) -> str:
    """Return what to do about a key that does not open."""
    return (
        f"The signing key {key.kid} of project {key.project.slug} cannot be decrypted. Run "
        f"`manage.py applications rotate-keys --project {key.project.slug} --now`, then run this "
        "again."
    )


SIGNING_KEYS = SealedColumn(
    model=SigningKey,
    context=lambda key: key_context(key.project_id, key.kid),
    remedy=explain_unreadable,
    related=("project",),
)


def open_private_key(project_id: UUID, kid: str, ciphertext: bytes) -> Any:
    """Return the private key; raises KeysetError where it does not open.

    This takes a tenth of the time of a signature, so opened keys are not kept.
    """
    plaintext = keyring.open(ciphertext, key_context(project_id, kid))
    # It was checked when it was made. Checking an RSA key again takes 100 times as long.
    return load_der_private_key(plaintext, password=None, unsafe_skip_rsa_key_validation=True)
