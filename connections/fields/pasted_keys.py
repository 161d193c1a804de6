"""Parses keys as people paste them: with or without PEM lines, on one line, with escapes."""

from __future__ import annotations

import base64
import binascii
import re

from cryptography import x509
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.fields.cleaning import without_wrapping
from connections.fields.field import Text
from core.text import clean_pasted

# Word processors make one long dash of several short ones.
DASHES = str.maketrans("–—", "--")
# Of a private key. One of RSA with 4096 bits takes a little less, and has primes of half its size.
# The time to check a key grows with the fourth power of its primes: 10 s at twice this size.
LONGEST_DER = 2_500
LARGEST_PRIME_BITS = 2048
ESCAPES = re.compile(r"\\[rnt]")

NOT_PRIVATE = _(
    "This is not a private key, or a part of it is missing. Copy all of it, from the first line to "
    "the last."
)
NOT_PUBLIC = _(
    "This is not a public key, or a part of it is missing. Copy all of it, from the first line to "
    "the last."
)
PUBLIC = _("This is a public key. Enter the private key, which only you have.")
PRIVATE = _("This is a private key. Keep it secret, and enter the public key here.")
CERTIFICATE = _("This is a certificate. Enter a key.")
TOO_LARGE = _("This key is too large. RSA keys can have at most 4096 bits.")
LOCKED = _("This key is protected with a password. Enter it without one.")


def parse_private_key(text: str) -> PrivateKeyTypes:
    """Return the private key; a ValidationError says what the text is instead."""
    der = decode_der(text, NOT_PRIVATE)
    key = load_private_key(der)
    if key is None:
        too_large = len(der) > LONGEST_DER
        raise key_error(describe_der(der) or (TOO_LARGE if too_large else NOT_PRIVATE))
    return key


def parse_public_key(text: str) -> PublicKeyTypes:
    """Return the public key; a ValidationError says what the text is instead."""
    der = decode_der(text, NOT_PUBLIC)
    key = load_public_key(der)
    if key is None:
        raise key_error(PRIVATE if load_private_key(der) else describe_der(der) or NOT_PUBLIC)
    return key


def private_key_pem(key: PrivateKeyTypes) -> str:
    """Return the key as PKCS#8 in PEM, the stored form."""
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
        .strip()
    )


def decode_der(text: str, otherwise: Text) -> bytes:
    """Return the bytes of the key in the text; raises ValidationError."""
    line = clean_pem(text)
    if "ENCRYPTED" in line:
        raise key_error(LOCKED)
    found = find_pem_blocks(line)
    keys = [body for label, body in found if label.endswith("KEY")]
    body = (keys or [body for _label, body in found] or [line])[0]
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise key_error(otherwise) from None


def clean_pem(text: str) -> str:
    """Return a pasted key or certificate on one line, without escapes and invisible characters."""
    return without_wrapping(clean_pasted(ESCAPES.sub("", text)))


def find_pem_blocks(text: str) -> list[tuple[str, str]]:
    """Return the label and the body of each block that has a BEGIN and an END line."""
    found = []
    for piece in text.translate(DASHES).split("BEGIN ")[1:]:
        label, _dash, rest = piece.partition("-")
        label = label.strip()
        body, end, _rest = rest.partition(f"END {label}")
        body = body.rstrip()
        if label and end and body.endswith("-"):
            found.append((label, body.strip("-")))
    return found


def describe_der(der: bytes) -> Text | None:
    """Return the message for a key or certificate of the wrong kind, or None."""
    if load_public_key(der) is not None:
        return PUBLIC
    try:
        x509.load_der_x509_certificate(der)
    except ValueError:
        return None
    return CERTIFICATE


def load_private_key(der: bytes) -> PrivateKeyTypes | None:
    """Return the private key in these bytes, or None; keys of unusual size are refused."""
    if len(der) > LONGEST_DER:
        return None
    try:
        # Not checked until its size is known.
        key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
        if isinstance(key, rsa.RSAPrivateKey):
            numbers = key.private_numbers()
            if max(numbers.p, numbers.q).bit_length() > LARGEST_PRIME_BITS:
                return None
            key = serialization.load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        return None
    return key


def load_public_key(der: bytes) -> PublicKeyTypes | None:
    """Return the public key in these bytes, or None."""
    try:
        return serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm, InternalError):
        return None


def key_error(sentence: Text) -> ValidationError:
    """Return the ValidationError; it quotes nothing of the pasted text."""
    return ValidationError(str(sentence), code="known_mistake")
