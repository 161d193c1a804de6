"""Who an assertion says somebody is.

https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf (sections 2.4 and 2.7)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from connections.claims import Claims
from connections.signin.failures import SignInFailed
from connections.signin.people import address_of, name_of
from connections.signin.reading import text_as_subject
from connections.signin.saml.names import EMAIL, PERSISTENT, TRANSIENT, Node, found, text_of

# As Entra ID and AD FS call claims.
# https://learn.microsoft.com/entra/identity-platform/reference-saml-tokens
MICROSOFT = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
# As universities do (eduPerson, by OID), then as others.
EMAILS = (
    "urn:oid:0.9.2342.19200300.100.1.3",
    "urn:oid:1.2.840.113549.1.9.1",
    f"{MICROSOFT}emailaddress",
    "email",
    "mail",
    "emailAddress",
    "Email",
    "User.email",
)
NAMES = (
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "displayName",
    "name",
    "cn",
    "urn:oid:2.5.4.3",
    f"{MICROSOFT}name",
)


def told(assertion: Node, *, provider: str) -> dict[str, Any]:
    """Return what the assertion says, as plain values; the provider is its entity ID."""
    names = found(assertion, "saml:Subject/saml:NameID")
    name = names[0] if len(names) == 1 else None
    qualifier = "" if name is None else name.get("NameQualifier", "")
    return {
        "name_id": "" if name is None else text_of(name),
        "format": "" if name is None else name.get("Format", ""),
        # An id of somebody else's, which means nothing without saying whose.
        "foreign": qualifier not in {"", provider},
        "attributes": attributes_of(assertion),
    }


def attributes_of(assertion: Node) -> dict[str, str]:
    """Return the first value of each attribute."""
    values: dict[str, str] = {}
    for attribute in found(assertion, "saml:AttributeStatement/saml:Attribute"):
        texts = [text_of(each) for each in found(attribute, "saml:AttributeValue")]
        values.setdefault(attribute.get("Name", ""), next(filter(None, texts), ""))
    return values


def read(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the person; raises SignInFailed without an id that lasts."""
    attributes: dict[str, str] = answer["attributes"]
    subject = subject_of(settings["subject_attribute"], answer)
    email = first(attributes, settings["email_attribute"], EMAILS)
    if not email and answer["format"] == EMAIL:
        email = answer["name_id"]
    # Nothing in SAML says that an address was proved.
    address, _verified = address_of({"email": email})
    name = first(attributes, settings["name_attribute"], NAMES)
    return Claims(
        namespace=namespace_of(namespace, settings["subject_attribute"]),
        subject=subject,
        name=name_of({"name": name, "email": address}, ("name", "email"), subject),
        address=address,
    )


def subject_of(attribute: str, answer: Mapping[str, Any]) -> str:
    """Return the id: of the attribute that was chosen, else the NameID."""
    if attribute:
        return text_as_subject(answer["attributes"], attribute)
    if answer["format"] == TRANSIENT:
        raise SignInFailed("transient")
    if answer["format"] == PERSISTENT and answer["foreign"]:
        raise SignInFailed("no_subject")
    return text_as_subject(answer, "name_id")


def namespace_of(namespace: str, attribute: str) -> str:
    """Return where the id is unique: what one attribute calls 17, another may call, too."""
    return f"{namespace}#{sha256(attribute.encode()).hexdigest()[:8]}" if attribute else namespace


def first(attributes: Mapping[str, str], chosen: str, usual: Iterable[str]) -> str:
    """Return the value of the attribute that was chosen, else of the first usual one."""
    names = (chosen,) if chosen else usual
    return next((attributes[name] for name in names if attributes.get(name)), "")
