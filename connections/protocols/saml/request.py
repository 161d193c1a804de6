"""The signed request that starts a sign-in, and our own metadata."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.utils import timezone
from lxml import etree

from connections.protocols.saml import certificates
from connections.protocols.saml.names import DS, MD, POST, SAML, SAMLP

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to sign a user in."""

    id: str
    # The provider's sign-in URL, and our callback URL.
    destination: str
    callback_url: str
    # Our entity ID.
    entity_id: str
    name_id_format: str
    # Additional attributes of the request, such as ForceAuthn.
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def xml(self) -> bytes:
        """The XML of the request (SAML Core, section 3.4.1)."""
        root = etree.Element(
            f"{{{SAMLP}}}AuthnRequest",
            {
                "ID": self.id,
                "Version": "2.0",
                "IssueInstant": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Destination": self.destination,
                "AssertionConsumerServiceURL": self.callback_url,
                "ProtocolBinding": POST,
                **self.attributes,
            },
            nsmap={"samlp": SAMLP, "saml": SAML},
        )
        etree.SubElement(root, f"{{{SAML}}}Issuer").text = self.entity_id
        policy = {"Format": self.name_id_format, "AllowCreate": "true"}
        etree.SubElement(root, f"{{{SAMLP}}}NameIDPolicy", policy)
        return bytes(etree.tostring(root))

    def address(self, *, state: str, key: str) -> str:
        """Return the signed URL for the browser (SAML Bindings, section 3.4.4.1)."""
        squeezed = zlib.compressobj(wbits=-15)
        deflated = squeezed.compress(self.xml) + squeezed.flush()
        query = urlencode(
            {
                "SAMLRequest": base64.b64encode(deflated).decode(),
                "RelayState": state,
                "SigAlg": RSA_SHA256,
            }
        )
        signature = urlencode(
            {"Signature": base64.b64encode(sign_query(query.encode(), key)).decode()}
        )
        separator = "&" if "?" in self.destination else "?"
        return f"{self.destination}{separator}{query}&{signature}"


def sign_query(message: bytes, key: str) -> bytes:
    """Return the signature of a query."""
    private = certificates.load_own_key(key)
    return private.sign(message, padding.PKCS1v15(), hashes.SHA256())


def own_metadata(*, entity_id: str, callback_url: str, certificate: str) -> bytes:
    """Return our metadata as XML (SAML Metadata, section 2.4.4)."""
    root = etree.Element(
        f"{{{MD}}}EntityDescriptor", {"entityID": entity_id}, nsmap={"md": MD, "ds": DS}
    )
    role = etree.SubElement(
        root,
        f"{{{MD}}}SPSSODescriptor",
        {
            "AuthnRequestsSigned": "true",
            "WantAssertionsSigned": "true",
            "protocolSupportEnumeration": SAMLP,
        },
    )
    for use in ("signing", "encryption"):
        add_key(role, use, certificate)
    etree.SubElement(
        role,
        f"{{{MD}}}AssertionConsumerService",
        {"Binding": POST, "Location": callback_url, "index": "0", "isDefault": "true"},
    )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def add_key(role: Any, use: str, certificate: str) -> None:
    """Add a certificate to the role for signing or encryption."""
    descriptor = etree.SubElement(role, f"{{{MD}}}KeyDescriptor", {"use": use})
    info = etree.SubElement(descriptor, f"{{{DS}}}KeyInfo")
    data = etree.SubElement(info, f"{{{DS}}}X509Data")
    body = certificates.pem_body(certificate)
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = body
    if use == "encryption":
        for algorithm in ENCRYPTION:
            etree.SubElement(descriptor, f"{{{MD}}}EncryptionMethod", {"Algorithm": algorithm})


# In order of preference; the names of xmlenc-core1, sections 5.2 and 5.5.
ENCRYPTION = (
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
)
