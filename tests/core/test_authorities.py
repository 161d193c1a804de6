"""A private certificate authority is trusted if MENKOU_CA_BUNDLE names it."""

from __future__ import annotations

import datetime
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connections.values.failures import SHARED_FAULTS
from core.http import authorities
from core.http import client as http_client
from tests.core.test_http_client import at_loopback, cause_of, got, serving_tls

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
HOST = "provider.test"


class Authority:
    """A certificate authority of a company."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = named("Example Private CA")
        self.certificate = (
            builder(self.name, self.name, self.key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.file = folder / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, host: str, *, days: int = 30) -> Path:
        """Return a file with a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            builder(named(host), self.name, key, days=days)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / "server.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return file


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: int = 30
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 100 * DAY)
        .not_valid_after(NOW + days * DAY)
    )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def trusting(file: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the public authorities and those of a file, as a server with the setting does."""
    context = http_client.trust(http_client.certifi.where(), str(file))
    pools = http_client.pools(http_client._TrustedHTTPPool, http_client._TrustedHTTPSPool, context)
    monkeypatch.setattr(http_client, "_trusted_pools", lambda: pools)


@pytest.mark.parametrize(
    ("host", "days", "trusted", "cause"),
    [
        (HOST, 30, True, ""),
        (HOST, 30, False, "tls_issuer"),
        (HOST, -1, True, "tls_expired"),
        ("other.test", 30, True, "tls_host"),
    ],
)
def test_a_certificate_is_accepted_or_the_fault_is_named(
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    host: str,
    days: int,
    trusted: bool,
    cause: str,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", at_loopback(socket.getaddrinfo))
    trusting(authority.file if trusted else "", monkeypatch)
    with serving_tls(authority.issue(host, days=days)) as server:
        settings.MENKOU_PRIVATE_ORIGINS = (f"https://{HOST}:{server.port}",)
        url = f"https://{HOST}:{server.port}/"

        if cause:
            assert cause_of(url) == cause
            assert cause in SHARED_FAULTS
        else:
            assert got(url) == b"ok"


def test_a_server_without_encryption_is_named(settings: Any) -> None:
    def speak(listener: socket.socket) -> None:
        connection, _address = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"https://127.0.0.1:{listener.getsockname()[1]}"
        settings.MENKOU_PRIVATE_ORIGINS = (origin,)
        thread = threading.Thread(target=speak, args=[listener])
        thread.start()

        assert cause_of(f"{origin}/") == "tls"

        thread.join()


def test_the_remedy_for_an_unknown_authority_names_the_setting() -> None:
    assert "MENKOU_CA_BUNDLE" in str(SHARED_FAULTS["tls_issuer"].remedy)


# --- the check at the start -------------------------------------------------------------------


def problems(file: Path, settings: Any) -> str:
    settings.MENKOU_CA_BUNDLE = str(file)
    return " ".join(each.msg for each in authorities.authorities_are_readable())


def test_a_file_with_certificates_is_accepted(authority: Authority, settings: Any) -> None:
    assert problems(authority.file, settings) == ""


def test_without_the_setting_nothing_is_read(settings: Any) -> None:
    settings.MENKOU_CA_BUNDLE = ""

    assert authorities.authorities_are_readable() == []


def test_a_missing_file_is_named(tmp_path: Path, settings: Any) -> None:
    assert "No such file" in problems(tmp_path / "missing.pem", settings)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no certificate in PEM"),
        (b"\x30\x82\x01\x0a", "no certificate in PEM"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "damaged"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n", "damaged"),
    ],
)
def test_a_file_without_usable_certificates_is_named(
    tmp_path: Path, settings: Any, content: bytes, told: str
) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(content)

    assert told in problems(file, settings)


def test_a_private_key_is_refused(authority: Authority, settings: Any) -> None:
    assert "private key" in problems(authority.issue(HOST), settings)


def test_an_expired_certificate_is_a_warning(authority: Authority, settings: Any) -> None:
    file = authority.issue(HOST, days=-1)
    pem = file.read_text().partition("-----BEGIN PRIVATE")[0]
    file.write_text(pem)

    assert "has expired: CN=provider.test" in problems(file, settings)
