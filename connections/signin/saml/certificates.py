"""Certificates: those by which a provider signs, and our own with its key."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from django.utils import timezone

PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
SMALLEST_KEY = 2048
MOST = 10
# Our certificate is no proof to anybody but the provider that was given it, so it may live long.
OWN_YEARS = 10
ALLOWED_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


class Unusable(Exception):
    """A text is no certificate that can be used; `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def read(text: str) -> list[x509.Certificate]:
    """Return the certificates of a text, each once; raises Unusable.

    Consoles show them as PEM, and some as what stands between its first line and its last.
    """
    found: dict[bytes, x509.Certificate] = {}
    for body in PEM.findall(text) or [text]:
        certificate = of_base64(body)
        found[certificate.fingerprint(hashes.SHA256())] = certificate
    if len(found) > MOST:
        raise Unusable("many")
    return list(found.values())


def of_base64(body: str) -> x509.Certificate:
    """Return the certificate whose DER this is in base 64; raises Unusable."""
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except (ValueError, binascii.Error, TypeError):
        raise Unusable("shape") from None
    except Exception:
        raise Unusable("shape") from None
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_KEY:
        return certificate
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ALLOWED_CURVES):
        return certificate
    raise Unusable("weak")


def as_pem(certificates: Iterable[x509.Certificate]) -> str:
    """Return the certificates as one text."""
    encoding = serialization.Encoding.PEM
    return "\n".join(each.public_bytes(encoding).decode().strip() for each in certificates)


def each_pem(text: str) -> Iterator[str]:
    """Return the certificates of a text that was checked when it was saved, one by one."""
    for body in PEM.findall(text):
        yield f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----"


def body_of(pem: str) -> str:
    """Return what XML holds of a certificate: base 64 without its frame."""
    return "".join(PEM.findall(pem)[0].split())


def name_of(certificate: x509.Certificate) -> str:
    """Return whom the certificate names, for people to tell it from another."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def ends_at(certificate: x509.Certificate) -> datetime:
    """Return when the certificate ends."""
    return certificate.not_valid_after_utc


def new_key(host: str) -> tuple[str, str]:
    """Return a private key of our own and its certificate, both as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    # A common name has at most 64 characters.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    began = timezone.now() - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=365 * OWN_YEARS))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private.decode(), as_pem([certificate])
