"""A real identity provider of SAML 2.0 (pysaml2), which can be told to misbehave."""

from __future__ import annotations

import atexit
import base64
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from saml2 import BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.cryptography import asymmetric
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.sigver import CryptoBackend, pre_signature_part

# A key file is checked each time that pysaml2 reads it, which takes most of a test.
asymmetric.load_pem_private_key = cache(asymmetric.load_pem_private_key)

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
NAMES = {"samlp": SAMLP, "saml": SAML, "ds": DS}
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
PERSISTENT = NAMEID_FORMAT_PERSISTENT


@dataclass(frozen=True)
class Pair:
    """A key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode().strip()


@cache
def pair(name: str = "idp.example.com", *, days: int = 3650, bits: int = 2048) -> Pair:
    """A key with a certificate that ends in so many days."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=4000))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return Pair(key, certificate)


@cache
def folder() -> str:
    """Where the files lie that pysaml2 wants, until the tests have ended."""
    path = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, path)
    return path


class Signing(CryptoBackend):
    """Signs by the library; pysaml2 itself would start a program that few machines have."""

    version = "1.3.0"

    def sign_statement(self, statement: Any, node_name: str, key_file: str, node_id: str) -> str:
        return signed(str(statement).encode(), node_id, Path(key_file).read_text()).decode()


def signed(document: bytes, node_id: str, key: str) -> bytes:
    """The document, with the signature that it has a place for."""
    root = etree.fromstring(document)
    xmlsec.tree.add_ids(root, ["ID"])
    (place,) = [
        each.getparent().getparent()
        for each in root.iter(f"{{{DS}}}Reference")
        if each.get("URI") == f"#{node_id}"
    ]
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key, xmlsec.KeyFormat.PEM, None)
    context.sign(place)
    return bytes(etree.tostring(root))


@dataclass
class Answer:
    """What the provider says in one response; a test changes what it wants otherwise."""

    subject: Any = "f3a9-ada"
    format: str = PERSISTENT
    attributes: Mapping[str, Any] = field(
        default_factory=lambda: {"mail": "ada@example.com", "displayName": "Ada"}
    )
    sign_assertion: bool = True
    sign_response: bool = False
    sign_alg: str = RSA_SHA256
    digest_alg: str = SHA256
    signed_by: Pair | None = None
    destination: str = ""
    in_response_to: str = ""
    issuer: str = ""
    # Seconds by which the provider's clock is wrong.
    clock: int = 0
    # Changes the document before it is signed, and afterwards.
    before: Callable[[Any], None] = lambda root: None
    after: Callable[[Any], None] = lambda root: None
    encrypt: str = ""


class IdentityProvider:
    """The provider of an organization."""

    def __init__(self, entity_id: str = "https://idp.example.com/saml", keys: Pair | None = None):
        self.entity_id = entity_id
        self.keys = keys or pair()
        self.sso_url = "https://idp.example.com/sso"
        self._folder = Path(tempfile.mkdtemp(dir=folder()))
        self._server: Server | None = None
        self._known = b""

    @property
    def metadata(self) -> bytes:
        """What it says of itself."""
        config = self._config()
        # Otherwise the program would be asked for its algorithms.
        config.xmlsec_binary = None
        return str(entity_descriptor(config)).encode()

    def _file(self, name: str, content: str) -> str:
        path = self._folder / name
        path.write_text(content)
        return str(path)

    def _config(self, **more: Any) -> IdPConfig:
        return IdPConfig().load(
            {
                "entityid": self.entity_id,
                "key_file": self._file("key.pem", self.keys.key_pem),
                "cert_file": self._file("certificate.pem", self.keys.pem),
                # Never started: `Signing` stands in for it.
                "xmlsec_binary": sys.executable,
                "service": {
                    "idp": {
                        "endpoints": {
                            "single_sign_on_service": [(self.sso_url, BINDING_HTTP_REDIRECT)]
                        },
                        "want_authn_requests_signed": True,
                        "policy": {"default": {"lifetime": {"minutes": 5}}},
                    }
                },
                **more,
            }
        )

    def learn(self, metadata: bytes) -> None:
        """Get to know the application by its own metadata."""
        path = self._file("application.xml", metadata.decode())
        server = Server(config=self._config(metadata={"local": [path]}))
        server.sec.crypto = Signing()
        self._server = server

    @property
    def server(self) -> Server:
        assert self._server is not None
        return self._server

    def asked(self, query: Mapping[str, str]) -> Any:
        """The request in an address, its signature checked."""
        return self.server.parse_authn_request(
            query["SAMLRequest"],
            BINDING_HTTP_REDIRECT,
            relay_state=query["RelayState"],
            sigalg=query["SigAlg"],
            signature=query["Signature"],
        ).message

    def respond(self, query: Mapping[str, str], answer: Answer) -> str:
        """The response to a request, in base 64."""
        return base64.b64encode(self.document(query, answer)).decode()

    def document(self, query: Mapping[str, str], answer: Answer) -> bytes:
        """The response to a request, signed as the answer says."""
        asked = self.asked(query)
        response = self.server.create_authn_response(
            dict(answer.attributes),
            in_response_to=answer.in_response_to or asked.id,
            destination=answer.destination or asked.assertion_consumer_service_url,
            sp_entity_id=asked.issuer.text,
            name_id=NameID(text=str(answer.subject), format=answer.format),
            authn={"class_ref": PASSWORDPROTECTEDTRANSPORT},
            sign_response=False,
            sign_assertion=False,
        )
        root = etree.fromstring(str(response).encode())
        set_clock(root, answer.clock)
        for each in root.iter(f"{{{SAML}}}Issuer"):
            each.text = answer.issuer or self.entity_id
        answer.before(root)
        keys = answer.signed_by or self.keys
        (assertion,) = root.findall("saml:Assertion", NAMES)
        for element, wanted in ((assertion, answer.sign_assertion), (root, answer.sign_response)):
            if element is root and answer.encrypt:
                encrypt(assertion, answer.encrypt)
            if wanted:
                sign(element, keys, answer.sign_alg, answer.digest_alg)
        answer.after(root)
        return bytes(etree.tostring(root))

    def refuse(self, query: Mapping[str, str], status: str, message: str = "") -> str:
        """A response that signs nobody in."""
        root = etree.fromstring(self.document(query, Answer()))
        root.remove(root.find("saml:Assertion", NAMES))
        code = root.find("samlp:Status/samlp:StatusCode", NAMES)
        code.set("Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")
        inner = etree.SubElement(code, f"{{{SAMLP}}}StatusCode")
        inner.set("Value", f"urn:oasis:names:tc:SAML:2.0:status:{status}")
        if message:
            etree.SubElement(code.getparent(), f"{{{SAMLP}}}StatusMessage").text = message
        return base64.b64encode(etree.tostring(root)).decode()


def sign(element: Any, keys: Pair, sign_alg: str = RSA_SHA256, digest_alg: str = SHA256) -> None:
    """Sign an element where it stands, by pysaml2's template."""
    template = pre_signature_part(
        element.get("ID"),
        "".join(keys.pem.splitlines()[1:-1]),
        sign_alg=sign_alg,
        digest_alg=digest_alg,
    )
    signature = etree.fromstring(str(template).encode())
    element.insert(1, signature)
    xmlsec.tree.add_ids(element.getroottree().getroot(), ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(keys.key_pem, xmlsec.KeyFormat.PEM, None)
    context.sign(signature)


def set_clock(root: Any, seconds: int) -> None:
    """Shift all times."""
    for element in root.iter():
        for name in ("IssueInstant", "NotBefore", "NotOnOrAfter", "AuthnInstant"):
            if value := element.get(name):
                time = datetime.strptime(value, FORMAT) + timedelta(seconds=seconds)
                element.set(name, time.strftime(FORMAT))


def encrypt(assertion: Any, certificate: str, *, transport: Any = None) -> None:
    """Put the encrypted assertion in its place."""
    manager = xmlsec.KeysManager()
    key = xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_PEM, None)
    manager.add_key(key)
    data = xmlsec.template.encrypted_data_create(
        assertion,
        xmlsec.Transform.AES256,
        type=xmlsec.EncryptionType.ELEMENT,
        ns="xenc",
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    inner = xmlsec.template.add_encrypted_key(info, transport or xmlsec.Transform.RSA_OAEP)
    xmlsec.template.encrypted_data_ensure_cipher_value(inner)
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, 256, xmlsec.KeyDataType.SESSION)
    parent = assertion.getparent()
    wrapper = etree.SubElement(parent, f"{{{SAML}}}EncryptedAssertion")
    encrypted = context.encrypt_xml(data, assertion)
    wrapper.append(encrypted)


def query_of(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(address.partition("?")[2]).items()}
