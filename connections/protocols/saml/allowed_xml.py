"""The accepted elements of XML Signature and XML Encryption, and their allowed content.

With both standards a document can refer to files, URLs and programs: CipherReference,
RetrievalMethod, KeyInfoReference, URI, XPath, XSLT. The sender is unknown before a signature is
verified, and an assertion is decrypted before that. So the libraries get only what is listed here.

https://www.w3.org/TR/xmldsig-core1/
https://www.w3.org/TR/xmlenc-core1/
https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf (sections 5.4 and 6)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connections.protocols.saml.algorithms import EXCLUSIVE
from connections.protocols.saml.names import DS, DSIG11, NAMESPACES, SAML, SAMLP, XENC, XENC11, Node
from connections.values.failures import SignInFailed

PREFIXES = {DS: "ds", DSIG11: "dsig11", XENC: "xenc", XENC11: "xenc11"}
ENCRYPTED_KEY = f"{XENC}EncryptedKey"
MAX_ATTRIBUTE_VALUE = 1024
MAX_SIGNATURE = 8 * 1024
MAX_CERTIFICATE = 16 * 1024
MAX_PREFIXES = 16


@dataclass(frozen=True)
class Rule:
    """The allowed content of an element: attributes, length of text, and children."""

    attributes: frozenset[str] = frozenset()
    # None if only the parser limits the length.
    text: int | None = 0
    # By tag: the child's rule, and its minimum and maximum number.
    children: Mapping[str, tuple[Rule, int, int]] = field(default_factory=dict)


def leaf(*attributes: str, text: int | None = 0) -> Rule:
    """Return the rule of an element without children."""
    return Rule(frozenset(attributes), text)


def parent(attributes: Iterable[str], **children: tuple[Rule, int, int]) -> Rule:
    """Return the rule of an element with children, which are named with a prefix: ds_KeyInfo."""
    tags = {}
    for name, rule in children.items():
        prefix, local = name.split("_")
        tags[f"{{{NAMESPACES[prefix]}}}{local}"] = rule
    return Rule(frozenset(attributes), 0, tags)


ALGORITHM = ("Algorithm",)
INCLUSIVE = {f"{{{EXCLUSIVE}}}InclusiveNamespaces": (leaf("PrefixList"), 0, 1)}

X509_DATA = parent(
    (),
    ds_X509Certificate=(leaf(text=MAX_CERTIFICATE), 0, 10),
    ds_X509SubjectName=(leaf(text=2048), 0, 10),
    ds_X509IssuerSerial=(
        parent(
            (),
            ds_X509IssuerName=(leaf(text=2048), 1, 1),
            ds_X509SerialNumber=(leaf(text=128), 1, 1),
        ),
        0,
        10,
    ),
    ds_X509SKI=(leaf(text=256), 0, 10),
    dsig11_X509Digest=(leaf("Algorithm", text=256), 0, 10),
)
KEY_VALUE = parent(
    (),
    ds_RSAKeyValue=(
        parent((), ds_Modulus=(leaf(text=MAX_SIGNATURE), 1, 1), ds_Exponent=(leaf(text=128), 1, 1)),
        0,
        1,
    ),
    dsig11_ECKeyValue=(
        parent(
            ("Id",),
            dsig11_NamedCurve=(leaf("URI"), 1, 1),
            dsig11_PublicKey=(leaf(text=1024), 1, 1),
        ),
        0,
        1,
    ),
)
KEY = {
    "ds_KeyName": (leaf(text=1024), 0, 10),
    "ds_KeyValue": (KEY_VALUE, 0, 10),
    "ds_X509Data": (X509_DATA, 0, 10),
}
KEY_INFO = parent(("Id",), **KEY)

TRANSFORM = Rule(frozenset(ALGORITHM), 0, INCLUSIVE)
SIGNATURE = parent(
    ("Id",),
    ds_SignedInfo=(
        parent(
            ("Id",),
            ds_CanonicalizationMethod=(TRANSFORM, 1, 1),
            ds_SignatureMethod=(leaf("Algorithm"), 1, 1),
            ds_Reference=(
                parent(
                    ("Id", "URI", "Type"),
                    ds_Transforms=(parent((), ds_Transform=(TRANSFORM, 1, 2)), 0, 1),
                    ds_DigestMethod=(leaf("Algorithm"), 1, 1),
                    ds_DigestValue=(leaf(text=256), 1, 1),
                ),
                1,
                1,
            ),
        ),
        1,
        1,
    ),
    ds_SignatureValue=(leaf("Id", text=MAX_SIGNATURE), 1, 1),
    ds_KeyInfo=(KEY_INFO, 0, 1),
)

CIPHER_DATA = parent((), xenc_CipherValue=(leaf(text=None), 1, 1))
ENCRYPTED_ATTRIBUTES = ("Id", "Type", "MimeType")
KEY_ENCRYPTION = parent(
    ("Id", "Recipient", *ENCRYPTED_ATTRIBUTES),
    xenc_EncryptionMethod=(
        parent(
            ALGORITHM,
            ds_DigestMethod=(leaf("Algorithm"), 0, 1),
            xenc11_MGF=(leaf("Algorithm"), 0, 1),
            xenc_OAEPparams=(leaf(text=256), 0, 1),
            xenc_KeySize=(leaf(text=16), 0, 1),
        ),
        1,
        1,
    ),
    # Describes our own key, which is known. A key must not be encrypted with another key.
    ds_KeyInfo=(KEY_INFO, 0, 1),
    xenc_CipherData=(parent((), xenc_CipherValue=(leaf(text=MAX_SIGNATURE), 1, 1)), 1, 1),
    # References to this key, which are never followed.
    xenc_ReferenceList=(parent((), xenc_DataReference=(leaf("URI"), 0, 4)), 0, 1),
    xenc_CarriedKeyName=(leaf(text=1024), 0, 1),
)
# One for each recipient.
MAX_KEYS = 4
ENCRYPTED_DATA = parent(
    ENCRYPTED_ATTRIBUTES,
    xenc_EncryptionMethod=(
        parent(ALGORITHM, xenc_KeySize=(leaf(text=16), 0, 1)),
        1,
        1,
    ),
    ds_KeyInfo=(
        parent(
            ("Id",),
            **KEY,
            xenc_EncryptedKey=(KEY_ENCRYPTION, 0, MAX_KEYS),
            # Refers to a key next to the data, as Okta and Shibboleth may send it; see
            # `check_retrieval`.
            ds_RetrievalMethod=(leaf("Type", "URI"), 0, MAX_KEYS),
        ),
        0,
        1,
    ),
    xenc_CipherData=(CIPHER_DATA, 1, 1),
)

RESPONSE_RULES = {
    (f"{{{SAMLP}}}Response", f"{{{DS}}}Signature"): (SIGNATURE, 1),
    (f"{{{SAML}}}Assertion", f"{{{DS}}}Signature"): (SIGNATURE, 1),
    (f"{{{SAML}}}SubjectConfirmationData", f"{{{DS}}}KeyInfo"): (KEY_INFO, 4),
    (f"{{{SAML}}}EncryptedAssertion", f"{{{XENC}}}EncryptedData"): (ENCRYPTED_DATA, 1),
    (f"{{{SAML}}}EncryptedAssertion", f"{{{XENC}}}EncryptedKey"): (KEY_ENCRYPTION, MAX_KEYS),
}
# Metadata is only parsed by us, and no reference is followed. Allowed in any element.
METADATA_RULES = {
    f"{{{DS}}}Signature": SIGNATURE,
    f"{{{DS}}}KeyInfo": KEY_INFO,
    f"{{{DS}}}DigestMethod": leaf("Algorithm"),
    f"{{{XENC}}}KeySize": leaf(text=16),
    f"{{{XENC}}}OAEPparams": leaf(text=256),
    f"{{{XENC11}}}MGF": leaf("Algorithm"),
}

# The names that a record may have. It never contains values from the document.
LOGGABLE_NAMES = frozenset(
    {
        "ds:HMACOutputLength",
        "ds:KeyInfo",
        "ds:Manifest",
        "ds:MgmtData",
        "ds:Object",
        "ds:PGPData",
        "ds:Reference",
        "ds:RetrievalMethod",
        "ds:SPKIData",
        "ds:Signature",
        "ds:Transform",
        "ds:Transforms",
        "ds:X509CRL",
        "ds:XPath",
        "dsig11:DEREncodedKeyValue",
        "dsig11:KeyInfoReference",
        "xenc:AgreementMethod",
        "xenc:CipherData",
        "xenc:CipherReference",
        "xenc:CipherValue",
        "xenc:EncryptedData",
        "xenc:EncryptedKey",
        "xenc:EncryptionMethod",
        "xenc:EncryptionProperties",
        "xenc:Transforms",
        "xenc11:DerivedKey",
        "xsl:stylesheet",
    }
)


def check_response(document: Node) -> None:
    """Raise SignInFailed if a response has an element that the rules do not allow."""
    counted: Counter[tuple[Node, str]] = Counter()
    for each in document.iter():
        if not is_outermost(each):
            continue
        above = each.getparent()
        key = ("" if above is None else above.tag, each.tag)
        if key not in RESPONSE_RULES:
            raise misplaced_element(each)
        rule, most = RESPONSE_RULES[key]
        counted[above, each.tag] += 1
        if counted[above, each.tag] > most:
            raise SignInFailed("saml_response")
        check(each, rule, "saml_forbidden")
    check_retrieval(document)


def check_metadata(document: Node) -> None:
    """Raise SignInFailed if metadata has an element that the rules do not allow."""
    for each in document.iter():
        if not is_outermost(each):
            continue
        if each.tag not in METADATA_RULES:
            raise SignInFailed("metadata_forbidden", code=display_tag(each.tag))
        check(each, METADATA_RULES[each.tag], "metadata_forbidden")


def is_outermost(node: Node) -> bool:
    """Whether this is an element of the standards whose parent is not."""
    above = node.getparent()
    return is_standard_element(node) and (above is None or not is_standard_element(above))


def is_standard_element(node: Node) -> bool:
    """Whether the element belongs to XML Signature or XML Encryption."""
    return xml_namespace(node.tag) in PREFIXES


def xml_namespace(tag: str) -> str:
    """Return the namespace of a tag, or ""."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def misplaced_element(node: Node) -> SignInFailed:
    """Return the failure for an element that is not allowed in its parent."""
    above = node.getparent()
    if above is not None and above.tag in SEPARATELY_ENCRYPTED:
        return SignInFailed("encrypted_part", code=SEPARATELY_ENCRYPTED[above.tag])
    if node.tag == f"{{{DS}}}Signature":
        return SignInFailed("saml_response")
    return SignInFailed("saml_forbidden", code=display_tag(node.tag))


SEPARATELY_ENCRYPTED = {
    f"{{{SAML}}}EncryptedID": "saml:EncryptedID",
    f"{{{SAML}}}EncryptedAttribute": "saml:EncryptedAttribute",
}


def check(node: Node, rule: Rule, cause: str) -> None:
    """Raise SignInFailed unless an element and its descendants comply with the rule.

    The parser limits the depth of the recursion.
    """
    if set(node.attrib) - rule.attributes:
        raise SignInFailed(cause, code=display_tag(node.tag))
    if any(len(value) > MAX_ATTRIBUTE_VALUE for value in node.attrib.values()):
        raise SignInFailed(cause, code=display_tag(node.tag))
    if len(node.get("PrefixList", "").split()) > MAX_PREFIXES:
        raise SignInFailed(cause, code=display_tag(node.tag))
    if rule.text is not None and len(own_text(node)) > rule.text:
        raise SignInFailed(cause, code=display_tag(node.tag))
    counted = Counter(child.tag for child in node)
    for child in node:
        if child.tag not in rule.children:
            raise SignInFailed(cause, code=display_tag(child.tag))
    for tag, (_rule, least, most) in rule.children.items():
        if not least <= counted[tag] <= most:
            raise SignInFailed(cause, code=display_tag(tag))
    for child in node:
        check(child, rule.children[child.tag][0], cause)


def own_text(node: Node) -> str:
    """Return the text of an element outside its children, without surrounding whitespace."""
    return "".join([node.text or "", *(child.tail or "" for child in node)]).strip()


def check_retrieval(document: Node) -> None:
    """Raise SignInFailed unless each RetrievalMethod refers to a key next to the data."""
    for method in document.iter(f"{{{DS}}}RetrievalMethod"):
        wrapper = next(method.iterancestors(f"{{{SAML}}}EncryptedAssertion"))
        beside = {f"#{each.get('Id', '')}" for each in wrapper.iter(f"{{{XENC}}}EncryptedKey")}
        if method.get("Type") != ENCRYPTED_KEY or method.get("URI") not in beside - {"#"}:
            raise SignInFailed("saml_forbidden", code=display_tag(method.tag))


def display_tag(tag: str) -> str:
    """Return an element's name for a record, or "" if it is not on the list."""
    prefixes = {**PREFIXES, "http://www.w3.org/1999/XSL/Transform": "xsl"}
    name = f"{prefixes.get(xml_namespace(tag), '')}:{tag.rpartition('}')[2]}"
    return name if name in LOGGABLE_NAMES else ""
