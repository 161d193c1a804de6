"""Certificates of identity providers, and our own certificate with its key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from django.utils import timezone

from connections.fields.pasted_keys import clean_pem, find_pem_blocks
from connections.protocols.public_keys import is_usable

BEGIN = "-----BEGIN CERTIFICATE-----"
END = "-----END CERTIFICATE-----"
MAX_CERTIFICATES = 10
# Only the provider that was given our certificate trusts it, so it may be valid for long.
OWN_YEARS = 10


class UnusableCertificate(Exception):
    """The text has no usable certificate; `cause` is the reason."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def parse_certificates(text: str) -> list[x509.Certificate]:
    """Return the distinct certificates in a text; raises UnusableCertificate.

    Consoles show them as PEM or as base64 without the BEGIN and END lines, and files of settings
    have them on one line with escapes.
    """
    found: dict[bytes, x509.Certificate] = {}
    cleaned = clean_pem(text)
    blocks = find_pem_blocks(cleaned)
    if len(blocks) != cleaned.count("BEGIN "):
        raise UnusableCertificate("shape")
    bodies = [body for label, body in blocks if label.endswith("CERTIFICATE")]
    for body in bodies or [cleaned]:
        certificate = parse_base64_der(body)
        found[certificate.fingerprint(hashes.SHA256())] = certificate
    if len(found) > MAX_CERTIFICATES:
        raise UnusableCertificate("many")
    return list(found.values())


def pem_bodies(text: str) -> list[str]:
    """Return the base64 between the BEGIN and END lines of each certificate."""
    pieces = [piece.partition(END) for piece in text.split(BEGIN)[1:]]
    return [body for body, end, _rest in pieces if end]


def parse_base64_der(body: str) -> x509.Certificate:
    """Return the certificate of base64-encoded DER; raises UnusableCertificate."""
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except (ValueError, binascii.Error, TypeError):
        raise UnusableCertificate("shape") from None
    except Exception:
        raise UnusableCertificate("shape") from None
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and is_usable(key):
        return certificate
    raise UnusableCertificate("weak")


def as_pem(certificates: Iterable[x509.Certificate]) -> str:
    """Return the certificates as one PEM text."""
    encoding = serialization.Encoding.PEM
    return "\n".join(each.public_bytes(encoding).decode().strip() for each in certificates)


def split_pem(text: str) -> Iterator[str]:
    """Return the PEM of each certificate in a text that was checked when it was saved."""
    for body in pem_bodies(text):
        yield f"{BEGIN}{body}{END}"


def pem_body(pem: str) -> str:
    """Return a certificate's base64 for XML, without the BEGIN and END lines."""
    return "".join(pem_bodies(pem)[0].split())


def certificate_name(certificate: x509.Certificate) -> str:
    """Return the common name, the subject or the fingerprint, to tell certificates apart."""
    try:
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else certificate.subject.rfc4514_string()
    except (ValueError, TypeError):
        # An unreadable name does not affect signatures.
        return short_fingerprint(certificate)


def short_fingerprint(certificate: x509.Certificate) -> str:
    """Return the beginning of the certificate's fingerprint."""
    return certificate.fingerprint(hashes.SHA256()).hex()[:16]


def expires_at(certificate: x509.Certificate) -> datetime:
    """Return when the certificate expires."""
    return certificate.not_valid_after_utc


def new_key_pair(host: str) -> tuple[str, str]:
    """Return a new private key and its self-signed certificate, both as PEM."""
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


def load_own_key(pem: str) -> rsa.RSAPrivateKey:
    """Return a key that `new_key_pair` made; raises ValueError or TypeError if it is none."""
    # It was sealed since, so its numbers are still those of a valid key; to check them again would
    # take most of the time of a sign-in's start.
    key = serialization.load_pem_private_key(
        pem.encode(), None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("our own keys are RSA keys")
    return key
