"""Keys as people paste them: with or without the lines around, in one line, with escapes."""

from __future__ import annotations

import base64
import binascii
import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from connections.normalise import pasted
from connections.providers.definition import Text

# Word processors make one long dash of several short ones.
BLOCK = re.compile(r"BEGIN ([A-Z0-9 ]+?) ?[-–—]+(.*?)[-–—]+ ?END \1")
ESCAPES = re.compile(r"\\[rnt]")

NOT_PRIVATE = _(
    "This is not a private key, or a part of it is missing. Copy all of it, from the first line to "
    "the last."
)
NOT_PUBLIC = _(
    "This is not a public key, or a part of it is missing. Copy all of it, from the first line to "
    "the last."
)
PUBLIC = _("This is a public key. Here belongs the private one, which only you have.")
PRIVATE = _("This is a private key. Keep it to yourself: here belongs a public one.")
CERTIFICATE = _("This is a certificate. Here belongs a key.")
LOCKED = _("This key is locked with a password. Enter it without one.")


def private_key(text: str) -> PrivateKeyTypes:
    """Return the private key, PKCS#8 or older; raises ValidationError that says what it is."""
    der = der_of(text, NOT_PRIVATE)
    key = private_of(der)
    if key is None:
        raise refused(what_else(der) or NOT_PRIVATE)
    return key


def public_key(text: str) -> PublicKeyTypes:
    """Return the public key; raises ValidationError that says what it is."""
    der = der_of(text, NOT_PUBLIC)
    key = public_of(der)
    if key is None:
        raise refused(PRIVATE if private_of(der) else what_else(der) or NOT_PUBLIC)
    return key


def as_text(key: PrivateKeyTypes) -> str:
    """Return the key as it is kept, however it was pasted."""
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
        .strip()
    )


def der_of(text: str, otherwise: Text) -> bytes:
    """Return the bytes of the key in the text; raises ValidationError."""
    line = pasted(ESCAPES.sub("", text)).strip("\"'")
    if "ENCRYPTED" in line:
        raise refused(LOCKED)
    blocks = BLOCK.findall(line)
    keys = [body for label, body in blocks if label.endswith("KEY")]
    body = (keys or [body for _label, body in blocks] or [line])[0]
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise refused(otherwise) from None


def what_else(der: bytes) -> Text | None:
    """Say what these bytes are that are not the key that was asked for."""
    if public_of(der) is not None:
        return PUBLIC
    try:
        x509.load_der_x509_certificate(der)
    except ValueError:
        return None
    return CERTIFICATE


def private_of(der: bytes) -> PrivateKeyTypes | None:
    """Return the private key that the bytes are, if they are one."""
    try:
        return serialization.load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def public_of(der: bytes) -> PublicKeyTypes | None:
    """Return the public key that the bytes are, if they are one."""
    try:
        return serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return None


def refused(sentence: Text) -> ValidationError:
    """Return the error of the field, which quotes nothing that was pasted."""
    return ValidationError(str(sentence), code="mixed_up")
