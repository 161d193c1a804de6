"""Claims of a user by a SAML assertion.

https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf (sections 2.4 and 2.7)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connections.protocols.profiles import Names, email_claim, name_of
from connections.protocols.responses import text_as_subject
from connections.protocols.saml.names import (
    EMAIL,
    PERSISTENT,
    TRANSIENT,
    Node,
    element_text,
    find_elements,
)
from connections.values.claims import LONGEST_SUBJECT, Claims
from connections.values.failures import SignInFailed
from core.text import display_name

# The prefix of claims in Entra ID and AD FS.
# https://learn.microsoft.com/entra/identity-platform/reference-saml-tokens
MICROSOFT = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
# Names used by universities (eduPerson, by OID) come before others.
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
NAMES: Names = (
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "displayName",
    "name",
    "cn",
    "urn:oid:2.5.4.3",
    ("urn:oid:2.5.4.42", "urn:oid:2.5.4.4"),
    (f"{MICROSOFT}givenname", f"{MICROSOFT}surname"),
    ("givenName", "sn"),
    ("givenName", "surname"),
    ("firstName", "lastName"),
    ("FirstName", "LastName"),
    ("User.FirstName", "User.LastName"),
    # Often the user name.
    f"{MICROSOFT}name",
)


def parse_assertion(assertion: Node, *, provider: str) -> dict[str, Any]:
    """Return the assertion's content as plain values. `provider` is the entity ID."""
    names = find_elements(assertion, "saml:Subject/saml:NameID")
    name = names[0] if len(names) == 1 else None
    qualifier = "" if name is None else name.get("NameQualifier", "")
    return {
        "name_id": "" if name is None else element_text(name),
        "format": "" if name is None else name.get("Format", "").strip(),
        # The id belongs to another provider and is not unique at this one.
        "foreign": qualifier not in {"", provider},
        "attributes": attributes_of(assertion),
    }


def attributes_of(assertion: Node) -> dict[str, str]:
    """Return the first value of each attribute."""
    values: dict[str, str] = {}
    for attribute in find_elements(assertion, "saml:AttributeStatement/saml:Attribute"):
        texts = [element_text(each) for each in find_elements(attribute, "saml:AttributeValue")]
        values.setdefault(attribute.get("Name", ""), next(filter(None, texts), ""))
    return values


def parse_claims(settings: Mapping[str, Any], namespace: str, answer: Mapping[str, Any]) -> Claims:
    """Return the user's claims; raises SignInFailed without a persistent id."""
    attributes: dict[str, str] = answer["attributes"]
    subject = subject_of(settings["subject_attribute"], answer)
    email = first_value(attributes, settings["email_attribute"], EMAILS)
    if not email and answer["format"] == EMAIL:
        email = answer["name_id"]
    # SAML has no claim for a verified address.
    address, _verified = email_claim({"email": email})
    chosen = settings["name_attribute"]
    return Claims(
        namespace=namespace,
        subject=subject,
        name=name_of(attributes, (chosen,) if chosen else NAMES) or display_name(address),
        address=address,
    )


def subject_of(attribute: str, answer: Mapping[str, Any]) -> str:
    """Return the id from the chosen attribute, or the NameID."""
    if attribute:
        return text_as_subject(answer["attributes"], attribute, longest=LONGEST_SUBJECT)
    if answer["format"] == TRANSIENT:
        raise SignInFailed("transient")
    if answer["format"] == PERSISTENT and answer["foreign"]:
        raise SignInFailed("no_subject", field="NameQualifier", expected="the provider's own")
    return text_as_subject(answer, "name_id", longest=LONGEST_SUBJECT)


def first_value(attributes: Mapping[str, str], chosen: str, usual: Iterable[str]) -> str:
    """Return the value of the chosen attribute, or of the first usual one."""
    names = (chosen,) if chosen else usual
    return next((attributes[name] for name in names if attributes.get(name)), "")
