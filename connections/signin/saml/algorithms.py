"""The algorithms that we take, and signatures that cover exactly what is read.

https://www.w3.org/TR/xmldsig-core1/#sec-AlgID
https://www.w3.org/TR/xmlenc-core1/#sec-Alg-KeyTransport
"""

from __future__ import annotations

from connections.signin.failures import SignInFailed
from connections.signin.saml.names import Node, found

MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SIGNATURES = frozenset(
    f"{MORE}{name}"
    for name in (
        "rsa-sha256",
        "rsa-sha384",
        "rsa-sha512",
        "ecdsa-sha256",
        "ecdsa-sha384",
        "ecdsa-sha512",
    )
)
DIGESTS = frozenset(
    {
        "http://www.w3.org/2001/04/xmlenc#sha256",
        f"{MORE}sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    }
)
CANONICAL = frozenset(
    {
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    }
)
TRANSFORMS = CANONICAL | {"http://www.w3.org/2000/09/xmldsig#enveloped-signature"}
CONTENT = frozenset(
    {
        *(f"http://www.w3.org/2001/04/xmlenc#aes{bits}-cbc" for bits in (128, 192, 256)),
        *(f"http://www.w3.org/2009/xmlenc11#aes{bits}-gcm" for bits in (128, 192, 256)),
    }
)
# Not RSA with PKCS #1 v1.5: whoever can ask often enough decrypts it (Bleichenbacher's attack).
TRANSPORT = frozenset(
    {
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
        "http://www.w3.org/2009/xmlenc11#rsa-oaep",
    }
)


def refuse_encryption(document: Node) -> None:
    """Raise SignInFailed where something is encrypted in a way that we do not take."""
    for path, allowed in (
        ("//xenc:EncryptedData/xenc:EncryptionMethod", CONTENT),
        ("//xenc:EncryptedKey/xenc:EncryptionMethod", TRANSPORT),
    ):
        if not all(each.get("Algorithm") in allowed for each in found(document, path)):
            raise SignInFailed("encryption")


def refuse_ambiguous(document: Node) -> None:
    """Raise SignInFailed where one id could mean two elements."""
    ids = [str(each) for each in found(document, "//@ID")]
    if len(ids) != len(set(ids)) or found(document, "//@xml:id"):
        raise SignInFailed("saml_response")


def refuse_signatures(*documents: Node) -> None:
    """Raise SignInFailed unless something is signed, each time as a whole and as we take it."""
    signatures = {
        each: None for document in documents for each in found(document, "//ds:Signature")
    }
    if not signatures:
        raise SignInFailed("unsigned")
    for signature in signatures:
        refuse_signature(signature)


def refuse_signature(signature: Node) -> None:
    """Raise SignInFailed unless this signs the response or the assertion that it stands in."""
    signed = signature.getparent()
    root = signature.getroottree().getroot()
    references = found(signature, "descendant::ds:Reference")
    targets = [each.get("URI") for each in references]
    if signed is not root and signed.getparent() is not root:
        raise SignInFailed("saml_response")
    if targets != [f"#{signed.get('ID', '')}"] or found(signature, "ds:Object"):
        raise SignInFailed("saml_response")
    for path, allowed in (
        ("ds:SignedInfo/ds:SignatureMethod", SIGNATURES),
        ("ds:SignedInfo/ds:CanonicalizationMethod", CANONICAL),
        ("ds:SignedInfo/ds:Reference/ds:DigestMethod", DIGESTS),
        ("ds:SignedInfo/ds:Reference/ds:Transforms/ds:Transform", TRANSFORMS),
    ):
        if not all(each.get("Algorithm") in allowed for each in found(signature, path)):
            raise SignInFailed("algorithm")
