"""The names of SAML 2.0.

https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
"""

from __future__ import annotations

from typing import Any

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
DSIG11 = "http://www.w3.org/2009/xmldsig11#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
NAMESPACES = {
    "samlp": SAMLP,
    "saml": SAML,
    "md": MD,
    "ds": DS,
    "dsig11": DSIG11,
    "xenc": XENC,
    "xenc11": XENC11,
}

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"

UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"

Node = Any


def find_elements(node: Node, path: str) -> list[Node]:
    """Return the result of an XPath."""
    result: list[Node] = node.xpath(path, namespaces=NAMESPACES)
    return result


def element_text(node: Node) -> str:
    """Return the whole text of an element, or "" if it has children.

    lxml's own `text` ends at the first child.
    """
    return "" if node.xpath("node()[not(self::text())]") else "".join(node.itertext()).strip()
