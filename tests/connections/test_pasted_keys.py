"""Keys as people paste them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError

from connections.fields.pasted_keys import parse_private_key, parse_public_key, private_key_pem
from tests.processor_time import within
from tests.rows import each_row

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PKCS8 = private_key_pem(KEY)
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


@each_row(
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
    assert private_key_pem(parse_private_key(pasted)) == PKCS8


def test_a_key_behind_its_parameters_is_found() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    old = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    parameters = base64.b64encode(bytes.fromhex("06082a8648ce3d030107")).decode()
    pasted = f"-----BEGIN EC PARAMETERS-----\n{parameters}\n-----END EC PARAMETERS-----\n{old}"

    assert private_key_pem(parse_private_key(pasted)) == private_key_pem(key)


@each_row("pasted", [PUBLIC, PUBLIC_PKCS1, body(PUBLIC), PUBLIC.replace("\n", " ")])
def test_a_public_key_is_read_however_it_was_pasted(pasted: str) -> None:
    assert parse_public_key(pasted) == KEY.public_key()


@each_row(
    "pasted, words",
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
        parse_private_key(pasted)

    assert words in refusal.value.messages[0]


@each_row(
    "pasted, words",
    [
        (PKCS8, "This is a private key"),
        (body(PKCS1), "This is a private key"),
        (certificate(), "a certificate"),
        ("2088102150477652", "not a public key"),
    ],
)
def test_what_is_no_public_key_is_called_by_its_name(pasted: str, words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        parse_public_key(pasted)

    assert words in refusal.value.messages[0]


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(length)]) + length + content


def integer(number: int) -> bytes:
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def sequence(*parts: bytes) -> bytes:
    return der(48, b"".join(parts))


def rsa_key(p: int, q: int, *, private: int = 5) -> bytes:
    numbers = (0, p * q, 65537, private, p, q, 1, 1, 1)
    return sequence(*(integer(number) for number in numbers))


def other_key(name: str, *parameters: int, private: int) -> bytes:
    """A key in PKCS#8 of an algorithm that has such parameters."""
    algorithm = sequence(bytes.fromhex(name), sequence(*map(integer, parameters)))
    return sequence(integer(0), algorithm, der(4, integer(private)))


DH, DSA = "06092a864886f70d010301", "06072a8648ce380401"
# Mersenne primes, so that no check ends early.
EXPENSIVE = {
    "8,676 bits": rsa_key(2**4423 - 1, 2**4253 - 1, private=2**8600 - 1),
    "8,676 bits, and a small exponent": rsa_key(2**4423 - 1, 2**4253 - 1),
    "large primes beside small numbers": rsa_key(2**9689 - 1, 3),
    "DSA": other_key(DSA, 2**16000 - 1, 2**8000 - 1, 2**16000 - 3, private=2**8000 - 2),
    "Diffie-Hellman": other_key(DH, 2**9999 - 1, 3, private=2**9990 - 1),
    "larger than the library takes": other_key(DH, 2**16000 - 1, 3, private=2**100 - 1),
}


@each_row("name", EXPENSIVE)
@each_row("read", [parse_private_key, parse_public_key])
def test_68_a_key_that_takes_long_to_check_is_refused_at_once(read: Any, name: str) -> None:
    text = base64.b64encode(EXPENSIVE[name]).decode()
    assert len(text) <= 8100  # a field of a secret takes no more

    with within(1), pytest.raises(ValidationError):
        read(text)


def test_a_key_of_4096_bits_is_read_and_a_larger_one_is_called_large() -> None:
    assert parse_private_key(private_key_pem(rsa.generate_private_key(65537, 4096)))

    with pytest.raises(ValidationError, match="too large"):
        parse_private_key(base64.b64encode(EXPENSIVE["8,676 bits"]).decode())
