"""Checks the file of MENKOU_CA_BUNDLE, whose certificate authorities are trusted as well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

BEGIN = b"-----BEGIN CERTIFICATE-----"
PRIVATE_KEY = b"PRIVATE KEY-----"


@register
def authorities_are_readable(**options: Any) -> list[CheckMessage]:
    """E001 and W001: the file has certificates in PEM, and they are valid."""
    return list(find_problems(settings.MENKOU_CA_BUNDLE)) if settings.MENKOU_CA_BUNDLE else []


def find_problems(path: str) -> Iterator[CheckMessage]:
    """Return what is wrong with the file."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        yield problem(f"cannot be read: {error.strerror}", "Name a file that this user may read.")
        return
    if PRIVATE_KEY in content:
        yield problem("contains a private key", "Only the certificates belong in it.")
        return
    if BEGIN not in content:
        yield problem(
            "has no certificate in PEM",
            "Convert it: openssl x509 -inform der -in FILE -out FILE.pem",
        )
        return
    try:
        found = x509.load_pem_x509_certificates(content)
    except ValueError:
        yield problem("has a damaged certificate", "Copy each one whole, with BEGIN and END lines.")
        return
    for each in found:
        if each.not_valid_after_utc <= datetime.now(UTC):
            name = each.subject.rfc4514_string()
            yield Warning(
                f"A certificate in MENKOU_CA_BUNDLE has expired: {name}.",
                hint="Replace it with the current one.",
                id="http.W001",
            )


def problem(what: str, hint: str) -> Error:
    """Return the error that prevents a start."""
    return Error(f"The file of MENKOU_CA_BUNDLE {what}.", hint=hint, id="http.E001")
