"""The accepted algorithms, and checks that a signature covers exactly what is read.

https://www.w3.org/TR/xmldsig-core1/#sec-AlgID
https://www.w3.org/TR/xmlenc-core1/#sec-Alg-KeyTransport
"""

from __future__ import annotations

from collections.abc import Container

from cryptography.hazmat.primitives import hashes

from connections.protocols.saml.names import DS, XENC, XENC11, Node, find_elements
from connections.values.failures import SignInFailed

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
DIGESTS = frozenset({f"{XENC}sha256", f"{MORE}sha384", f"{XENC}sha512"})
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
CANONICAL = frozenset(
    {
        EXCLUSIVE,
        f"{EXCLUSIVE}WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    }
)
# SAML Core, section 5.4.4.
TRANSFORMS = frozenset({EXCLUSIVE, f"{EXCLUSIVE}WithComments", f"{DS}enveloped-signature"})
# The mode, and the size of the key in bits.
CONTENT = {
    **{f"{XENC}aes{bits}-cbc": ("cbc", bits) for bits in (128, 192, 256)},
    **{f"{XENC11}aes{bits}-gcm": ("gcm", bits) for bits in (128, 192, 256)},
}
# No RSA with PKCS #1 v1.5, because of Bleichenbacher's attack.
TRANSPORT = frozenset({f"{XENC}rsa-oaep-mgf1p", f"{XENC11}rsa-oaep"})
# The digests of OAEP. SHA-1 is the default and still safe there.
DIGEST: dict[str, type[hashes.HashAlgorithm]] = {
    "": hashes.SHA1,
    f"{DS}sha1": hashes.SHA1,
    f"{XENC}sha256": hashes.SHA256,
    f"{MORE}sha384": hashes.SHA384,
    f"{XENC}sha512": hashes.SHA512,
}
# The digest of the mask generation function, by default in OAEP.
MASK = hashes.SHA1

# The names of refused algorithms in a record, which never contains values from the document.
LOGGABLE_NAMES = {
    f"{DS}sha1": "SHA-1",
    f"{DS}rsa-sha1": "RSA-SHA1",
    f"{DS}dsa-sha1": "DSA-SHA1",
    f"{DS}hmac-sha1": "HMAC-SHA1",
    **{f"{MORE}hmac-sha{bits}": f"HMAC-SHA{bits}" for bits in (224, 256, 384, 512)},
    f"{MORE}rsa-md5": "RSA-MD5",
    f"{MORE}md5": "MD5",
    f"{DS}base64": "base64",
    "http://www.w3.org/TR/1999/REC-xpath-19991116": "XPath",
    "http://www.w3.org/2002/06/xmldsig-filter2": "XPath-filter-2.0",
    "http://www.w3.org/TR/1999/REC-xslt-19991116": "XSLT",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": "C14N-1.0",
    "http://www.w3.org/2006/12/xml-c14n11": "C14N-1.1",
    f"{XENC}rsa-1_5": "RSA-PKCS1-v1.5",
    f"{XENC}tripledes-cbc": "3DES-CBC",
}


def refuse_encryption(document: Node) -> None:
    """Raise SignInFailed for encryption with an algorithm that is not accepted."""
    for path, allowed in (
        ("//xenc:EncryptedData/xenc:EncryptionMethod", CONTENT),
        ("//xenc:EncryptedKey/xenc:EncryptionMethod", TRANSPORT),
        ("//xenc:EncryptionMethod/ds:DigestMethod", DIGEST),
    ):
        for each in find_elements(document, path):
            refuse_algorithm(each, allowed, "encryption_algorithm")
    # It selects another mask function. The schema of python3-saml does not allow it.
    if find_elements(document, "//xenc11:MGF"):
        raise SignInFailed("encryption_algorithm", code="xenc11:MGF")


def refuse_algorithm(node: Node, allowed: Container[str], cause: str) -> None:
    """Raise SignInFailed unless the element's algorithm is accepted."""
    algorithm = node.get("Algorithm")
    if not algorithm or algorithm not in allowed:
        name = node.tag.rpartition("}")[2]
        raise SignInFailed(
            cause, code=LOGGABLE_NAMES.get(algorithm, ""), field=name, received=algorithm or ""
        )


def refuse_ambiguous(document: Node) -> None:
    """Raise SignInFailed if an id occurs twice."""
    ids = [str(each) for each in find_elements(document, "//@ID")]
    if len(ids) != len(set(ids)) or find_elements(document, "//@xml:id"):
        raise SignInFailed("saml_response")


def refuse_signatures(*documents: Node) -> None:
    """Raise SignInFailed unless there is a signature, and each covers a whole element."""
    signatures = {
        each: None for document in documents for each in find_elements(document, "//ds:Signature")
    }
    if not signatures:
        raise SignInFailed("unsigned")
    for signature in signatures:
        refuse_signature(signature)


def refuse_signature(signature: Node) -> None:
    """Raise SignInFailed unless this signs its own parent: the response or the assertion."""
    signed = signature.getparent()
    root = signature.getroottree().getroot()
    references = find_elements(signature, "descendant::ds:Reference")
    targets = [each.get("URI") for each in references]
    if signed is not root and signed.getparent() is not root:
        raise SignInFailed("saml_response")
    if targets != [f"#{signed.get('ID', '')}"]:
        raise SignInFailed("saml_response")
    for path, allowed in (
        ("ds:SignedInfo/ds:SignatureMethod", SIGNATURES),
        ("ds:SignedInfo/ds:CanonicalizationMethod", CANONICAL),
        ("ds:SignedInfo/ds:Reference/ds:DigestMethod", DIGESTS),
        ("ds:SignedInfo/ds:Reference/ds:Transforms/ds:Transform", TRANSFORMS),
    ):
        for each in find_elements(signature, path):
            refuse_algorithm(each, allowed, "algorithm")
