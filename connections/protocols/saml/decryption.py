"""Decrypt an assertion whose elements and algorithms were checked before.

Only the encrypted key and the encrypted content are read. No reference is followed.

https://www.w3.org/TR/xmlenc-core1/
"""

from __future__ import annotations

import base64
import binascii
import re
from xml.sax.saxutils import quoteattr

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connections.protocols.saml.algorithms import CONTENT, DIGEST, MASK
from connections.protocols.saml.certificates import load_own_key
from connections.protocols.saml.names import SAML, Node, element_text, find_elements
from connections.protocols.saml.xml_parser import DECLARATION, InvalidXML, parse

BLOCK = 16
GCM_NONCE = 12
GCM_TAG = 16


class Undecryptable(Exception):
    """The assertion is not encrypted for us or is damaged. It does not reveal which."""


def decrypt(wrapper: Node, *, key: str, entity_id: str) -> Node:
    """Return the assertion of an EncryptedAssertion; raises Undecryptable.

    At most one RSA operation: the key is chosen by the recipient in the document.
    """
    try:
        private = load_own_key(key)
        (data,) = find_elements(wrapper, "xenc:EncryptedData")
        content_key = decrypt_key(chosen_key(wrapper, entity_id), private)
        return assertion_of(decrypt_content(data, content_key), wrapper)
    except (TypeError, ValueError, InvalidTag, InvalidXML):
        raise Undecryptable from None


def chosen_key(wrapper: Node, entity_id: str) -> Node:
    """Return the one key for us, inside the data or next to it."""
    keys = find_elements(
        wrapper, "xenc:EncryptedData/ds:KeyInfo/xenc:EncryptedKey | xenc:EncryptedKey"
    )
    if len(keys) > 1:
        keys = [each for each in keys if each.get("Recipient", entity_id) == entity_id]
    if len(keys) != 1:
        raise Undecryptable
    return keys[0]


def decrypt_key(encrypted: Node, private: rsa.RSAPrivateKey) -> bytes:
    """Return the content encryption key."""
    wrapped = cipher_value(encrypted)
    if len(wrapped) != private.key_size // 8:
        raise Undecryptable
    (method,) = find_elements(encrypted, "xenc:EncryptionMethod")
    named = [each.get("Algorithm") for each in find_elements(method, "ds:DigestMethod")]
    digest = DIGEST[named[0] if named else ""]
    label = b"".join(base64_of(each) for each in find_elements(method, "xenc:OAEPparams"))
    scheme = padding.OAEP(padding.MGF1(MASK()), digest(), label or None)
    return private.decrypt(wrapped, scheme)


def decrypt_content(data: Node, key: bytes) -> bytes:
    """Return the plaintext of the data."""
    (method,) = find_elements(data, "xenc:EncryptionMethod")
    name, bits = CONTENT[method.get("Algorithm")]
    if len(key) * 8 != bits:
        raise Undecryptable
    value = cipher_value(data)
    if name == "gcm":
        if len(value) < GCM_NONCE + GCM_TAG:
            raise Undecryptable
        return AESGCM(key).decrypt(value[:GCM_NONCE], value[GCM_NONCE:], None)
    if len(value) < 2 * BLOCK or len(value) % BLOCK:
        raise Undecryptable
    decryptor = Cipher(algorithms.AES(key), modes.CBC(value[:BLOCK])).decryptor()
    padded = decryptor.update(value[BLOCK:]) + decryptor.finalize()
    # Only the last byte of the padding is defined.
    if not 1 <= padded[-1] <= BLOCK:
        raise Undecryptable
    return padded[: -padded[-1]]


def cipher_value(encrypted: Node) -> bytes:
    """Return the bytes of an EncryptedData or EncryptedKey."""
    (value,) = find_elements(encrypted, "xenc:CipherData/xenc:CipherValue")
    return base64_of(value)


def base64_of(node: Node) -> bytes:
    """Return the decoded base64 content of an element."""
    try:
        return base64.b64decode(re.sub(r"\s", "", element_text(node)), validate=True)
    except binascii.Error:
        raise Undecryptable from None


def assertion_of(plaintext: bytes, wrapper: Node) -> Node:
    """Return the assertion in the plaintext, parsed in the context of its wrapper.

    Namespaces may be declared outside the encrypted content.
    """
    declared = "".join(
        f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}"
        for prefix, uri in wrapper.nsmap.items()
    )
    text = DECLARATION.sub("", plaintext.decode(), count=1)
    root = parse(f"<context{declared}>{text}</context>".encode())
    children = list(root)
    if [each.tag for each in children] != [f"{{{SAML}}}Assertion"]:
        raise Undecryptable
    return children[0]
