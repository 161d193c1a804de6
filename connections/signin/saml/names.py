"""The names that SAML 2.0 has for things, and XML read without its dangers.

https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
"""

from __future__ import annotations

from typing import Any

from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
NAMESPACES = {"samlp": SAMLP, "saml": SAML, "md": MD, "ds": DS, "xenc": XENC}

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"

UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"

Node = Any


class NotXML(Exception):
    """Bytes are no XML that we read: broken, too deep, or with a document type of its own."""


def parsed(content: bytes) -> Node:
    """Return the root of a document; raises NotXML.

    Neither a document type nor entities are taken, nothing is fetched, and comments and processing
    instructions are left out before anything is read, so that none can cut a value in two.
    """
    try:
        return OneLogin_Saml2_XML.to_etree(content)
    except Exception:
        raise NotXML from None


def found(node: Node, path: str) -> list[Node]:
    """Return what a path leads to."""
    result: list[Node] = node.xpath(path, namespaces=NAMESPACES)
    return result


def text_of(node: Node) -> str:
    """Return the whole text of an element, or "" where it holds anything but text.

    lxml's own `text` ends at the first comment, and what was encrypted may still have one.
    """
    return "" if node.xpath("node()[not(self::text())]") else "".join(node.itertext()).strip()
