"""Verify a SAML response: signature, audience, times, and the request that it responds to.

python3-saml checks the schema, the signatures and the relations between elements. Before that,
everything is refused that it would accept: other algorithms, signatures of anything but the whole
response or its only assertion, a response without a request, a recipient that only begins like
ours.

https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf (section 4.1.4)
https://cheatsheetseries.owasp.org/cheatsheets/SAML_Security_Cheat_Sheet.html
"""

from __future__ import annotations

import base64
import binascii
import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.utils import OneLogin_Saml2_ValidationError as Invalid

from connections.protocols.messages import cleaned
from connections.protocols.saml import algorithms, allowed_xml, certificates
from connections.protocols.saml.decryption import Undecryptable, decrypt
from connections.protocols.saml.metadata import Metadata, parse_time
from connections.protocols.saml.names import (
    BEARER,
    SAML,
    SAMLP,
    STATUS,
    Node,
    element_text,
    find_elements,
)
from connections.protocols.saml.xml_parser import ExceedsLimits, InvalidXML, parse
from connections.values.failures import SignInFailed
from core.text import LONGEST_READ

# Base64, so 192 KB of XML. The body of a request is not larger; see DATA_UPLOAD_MAX_MEMORY_SIZE.
MAX_POSTED = 256 * 1024
TIMES = frozenset({"NotBefore", "NotOnOrAfter", "SessionNotOnOrAfter"})
SKEW = timedelta(seconds=60)
CAUSES = {
    Invalid.INVALID_SIGNATURE: "signature",
    Invalid.NO_SIGNATURE_FOUND: "unsigned",
    Invalid.ASSERTION_TOO_EARLY: "clock",
    Invalid.ASSERTION_EXPIRED: "clock",
    Invalid.SESSION_EXPIRED: "clock",
    # Everything that it checks except the time was compared before.
    Invalid.WRONG_SUBJECTCONFIRMATION: "clock",
    Invalid.WRONG_AUDIENCE: "audience",
    Invalid.WRONG_ISSUER: "issuer",
}


@dataclass(frozen=True, kw_only=True)
class ExpectedValues:
    """The expected values of a response, as the settings object of python3-saml."""

    provider: Metadata
    entity_id: str
    callback_url: str
    request_id: str
    key: str = field(repr=False)

    def is_strict(self) -> bool:
        """Return True: all values are compared."""
        return True

    def is_debug_active(self) -> bool:
        """Return False: nothing is printed."""
        return False

    def get_sp_key(self) -> str:
        """Return our private key for decryption."""
        return self.key

    def get_sp_data(self) -> dict[str, Any]:
        """Return our entity ID."""
        return {"entityId": self.entity_id}

    def get_idp_data(self) -> dict[str, Any]:
        """Return the provider's entity ID and its signing certificates."""
        signing = list(certificates.split_pem(self.provider.certificates))
        return {"entityId": self.provider.entity_id, "x509certMulti": {"signing": signing}}

    def get_idp_cert(self) -> None:
        """Return None: there may be several certificates."""

    def get_security_data(self) -> dict[str, Any]:
        """Return further requirements. A signature is always required."""
        return {
            "wantAssertionsSigned": False,
            "wantMessagesSigned": False,
            "wantAssertionsEncrypted": False,
            "wantNameIdEncrypted": False,
            "wantAttributeStatement": False,
            "failOnAuthnContextMismatch": False,
            "requestedAuthnContext": False,
            "rejectDeprecatedAlgorithm": True,
            "allowRepeatAttributeName": True,
        }

    @property
    def request(self) -> dict[str, str]:
        """The URL at which the response arrived."""
        address = urlsplit(self.callback_url)
        return {
            "https": "on" if address.scheme == "https" else "off",
            "http_host": address.netloc,
            "script_name": address.path,
        }


class Response(OneLogin_Saml2_Response):  # type: ignore[misc]
    """A response of python3-saml, except that we decrypt the assertion and read its values.

    xmlsec would follow references in it, and parse the plaintext without our limits. python3-saml
    reads only times that end with Z, and texts without white space around them.
    """

    def _query_assertion(self, xpath_expr: str) -> list[Node]:
        """Return copies of the elements with times in UTC and texts without white space around
        them.

        The library only reads them. Signatures are verified over the document itself.
        """
        return [normalized(each) for each in super()._query_assertion(xpath_expr)]

    def get_in_response_to(self) -> str | None:
        value = self.document.get("InResponseTo")
        return None if value is None else collapsed(value)

    def get_issuers(self) -> list[str]:
        return [each.strip() for each in super().get_issuers()]

    def _decrypt_assertion(self, xml: Node) -> Node:
        (wrapper,) = find_elements(xml, "saml:EncryptedAssertion")
        terms: ExpectedValues = self._settings
        xml.replace(wrapper, decrypt(wrapper, key=terms.key, entity_id=terms.entity_id))
        return xml


def normalized(element: Node) -> Node:
    """Return a copy of an element for python3-saml; see `Response`."""
    copy = deepcopy(element)
    for each in copy.iter("*"):
        for name in TIMES.intersection(each.keys()):
            time = parse_time(each.get(name), "saml_response")
            each.set(name, f"{time:%Y-%m-%dT%H:%M:%SZ}")
        if "InResponseTo" in each.keys():  # noqa: SIM118 - an element is no mapping
            each.set("InResponseTo", collapsed(each.get("InResponseTo")))
        if each.text and not len(each):
            each.text = each.text.strip()
    return copy


def verify_response(posted: str, terms: ExpectedValues) -> Node:
    """Return the assertion of a valid response; raises SignInFailed.

    Until the last step the content is not trusted. Neither xmlsec nor python3-saml nor our key gets
    anything, including decrypted content, before `allowed_xml` and `algorithms` have checked it.
    """
    content = decoded(posted)
    document = received(content)
    refuse_status(document)
    refuse_other_answer(document, terms)
    refuse_unsafe(document)
    algorithms.refuse_encryption(document)
    response = parse_response(content, terms)
    assertion = only_assertion(response.get_xml_document())
    if response.encrypted:
        refuse_unsafe(response.get_xml_document())
    if assertion.tag != f"{{{SAML}}}Assertion":
        raise SignInFailed("encryption")
    algorithms.refuse_signatures(response.document, response.get_xml_document())
    refuse_other_assertion(assertion, terms)
    refuse_invalid(response, terms)
    return assertion


def refuse_unsafe(document: Node) -> None:
    """Raise SignInFailed for elements that a library could follow or misinterpret."""
    only_assertion(document)
    algorithms.refuse_ambiguous(document)
    allowed_xml.check_response(document)


def decoded(posted: str) -> bytes:
    """Return the decoded bytes of the posted field."""
    if len(posted) > MAX_POSTED:
        raise SignInFailed("saml_limits")
    try:
        return base64.b64decode("".join(posted.split()), validate=True)
    except (ValueError, binascii.Error):
        raise SignInFailed("saml_response") from None


def received(content: bytes) -> Node:
    """Return the root of the response; raises SignInFailed for another document."""
    try:
        root = parse(content)
    except ExceedsLimits:
        raise SignInFailed("saml_limits") from None
    except InvalidXML:
        raise SignInFailed("saml_response") from None
    if root.tag != f"{{{SAMLP}}}Response":
        raise SignInFailed("saml_response")
    return root


def refuse_status(document: Node) -> None:
    """Raise SignInFailed with the provider's status code unless it is Success.

    The inner code is more specific than the outer one.
    """
    path = "/samlp:Response/samlp:Status//samlp:StatusCode"
    codes = [
        collapsed(each.get("Value", "")).removeprefix(STATUS)
        for each in find_elements(document, path)
    ]
    if not codes:
        raise SignInFailed("saml_response", field="StatusCode", expected="Success")
    if codes[0] == "Success":
        return
    path = "/samlp:Response/samlp:Status/samlp:StatusMessage"
    message = " ".join(element_text(each) for each in find_elements(document, path))
    known = next((each for each in reversed(codes) if each in STATUSES), "unknown_code")
    if CANCELLATION.search(message[:LONGEST_READ]) and codes[-1] in CANCELLABLE:
        known = "cancelled"
    raise SignInFailed(
        known, code=codes[-1], field="StatusCode", received=codes, message=cleaned(message, ())
    )


# SAML Core, section 3.2.2.2. For any other inner code, the outer one counts.
STATUSES = frozenset(
    {
        "AuthnFailed",
        "InvalidNameIDPolicy",
        "NoAuthnContext",
        "NoPassive",
        "RequestDenied",
        "Requester",
        "RequestUnsupported",
        "Responder",
        "UnknownPrincipal",
        "VersionMismatch",
    }
)
# SAML has no status for a sign-in that the user cancelled, so only the message tells it. Italy's
# SPID has a number: https://docs.italia.it/italia/spid/spid-regole-tecniche/it/stabile/messaggi-errore.html
CANCELLABLE = frozenset({"AuthnFailed", "RequestDenied", "Responder"})
CANCELLATION = re.compile(r"(?i)\bcancel|\bErrorCode nr25\b|取消")
# The white space that XML Schema collapses in the types anyURI and NCName.
XML_SPACE = " \t\r\n"


def collapsed(value: str) -> str:
    """Return the value of an attribute without white space around it."""
    return value.strip(XML_SPACE)


def refuse_other_answer(document: Node, terms: ExpectedValues) -> None:
    """Raise SignInFailed unless this is the response to our request, sent to this URL."""
    refuse_other_request(document, terms)
    refuse_other_address(document, "Destination", terms)


def refuse_other_request(node: Node, terms: ExpectedValues) -> None:
    """Raise SignInFailed unless an element responds to our request."""
    value = node.get("InResponseTo")
    if value is None or collapsed(value) != terms.request_id:
        # Our request's id is derived from a secret.
        received = "another request" if value else ""
        raise SignInFailed("in_response_to", field="InResponseTo", received=received)


def refuse_other_address(node: Node, name: str, terms: ExpectedValues) -> None:
    """Raise SignInFailed if an element was sent to another URL than this one."""
    value = node.get(name)
    # A Destination is required only in signed responses.
    if value is None and name == "Destination":
        return
    if value is None or collapsed(value) != terms.callback_url:
        raise SignInFailed(
            "destination", field=name, received=value or "", expected=terms.callback_url
        )


def parse_response(content: bytes, terms: ExpectedValues) -> Response:
    """Return the response as parsed by python3-saml, decrypted."""
    try:
        return Response(terms, base64.b64encode(content).decode())
    except Undecryptable:
        raise SignInFailed("encryption") from None


def only_assertion(document: Node) -> Node:
    """Return the only assertion, a child of the response; raises SignInFailed."""
    assertions = find_elements(document, "//saml:Assertion | //saml:EncryptedAssertion")
    if len(assertions) != 1 or assertions[0].getparent() is not document:
        raise SignInFailed("saml_response")
    return assertions[0]


def refuse_other_assertion(assertion: Node, terms: ExpectedValues) -> None:
    """Raise SignInFailed unless the assertion has our issuer, audience, request and time."""
    issuers = [element_text(each) for each in find_elements(assertion, "saml:Issuer")]
    if issuers != [terms.provider.entity_id]:
        raise other_issuer(issuers, terms)
    refuse_other_audience(assertion, terms.entity_id)
    path = "saml:Subject/saml:SubjectConfirmation"
    bearers = [
        each
        for each in find_elements(assertion, path)
        if collapsed(each.get("Method", "")) == BEARER
    ]
    data = [one for each in bearers for one in find_elements(each, "saml:SubjectConfirmationData")]
    if not data:
        raise SignInFailed("in_response_to", field="SubjectConfirmationData", received="")
    for each in data:
        refuse_other_request(each, terms)
    for each in data:
        refuse_other_address(each, "Recipient", terms)
    if not all(each.get("NotOnOrAfter") for each in data):
        raise SignInFailed("clock", field="NotOnOrAfter", received="")
    for each in (*data, *find_elements(assertion, "saml:Conditions")):
        refuse_other_time(each)


def other_issuer(received: object, terms: ExpectedValues) -> SignInFailed:
    """Return the failure for a response of another provider."""
    expected = terms.provider.entity_id
    return SignInFailed("issuer", field="Issuer", received=received, expected=expected)


def refuse_other_audience(assertion: Node, entity_id: str) -> None:
    """Raise SignInFailed unless there is an audience restriction and each includes us."""
    restrictions = find_elements(assertion, "saml:Conditions/saml:AudienceRestriction")
    named = [
        [element_text(one) for one in find_elements(each, "saml:Audience")] for each in restrictions
    ]
    if not named or not all(entity_id in each for each in named):
        received = [one for each in named for one in each]
        raise SignInFailed("audience", field="Audience", received=received, expected=entity_id)


def refuse_other_time(node: Node) -> None:
    """Raise SignInFailed outside the validity period of an element."""
    now = timezone.now()
    for name, comparison in (("NotBefore", "not after"), ("NotOnOrAfter", "after")):
        value = node.get(name)
        if not value:
            continue
        time = parse_time(value, "saml_response")
        is_wrong = time > now + SKEW if name == "NotBefore" else time <= now - SKEW
        if is_wrong:
            expected = f"{comparison} {now:%Y-%m-%dT%H:%M:%SZ}"
            raise SignInFailed("clock", field=name, received=value, expected=expected)


def refuse_invalid(response: OneLogin_Saml2_Response, terms: ExpectedValues) -> None:
    """Raise SignInFailed unless the schema and the signatures are valid."""
    try:
        response.is_valid(terms.request, request_id=terms.request_id, raise_exceptions=True)
    except Invalid as error:
        cause = CAUSES.get(error.code, "saml_response")
        if cause == "issuer":
            # That of the assertion was compared before.
            raise other_issuer(issuer_of(response.document), terms) from None
        raise SignInFailed(cause) from None
    except Exception:
        # For example a time that the schema allows but Python does not. Nothing is verified by
        # then.
        raise SignInFailed("saml_response") from None


def issuer_of(document: Node) -> str:
    """Return the issuer of a response, or ""."""
    return " ".join(element_text(each) for each in find_elements(document, "saml:Issuer"))
