"""Keys as people paste them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError

from connections.pasted_keys import as_text, private_key, public_key

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PKCS8 = as_text(KEY)
PKCS1 = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
).decode()
LOCKED = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.BestAvailableEncryption(b"password"),
).decode()
PUBLIC = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
PUBLIC_PKCS1 = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
    .decode()
)


def body(pem: str) -> str:
    """What is between the first line and the last, in one line."""
    return "".join(pem.strip().splitlines()[1:-1])


def certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(KEY, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    "pasted",
    [
        PKCS8,
        PKCS1,
        body(PKCS8),
        body(PKCS1),
        PKCS8.replace("\n", "\r\n"),
        PKCS8.replace("\n", "\\n"),
        f'"{PKCS1}"'.replace("\n", "\\n"),
        PKCS8.replace("\n", " "),
        PKCS8.replace("\n", ""),
        f"\ufeff  {PKCS8}\n\n",
        "\n".join(f"   {line}" for line in PKCS8.splitlines()),
        PKCS8.replace("-----", "—"),
    ],
)
def test_a_private_key_is_read_however_it_was_pasted(pasted: str) -> None:
    assert as_text(private_key(pasted)) == PKCS8


def test_a_key_behind_its_parameters_is_found() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    old = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    parameters = base64.b64encode(bytes.fromhex("06082a8648ce3d030107")).decode()
    pasted = f"-----BEGIN EC PARAMETERS-----\n{parameters}\n-----END EC PARAMETERS-----\n{old}"

    assert as_text(private_key(pasted)) == as_text(key)


@pytest.mark.parametrize("pasted", [PUBLIC, PUBLIC_PKCS1, body(PUBLIC), PUBLIC.replace("\n", " ")])
def test_a_public_key_is_read_however_it_was_pasted(pasted: str) -> None:
    assert public_key(pasted) == KEY.public_key()


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        (PUBLIC, "a public key"),
        (body(PUBLIC), "a public key"),
        (PUBLIC_PKCS1, "a public key"),
        (certificate(), "a certificate"),
        (body(certificate()), "a certificate"),
        (LOCKED, "a password"),
        (PKCS8[:800], "a part of it is missing"),
        (body(PKCS8)[:-40], "a part of it is missing"),
        ("secret", "a part of it is missing"),
        ("中文", "a part of it is missing"),
        ("", "a part of it is missing"),
    ],
)
def test_what_is_no_private_key_is_called_by_its_name(pasted: str, words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        private_key(pasted)

    assert words in refusal.value.messages[0]


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        (PKCS8, "This is a private key"),
        (body(PKCS1), "This is a private key"),
        (certificate(), "a certificate"),
        ("2088102150477652", "not a public key"),
    ],
)
def test_what_is_no_public_key_is_called_by_its_name(pasted: str, words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        public_key(pasted)

    assert words in refusal.value.messages[0]
