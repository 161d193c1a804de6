"""SAML messages of strangers: nothing is opened, computed or kept before a signature holds.

Each is read by a process of its own with little memory and time, see `saml_reader`.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate
from lxml import etree

from connections.protocols.saml import certificates, xml_parser
from connections.protocols.saml.certificates import new_key_pair
from connections.protocols.saml.request import Request, own_metadata
from connections.protocols.saml.response import MAX_POSTED
from tests.connections.saml_reader import Reader, Reading, running
from tests.connections.servers import Server, serving
from tests.rows import each_row
from tests.saml import NAMES, PERSISTENT, Answer, IdentityProvider, pair, query_of

ENTITY_ID = "http://acme.login.test/sso/saml/metadata"
CALLBACK = "http://acme.login.test/sso/oauth2/callback/saml"
NAMESPACES = {
    **NAMES,
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "dsig11": "http://www.w3.org/2009/xmldsig11#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xenc11": "http://www.w3.org/2009/xmlenc11#",
    "xsl": "http://www.w3.org/1999/XSL/Transform",
    "ec": "http://www.w3.org/2001/10/xml-exc-c14n#",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
XENC = NAMESPACES["xenc"]
XENC11 = NAMESPACES["xenc11"]
DS = NAMESPACES["ds"]
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
ENCRYPTED_KEY = f"{XENC}EncryptedKey"
MARKER = "what-the-file-holds"

Change = Callable[[Any], None]


@dataclass(frozen=True)
class Provider:
    """A provider, our own key, and a request that waits for its answer."""

    idp: IdentityProvider
    key: str
    certificate: str
    query: dict[str, str]
    known: dict[str, bytes] = field(default_factory=dict)

    @property
    def terms(self) -> dict[str, Any]:
        return {
            "provider": {
                "entity_id": self.idp.entity_id,
                "sso_url": self.idp.sso_url,
                "certificates": self.idp.keys.pem,
            },
            "entity_id": ENTITY_ID,
            "callback_url": CALLBACK,
            "request_id": "_request",
            "key": self.key,
        }

    def root(self, *, signed: str = "assertion") -> Any:
        """A response of the provider whose assertion is signed, or the whole."""
        if signed not in self.known:
            answer = Answer(
                sign_assertion=signed == "assertion", sign_response=signed == "response"
            )
            self.known[signed] = self.idp.document(self.query, answer)
        return etree.fromstring(self.known[signed])


@pytest.fixture(scope="module")
def provider() -> Provider:
    key, certificate = new_key_pair("acme.login.test")
    idp = IdentityProvider()
    idp.learn(own_metadata(entity_id=ENTITY_ID, callback_url=CALLBACK, certificate=certificate))
    request = Request(
        id="_request",
        destination=idp.sso_url,
        callback_url=CALLBACK,
        entity_id=ENTITY_ID,
        name_id_format=PERSISTENT,
    )
    return Provider(idp, key, certificate, query_of(request.address(state="state", key=key)))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with running() as reader:
        yield reader


@dataclass
class Bait:
    """What a message may lead to: a pipe that nobody writes to, a file, a server."""

    pipe: Path
    file: Path
    server: Server

    def filled(self, text: str) -> str:
        return text.format(pipe=self.pipe, file=self.file, server=self.server.origin)


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[Bait]:
    pipe, file = tmp_path / "pipe", tmp_path / "file"
    os.mkfifo(pipe)
    file.write_text(base64.b64encode(MARKER.encode()).decode())
    with serving(lambda peer: peer.answer(b"")) as server:
        yield Bait(pipe, file, server)
        assert server.calls == []


def element(text: str) -> Any:
    return etree.fromstring(f"<all {DECLARED}>{text}</all>")[0]


def at(root: Any, path: str) -> Any:
    return root.xpath(path, namespaces=NAMESPACES)[0]


def posted(root: Any) -> str:
    return base64.b64encode(etree.tostring(root)).decode()


def assert_harmless(reading: Reading) -> None:
    """It ended by itself, in little time and memory."""
    assert not reading.cause.startswith("signal"), reading
    assert reading.processor_seconds < 1
    assert reading.megabytes < 50


# --- encrypted as providers do ----------------------------------------------------------------

OAEP = f"{XENC}rsa-oaep-mgf1p"
OAEP_11 = f"{XENC11}rsa-oaep"
HASHES: dict[str, Any] = {
    "": hashes.SHA1,
    f"{DS}sha1": hashes.SHA1,
    f"{XENC}sha256": hashes.SHA256,
    f"{MORE}sha384": hashes.SHA384,
    f"{XENC}sha512": hashes.SHA512,
}
CIPHERS = {
    **{f"{XENC}aes{bits}-cbc": bits for bits in (128, 192, 256)},
    **{f"{XENC11}aes{bits}-gcm": bits for bits in (128, 192, 256)},
}


@dataclass(frozen=True)
class Encryption:
    """How an assertion is encrypted; the defaults are those of most providers."""

    content: str = f"{XENC}aes256-cbc"
    transport: str = OAEP
    digest: str = ""
    label: bytes = b""
    # The key stands beside the data, which may name it.
    beside: bool = False
    retrieval: bool = True
    # Others for whom the same is encrypted come first.
    recipient: str = ""
    others: int = 0
    about_key: str = ""
    declaration: bytes = b""

    def apply(self, assertion: Any, certificate: str) -> Any:
        """Put the encrypted assertion in its place; return it."""
        key = secrets.token_bytes(CIPHERS[self.content] // 8)
        plaintext = self.declaration + etree.tostring(assertion)
        wrapper = element("<saml:EncryptedAssertion/>")
        data = element(
            f'<xenc:EncryptedData Type="{XENC}Element" Id="_data">'
            f'<xenc:EncryptionMethod Algorithm="{self.content}"/><ds:KeyInfo/>'
            f"<xenc:CipherData><xenc:CipherValue>{self._content(plaintext, key)}"
            "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
        )
        wrapper.append(data)
        info = at(data, "ds:KeyInfo")
        keys = [
            self._key(secrets.token_bytes(len(key)), certificate, f"_other{number}", "urn:other")
            for number in range(self.others)
        ]
        keys.append(self._key(key, certificate, "_key", self.recipient))
        if self.beside and self.retrieval:
            info.append(element(f'<ds:RetrievalMethod Type="{ENCRYPTED_KEY}" URI="#_key"/>'))
        for each in keys:
            (wrapper if self.beside else info).append(each)
        if not len(info):
            data.remove(info)
        parent = assertion.getparent()
        if parent is not None:
            parent.replace(assertion, wrapper)
        return wrapper

    def _content(self, plaintext: bytes, key: bytes) -> str:
        if self.content.endswith("gcm"):
            nonce = os.urandom(12)
            return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plaintext, None)).decode()
        more = 16 - len(plaintext) % 16
        padded = plaintext + os.urandom(more - 1) + bytes([more])
        iv = os.urandom(16)
        encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
        return base64.encodebytes(iv + encryptor.update(padded) + encryptor.finalize()).decode()

    def _key(self, key: bytes, certificate: str, name: str, recipient: str) -> Any:
        public: Any = load_pem_x509_certificate(certificate.encode()).public_key()
        scheme = padding.OAEP(
            padding.MGF1(hashes.SHA1()), HASHES[self.digest](), self.label or None
        )
        inside = "".join(
            (
                f'<ds:DigestMethod Algorithm="{self.digest}"/>' if self.digest else "",
                f"<xenc:OAEPparams>{base64.b64encode(self.label).decode()}</xenc:OAEPparams>"
                if self.label
                else "",
            )
        )
        return element(
            f'<xenc:EncryptedKey Id="{name}"'
            + (f' Recipient="{recipient}">' if recipient else ">")
            + f'<xenc:EncryptionMethod Algorithm="{self.transport}">{inside}'
            f"</xenc:EncryptionMethod>{self.about_key}<xenc:CipherData><xenc:CipherValue>"
            f"{base64.b64encode(public.encrypt(key, scheme)).decode()}"
            "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"
        )


def encrypted(provider: Provider, how: Encryption | None = None) -> Any:
    # Not one that may have expired by now.
    root = etree.fromstring(provider.idp.document(provider.query, Answer()))
    (how or Encryption()).apply(root.find("saml:Assertion", NAMES), provider.certificate)
    return root


# What stands in an EncryptedKey of Shibboleth, AD FS and others about the key that opens it.
ABOUT_KEY = (
    "<ds:KeyInfo><ds:KeyName>acme</ds:KeyName><ds:X509Data><ds:X509Certificate>AAAA"
    "</ds:X509Certificate></ds:X509Data><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=acme"
    "</ds:X509IssuerName><ds:X509SerialNumber>17</ds:X509SerialNumber></ds:X509IssuerSerial>"
    "<ds:X509SKI>AAAA</ds:X509SKI></ds:X509Data></ds:KeyInfo>"
)


@pytest.mark.parametrize(
    "how",
    [
        *(pytest.param(Encryption(content=each), id=each[-10:]) for each in CIPHERS),
        *(
            pytest.param(Encryption(digest=each), id=f"digest {each[-6:]}")
            for each in (f"{DS}sha1", f"{XENC}sha256", f"{MORE}sha384", f"{XENC}sha512")
        ),
        pytest.param(Encryption(transport=OAEP_11, digest=f"{XENC}sha256"), id="xmlenc 1.1"),
        pytest.param(Encryption(label=b"label"), id="label"),
        pytest.param(Encryption(beside=True), id="key beside the data, by RetrievalMethod"),
        pytest.param(Encryption(beside=True, retrieval=False), id="key beside the data"),
        pytest.param(Encryption(recipient=ENTITY_ID), id="recipient"),
        pytest.param(Encryption(recipient="urn:alias"), id="the only key, by another name"),
        pytest.param(Encryption(recipient=ENTITY_ID, others=3), id="several recipients"),
        pytest.param(
            Encryption(recipient=ENTITY_ID, others=2, beside=True), id="several beside the data"
        ),
        pytest.param(Encryption(about_key=ABOUT_KEY), id="with the certificate"),
        pytest.param(
            Encryption(declaration=b'<?xml version="1.0" encoding="UTF-8"?>'), id="declaration"
        ),
    ],
)
def test_what_providers_encrypt_is_read(
    provider: Provider, reader: Reader, how: Encryption
) -> None:
    reading = reader.response(posted(encrypted(provider, how)), provider.terms)

    assert (reading.cause, reading.subject) == ("", "f3a9-ada")


def test_namespaces_may_be_declared_outside_of_what_is_encrypted(
    provider: Provider, reader: Reader
) -> None:
    """As xmlsec writes it, with which pysaml2 encrypts."""
    root = provider.root()
    assertion = root.find("saml:Assertion", NAMES)
    prefix = assertion.prefix
    how = Encryption()
    whole = etree.tostring(assertion).decode()
    declared = f' xmlns:{prefix}="{NAMES["saml"]}"'
    assert declared in whole
    key = secrets.token_bytes(32)
    wrapper = how.apply(assertion, provider.certificate)
    text = whole.replace(declared, "").encode()
    at(wrapper, ".//xenc:EncryptedData/xenc:CipherData/xenc:CipherValue").text = how._content(
        text, key
    )
    at(wrapper, ".//ds:KeyInfo").clear()
    at(wrapper, ".//ds:KeyInfo").append(how._key(key, provider.certificate, "_key", ""))

    reading = reader.response(posted(root), provider.terms)

    assert (reading.cause, reading.subject) == ("", "f3a9-ada")


# --- what may stand in neither ----------------------------------------------------------------

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
# Each step multiplies what the last one found.
XPATH_BOMB = "count(" + "//node()" * 12 + ") > 0"
XSLT_BOMB = (
    '<xsl:stylesheet version="1.0"><xsl:template match="/"><xsl:call-template name="again"/>'
    '</xsl:template><xsl:template name="again"><x><xsl:copy-of select="/"/></x>'
    '<xsl:call-template name="again"/></xsl:template></xsl:stylesheet>'
)
XSLT_FILE = (
    '<xsl:stylesheet version="1.0"><xsl:template match="/">'
    "<xsl:copy-of select=\"document('file://{pipe}')\"/></xsl:template></xsl:stylesheet>"
)
XPATH_TRANSFORM = (
    f'<ds:Transform Algorithm="{XPATH}"><ds:XPath>{XPATH_BOMB}</ds:XPath></ds:Transform>'
)
XSLT_TRANSFORMS = {
    "XSLT that does not end": f'<ds:Transform Algorithm="{XSLT}">{XSLT_BOMB}</ds:Transform>',
    "XSLT that opens a file": f'<ds:Transform Algorithm="{XSLT}">{XSLT_FILE}</ds:Transform>',
}
ADDRESSES = {
    "a pipe": "file://{pipe}",
    "a file": "file://{file}",
    "a path": "{file}",
    "a server": "{server}/",
    "everything": "",
}


@dataclass(frozen=True)
class Forbidden:
    """An element put into a message, how it is refused, and what the record names."""

    path: str
    text: str
    cause: str = "saml_forbidden"
    code: str = ""
    # Otherwise it comes first in what the path leads to.
    replaces: bool = False

    def put(self, root: Any, bait: Bait) -> None:
        target, new = at(root, self.path), element(bait.filled(self.text))
        if self.replaces:
            target.getparent().replace(target, new)
        else:
            target.insert(0, new)


def replaced(path: str, text: str, code: str = "", cause: str = "saml_forbidden") -> Forbidden:
    return Forbidden(path, text, cause, code, replaces=True)


DATA = "//xenc:EncryptedData"
KEY = "//xenc:EncryptedKey"
IN_KEY_INFO = {
    **{
        f"RetrievalMethod to {name}": (
            f'<ds:RetrievalMethod Type="{ENCRYPTED_KEY}" URI="{uri}"/>',
            "ds:RetrievalMethod",
        )
        for name, uri in ADDRESSES.items()
    },
    **{
        f"KeyInfoReference to {name}": (
            f'<dsig11:KeyInfoReference URI="{uri}"/>',
            "dsig11:KeyInfoReference",
        )
        for name, uri in ADDRESSES.items()
    },
    **{
        f"RetrievalMethod with {name}": (
            '<ds:RetrievalMethod URI=""><ds:Transforms>'
            + text
            + "</ds:Transforms></ds:RetrievalMethod>",
            "ds:RetrievalMethod",
        )
        for name, text in {"XPath": XPATH_TRANSFORM, **XSLT_TRANSFORMS}.items()
    },
    "a key in DER": (
        "<dsig11:DEREncodedKeyValue>AA==</dsig11:DEREncodedKeyValue>",
        "dsig11:DEREncodedKeyValue",
    ),
    "PGP": ("<ds:PGPData/>", "ds:PGPData"),
    "a foreign element": ("<saml:Issuer/>", ""),
}

ENCRYPTION = {
    **{
        f"CipherReference to {name}": replaced(
            f"{DATA}/xenc:CipherData/xenc:CipherValue",
            f'<xenc:CipherReference URI="{uri}"/>',
            "xenc:CipherReference",
        )
        for name, uri in ADDRESSES.items()
    },
    **{
        f"CipherReference of the key to {name}": replaced(
            f"{KEY}/xenc:CipherData/xenc:CipherValue",
            f'<xenc:CipherReference URI="{uri}"/>',
            "xenc:CipherReference",
        )
        for name, uri in ADDRESSES.items()
    },
    **{
        f"CipherReference with {name}": replaced(
            f"{DATA}/xenc:CipherData/xenc:CipherValue",
            f'<xenc:CipherReference URI=""><xenc:Transforms>{text}</xenc:Transforms>'
            "</xenc:CipherReference>",
            "xenc:CipherReference",
        )
        for name, text in {"XPath": XPATH_TRANSFORM, **XSLT_TRANSFORMS}.items()
    },
    **{
        # Beside the data there may be a RetrievalMethod, but not with transforms.
        f"{name} {where}": Forbidden(
            path, text, code="ds:Transforms" if "with" in name and path.startswith(DATA) else code
        )
        for name, (text, code) in IN_KEY_INFO.items()
        for where, path in (
            ("of the data", f"{DATA}/ds:KeyInfo"),
            ("of the key", f"{KEY}/ds:KeyInfo"),
        )
    },
    "a key that a key opens": Forbidden(
        f"{KEY}/ds:KeyInfo", "<xenc:EncryptedKey/>", code="xenc:EncryptedKey"
    ),
    "an agreed key": Forbidden(
        f"{DATA}/ds:KeyInfo", "<xenc:AgreementMethod/>", code="xenc:AgreementMethod"
    ),
    "a derived key": Forbidden(
        f"{DATA}/ds:KeyInfo", "<xenc11:DerivedKey/>", code="xenc11:DerivedKey"
    ),
    "properties": Forbidden(DATA, "<xenc:EncryptionProperties/>", code="xenc:EncryptionProperties"),
    "a second value": Forbidden(
        f"{DATA}/xenc:CipherData", "<xenc:CipherValue/>", code="xenc:CipherValue"
    ),
    "text where none belongs": replaced(
        f"{DATA}/xenc:CipherData",
        "<xenc:CipherData>x<xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData>",
        "xenc:CipherData",
    ),
    "no algorithm": replaced(
        f"{DATA}/xenc:EncryptionMethod",
        "<xenc:EncryptionMethod/>",
        cause="encryption_algorithm",
    ),
    "3DES": replaced(
        f"{DATA}/xenc:EncryptionMethod",
        f'<xenc:EncryptionMethod Algorithm="{XENC}tripledes-cbc"/>',
        "3DES-CBC",
        "encryption_algorithm",
    ),
    "PKCS #1": replaced(
        f"{KEY}/xenc:EncryptionMethod",
        f'<xenc:EncryptionMethod Algorithm="{XENC}rsa-1_5"/>',
        "RSA-PKCS1-v1.5",
        "encryption_algorithm",
    ),
    "another mask": replaced(
        f"{KEY}/xenc:EncryptionMethod",
        f'<xenc:EncryptionMethod Algorithm="{OAEP_11}">'
        f'<xenc11:MGF Algorithm="{XENC11}mgf1sha256"/></xenc:EncryptionMethod>',
        "xenc11:MGF",
        "encryption_algorithm",
    ),
    "a digest that is unknown": replaced(
        f"{KEY}/xenc:EncryptionMethod",
        f'<xenc:EncryptionMethod Algorithm="{OAEP}"><ds:DigestMethod Algorithm="urn:x"/>'
        "</xenc:EncryptionMethod>",
        cause="encryption_algorithm",
    ),
    "a second assertion": Forbidden(
        "/samlp:Response", "<saml:EncryptedAssertion/>", cause="saml_response"
    ),
    "encrypted data beside the assertion": Forbidden(
        "/samlp:Response/samlp:Status", "<xenc:EncryptedData/>", code="xenc:EncryptedData"
    ),
}


@each_row("name", ENCRYPTION)
def test_61_an_encrypted_assertion_that_refers_or_computes_is_refused_before_it_is_decrypted(
    provider: Provider, reader: Reader, bait: Bait, name: str
) -> None:
    forbidden = ENCRYPTION[name]
    root = encrypted(provider, Encryption(about_key=ABOUT_KEY))
    forbidden.put(root, bait)

    reading = reader.response(posted(root), provider.terms)

    assert (reading.cause, reading.code) == (forbidden.cause, forbidden.code)
    assert_harmless(reading)


INFO = "//ds:Signature/ds:SignedInfo"
REFERENCE = f"{INFO}/ds:Reference"
SIGNATURE = {
    **{
        f"{name}": Forbidden("//ds:Signature/ds:KeyInfo", text, code=code)
        for name, (text, code) in IN_KEY_INFO.items()
    },
    **{
        name: replaced(
            f"{REFERENCE}/ds:Transforms/ds:Transform[2]",
            text,
            "ds:XPath" if "XPath" in name else "xsl:stylesheet",
        )
        for name, text in {"XPath": XPATH_TRANSFORM, **XSLT_TRANSFORMS}.items()
    },
    "an object": Forbidden("//ds:Signature", "<ds:Object/>", code="ds:Object"),
    "a manifest": Forbidden(
        "//ds:Signature",
        '<ds:Object><ds:Manifest><ds:Reference URI="file://{pipe}"/></ds:Manifest></ds:Object>',
        code="ds:Object",
    ),
    "an encrypted key": Forbidden(
        "//ds:Signature/ds:KeyInfo", "<xenc:EncryptedKey/>", code="xenc:EncryptedKey"
    ),
    "a length of HMAC": Forbidden(
        f"{INFO}/ds:SignatureMethod",
        "<ds:HMACOutputLength>1</ds:HMACOutputLength>",
        code="ds:HMACOutputLength",
    ),
    "a second reference": Forbidden(INFO, "<ds:Reference/>", code="ds:Reference"),
    "three transforms": Forbidden(
        f"{REFERENCE}/ds:Transforms", "<ds:Transform/>", code="ds:Transform"
    ),
    "many prefixes": Forbidden(
        f"{REFERENCE}/ds:Transforms/ds:Transform",
        f'<ec:InclusiveNamespaces PrefixList="{"x " * 17}"/>',
    ),
    "a list of prefixes without end": Forbidden(
        f"{REFERENCE}/ds:Transforms/ds:Transform",
        f'<ec:InclusiveNamespaces PrefixList="{"x" * 1025}"/>',
    ),
    "a revocation list": Forbidden(
        "//ds:Signature/ds:KeyInfo/ds:X509Data", "<ds:X509CRL>AAAA</ds:X509CRL>", code="ds:X509CRL"
    ),
    "a certificate without end": replaced(
        "//ds:Signature/ds:KeyInfo/ds:X509Data/ds:X509Certificate",
        f"<ds:X509Certificate>{'A' * (16 * 1024 + 4)}</ds:X509Certificate>",
    ),
}
# As to these a message may fit the list, and is still no signature that we take.
VALUES = {
    **{
        f"a reference to {name}": (f"{REFERENCE}/@URI", uri, "saml_response", "")
        for name, uri in ADDRESSES.items()
    },
    **{
        f"{name} as {what}": (f"{path}/@Algorithm", uri, "algorithm", shown)
        for name, uri, shown in (
            ("HMAC", f"{DS}hmac-sha1", "HMAC-SHA1"),
            ("XPath", XPATH, "XPath"),
            ("XSLT", XSLT, "XSLT"),
            ("base64", f"{DS}base64", "base64"),
            ("SHA-1", f"{DS}sha1", "SHA-1"),
            ("something", "urn:<b>x</b>", ""),
        )
        for what, path in (
            ("method", f"{INFO}/ds:SignatureMethod"),
            ("canonicalization", f"{INFO}/ds:CanonicalizationMethod"),
            ("transform", f"{REFERENCE}/ds:Transforms/ds:Transform"),
            ("digest", f"{REFERENCE}/ds:DigestMethod"),
        )
    },
    "inclusive canonicalization as transform": (
        f"{REFERENCE}/ds:Transforms/ds:Transform[2]/@Algorithm",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "algorithm",
        "C14N-1.0",
    ),
}


def set_value(root: Any, path: str, value: str) -> None:
    element_path, _, attribute = path.rpartition("/@")
    at(root, element_path).set(attribute, value)


@each_row("where", ["assertion", "response", "decrypted"])
@each_row("name", SIGNATURE)
def test_62_63_a_signature_that_refers_or_computes_is_refused_before_it_is_verified(
    provider: Provider, reader: Reader, bait: Bait, name: str, where: str
) -> None:
    forbidden = SIGNATURE[name]
    root = provider.root(signed="response" if where == "response" else "assertion")
    forbidden.put(root, bait)
    if where == "decrypted":
        Encryption().apply(root.find("saml:Assertion", NAMES), provider.certificate)

    reading = reader.response(posted(root), provider.terms)

    assert (reading.cause, reading.code) == (forbidden.cause, forbidden.code)
    assert_harmless(reading)


@each_row("where", ["assertion", "response", "decrypted"])
@each_row("name", VALUES)
def test_62_63_a_signature_of_something_else_or_by_other_means_is_refused(
    provider: Provider, reader: Reader, bait: Bait, name: str, where: str
) -> None:
    path, value, cause, code = VALUES[name]
    root = provider.root(signed="response" if where == "response" else "assertion")
    set_value(root, path, bait.filled(value))
    if where == "decrypted":
        Encryption().apply(root.find("saml:Assertion", NAMES), provider.certificate)

    reading = reader.response(posted(root), provider.terms)

    assert (reading.cause, reading.code) == (cause, code)
    assert_harmless(reading)


def nested(root: Any, certificate: str) -> None:
    """Encrypt the assertion twice."""
    wrapper = Encryption().apply(root.find("saml:Assertion", NAMES), certificate)
    Encryption().apply(wrapper, certificate)


def encrypted_name(root: Any, certificate: str) -> None:
    name = root.find(".//saml:NameID", NAMES)
    new = element("<saml:EncryptedID/>")
    new.append(element("<xenc:EncryptedData/>"))
    name.getparent().replace(name, new)
    Encryption().apply(root.find("saml:Assertion", NAMES), certificate)


def encrypted_attribute(root: Any, certificate: str) -> None:
    new = element("<saml:EncryptedAttribute><xenc:EncryptedData/></saml:EncryptedAttribute>")
    root.find(".//saml:AttributeStatement", NAMES).append(new)
    Encryption().apply(root.find("saml:Assertion", NAMES), certificate)


def two_inside(root: Any, certificate: str) -> None:
    assertion = root.find("saml:Assertion", NAMES)
    assertion.append(deepcopy(assertion))
    Encryption().apply(assertion, certificate)


def deep_inside(root: Any, certificate: str) -> None:
    assertion = root.find("saml:Assertion", NAMES)
    place = assertion.find(".//saml:AttributeValue", NAMES)
    for _level in range(xml_parser.MAX_DEPTH):
        place = etree.SubElement(place, "x")
    Encryption().apply(assertion, certificate)


def entities_inside(root: Any, certificate: str) -> None:
    how = Encryption(declaration=b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>')
    how.apply(root.find("saml:Assertion", NAMES), certificate)


def closes_its_place(root: Any, certificate: str) -> None:
    how = Encryption(declaration=b"</context><context>")
    how.apply(root.find("saml:Assertion", NAMES), certificate)


@pytest.mark.parametrize(
    ("change", "cause", "code"),
    [
        (nested, "encryption", ""),
        (encrypted_name, "encrypted_part", "saml:EncryptedID"),
        (encrypted_attribute, "encrypted_part", "saml:EncryptedAttribute"),
        (two_inside, "saml_response", ""),
        (deep_inside, "encryption", ""),
        (entities_inside, "encryption", ""),
        (closes_its_place, "encryption", ""),
    ],
)
def test_63_what_is_decrypted_is_read_as_strictly(
    provider: Provider, reader: Reader, change: Any, cause: str, code: str
) -> None:
    root = provider.root()
    change(root, provider.certificate)

    reading = reader.response(posted(root), provider.terms)

    assert (reading.cause, reading.code) == (cause, code)
    assert_harmless(reading)


def load_metadata(provider: Provider) -> Any:
    """Signed metadata, whose signature nobody looks at."""
    root = etree.fromstring(provider.idp.metadata)
    root.insert(0, deepcopy(provider.root().find(".//ds:Signature", NAMES)))
    return root


def test_metadata_with_a_signature_is_read(provider: Provider, reader: Reader) -> None:
    reading = reader.metadata(etree.tostring(load_metadata(provider)).decode())

    assert (reading.cause, reading.subject) == ("", provider.idp.entity_id)


@each_row(
    "where, name",
    [
        *(("signature", each) for each in SIGNATURE),
        *(("key", each) for each in IN_KEY_INFO),
        *(("data", each) for each in ("EncryptedData", "EncryptedKey")),
    ],
)
def test_63_metadata_that_refers_or_computes_is_refused(
    provider: Provider, reader: Reader, bait: Bait, where: str, name: str
) -> None:
    root = load_metadata(provider)
    if where == "signature":
        forbidden = SIGNATURE[name]
    elif where == "key":
        text, code = IN_KEY_INFO[name]
        forbidden = Forbidden("//md:KeyDescriptor/ds:KeyInfo", text, code=code)
    else:
        forbidden = Forbidden("//md:IDPSSODescriptor", f"<xenc:{name}/>", code=f"xenc:{name}")
    forbidden.put(root, bait)

    reading = reader.metadata(etree.tostring(root).decode())

    assert (reading.cause, reading.code) == ("metadata_forbidden", forbidden.code)
    assert_harmless(reading)


# --- size -------------------------------------------------------------------------------------


def times(text: str) -> str:
    """As much of something as a request can hold."""
    return text * (180_000 // len(text))


def numbered(text: str, *, size: int = 180_000) -> str:
    return "".join(text.replace("@", str(number)) for number in range(size // (len(text) + 4)))


MANY_NAMES = f"<r>{numbered('<n@/>')}</r>"
TOO_MUCH = {
    "deep": times("<a>"),
    "deep, and closed": "<a>" * 10_000 + "</a>" * 10_000,
    "just too deep": "<a>" * (xml_parser.MAX_DEPTH + 1) + "</a>" * (xml_parser.MAX_DEPTH + 1),
    "wide": f"<r>{times('<a/>')}</r>",
    "just too wide": f"<r>{'<a/>' * xml_parser.MAX_ELEMENTS}</r>",
    "names": MANY_NAMES,
    "attributes": "<r" + numbered(" a@='x'") + "/>",
    "just too many attributes": "<r"
    + "".join(f' a{number}="x"' for number in range(xml_parser.MAX_ATTRIBUTES + 1))
    + "/>",
    "namespaces": "<r"
    + "".join(f' xmlns:a{number}="urn:{number}"' for number in range(8000))
    + "/>",
    "namespaces one by one": "".join(
        f'<r xmlns:a{level}="urn:a{level}" xmlns:b{level}="urn:b{level}" xmlns:c{level}="urn:c">'
        for level in range(30)
    )
    + "</r>" * 30,
    "a long name": f"<{'a' * (xml_parser.MAX_NAME + 1)}/>",
    "a long value": f'<r a="{"a" * (xml_parser.MAX_ATTRIBUTE_VALUE + 1)}"/>',
}
MALFORMED = {
    "brackets": times("<"),
    "declarations": times("<!"),
    "open comments": times("<!--"),
    "quotes": times('<a b="'),
    "references": f"<r>{times('&#')}</r>",
    "entities that multiply": "<!DOCTYPE r ["
    + '<!ENTITY a0 "aaaaaaaaaa">'
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + "]><r>&a11;</r>",
    "attributes that are declared": "<!DOCTYPE r ["
    + numbered("<!ATTLIST r a@ CDATA 'x'>")
    + "]><r/>",
    "a document type elsewhere": '<!DOCTYPE r SYSTEM "file:///dev/stdin"><r/>',
}


@pytest.mark.parametrize("name", [*TOO_MUCH, *MALFORMED])
def test_64_a_document_without_end_costs_little(
    provider: Provider, reader: Reader, name: str
) -> None:
    text = TOO_MUCH.get(name) or MALFORMED[name]

    response = reader.response(base64.b64encode(text.encode()).decode(), provider.terms)
    metadata = reader.metadata(text)

    assert (response.cause, metadata.cause) == (
        ("saml_limits", "metadata_limits")
        if name in TOO_MUCH
        else ("saml_response", "metadata_xml")
    )
    assert_harmless(response)
    assert_harmless(metadata)


def test_64_more_than_a_request_holds_is_not_even_decoded(
    provider: Provider, reader: Reader
) -> None:
    for text in ("A" * (MAX_POSTED + 1), " " * (MAX_POSTED + 1)):
        reading = reader.response(text, provider.terms)

        assert reading.cause == "saml_limits"
        assert_harmless(reading)


def test_64_names_that_nobody_has_used_before_are_not_kept(
    provider: Provider, reader: Reader
) -> None:
    """A thread keeps its names in memory as long as it lives: each document has 160 KB of them."""
    few, many = (reader.new_names(number, provider.terms) for number in (20, 140))

    assert (few.cause, many.cause) == ("saml_response", "saml_response")
    # Kept, they would be 30 MB.
    assert many.megabytes - few.megabytes < 18


def test_64_the_largest_response_that_is_read_takes_little(
    provider: Provider, reader: Reader
) -> None:
    """Many groups, declared as Shibboleth declares them; and each certificate is tried."""
    values = [f"group-{number}" for number in range(1000)]
    answer = Answer(attributes={"mail": "ada@example.com", "groups": values})
    root = etree.fromstring(provider.idp.document(provider.query, answer))

    for document in (root, deepcopy(root)):
        if document is not root:
            Encryption().apply(document.find("saml:Assertion", NAMES), provider.certificate)
        text = posted(document)
        assert len(text) > MAX_POSTED // 2
        reading = reader.response(text, provider.terms)

        assert (reading.cause, reading.subject) == ("", "f3a9-ada")
        assert reading.processor_seconds < 2


@pytest.mark.parametrize("time", ["99999-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"])
def test_64_a_time_that_only_the_schema_knows_is_refused(
    provider: Provider, reader: Reader, time: str
) -> None:
    root = etree.fromstring(provider.idp.document(provider.query, Answer()))
    root.find(".//saml:AuthnStatement", NAMES).set("SessionNotOnOrAfter", time)

    assert reader.response(posted(root), provider.terms).cause == "saml_response"


# --- keys -------------------------------------------------------------------------------------


def no_key(wrapper: Any) -> None:
    for each in wrapper.xpath(KEY, namespaces=NAMESPACES):
        each.getparent().remove(each)


def many_keys(wrapper: Any) -> None:
    key = at(wrapper, KEY)
    for _each in range(5):
        key.addnext(deepcopy(key))


def two_for_us(wrapper: Any) -> None:
    key = at(wrapper, KEY)
    key.addnext(deepcopy(key))


def long_key(wrapper: Any) -> None:
    at(wrapper, f"{KEY}/xenc:CipherData/xenc:CipherValue").text = "A" * 6000


def endless_key(wrapper: Any) -> None:
    at(wrapper, f"{KEY}/xenc:CipherData/xenc:CipherValue").text = "A" * 10_000


def short_key(wrapper: Any) -> None:
    at(wrapper, f"{KEY}/xenc:CipherData/xenc:CipherValue").text = "AAAA"


def other_key(wrapper: Any) -> None:
    at(wrapper, f"{KEY}/xenc:CipherData/xenc:CipherValue").text = "A" * 342 + "=="


def no_base64(wrapper: Any) -> None:
    at(wrapper, f"{DATA}/xenc:CipherData/xenc:CipherValue").text = "&&&&"


def odd_content(wrapper: Any) -> None:
    at(wrapper, f"{DATA}/xenc:CipherData/xenc:CipherValue").text = "AAAA"


def other_content(wrapper: Any) -> None:
    at(wrapper, f"{DATA}/xenc:CipherData/xenc:CipherValue").text = "A" * 6400


@pytest.mark.parametrize(
    ("change", "cause", "code"),
    [
        (no_key, "encryption", ""),
        (many_keys, "saml_forbidden", "xenc:EncryptedKey"),
        (two_for_us, "encryption", ""),
        (long_key, "encryption", ""),
        (endless_key, "saml_forbidden", "xenc:CipherValue"),
        (short_key, "encryption", ""),
        (other_key, "encryption", ""),
        (no_base64, "encryption", ""),
        (odd_content, "encryption", ""),
        (other_content, "encryption", ""),
    ],
)
@pytest.mark.parametrize("content", [f"{XENC}aes256-cbc", f"{XENC11}aes128-gcm"])
def test_65_at_most_one_key_is_tried_and_nothing_says_what_was_wrong_with_it(
    provider: Provider, reader: Reader, change: Any, cause: str, code: str, content: str
) -> None:
    root = encrypted(provider, Encryption(content=content))
    change(root)

    reading = reader.response(posted(root), provider.terms)

    assert (reading.cause, reading.code) == (cause, code)
    assert_harmless(reading)


# --- certificates -----------------------------------------------------------------------------


def test_97_whatever_is_read_as_a_certificate_can_be_shown() -> None:
    """Each byte of one is changed: its parts are parsed only when they are asked for."""
    whole = base64.b64decode(certificates.pem_body(pair().pem))
    shown = 0
    for position in range(len(whole)):
        for value in (0x00, 0x03, 0x0C, 0x7F, 0xFF):
            changed = whole[:position] + bytes([value]) + whole[position + 1 :]
            try:
                (certificate,) = certificates.parse_certificates(base64.b64encode(changed).decode())
            except certificates.UnusableCertificate:
                continue
            assert certificates.certificate_name(certificate)
            assert certificates.expires_at(certificate)
            assert f"{certificate.serial_number:x}"
            shown += 1

    assert shown > 1000
