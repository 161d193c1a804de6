"""What the provider posts back: believed only where it is signed, for us, now, for this sign-in.

python3-saml checks the schema, the signatures and what belongs together; before that, everything is
refused that it would let pass: other algorithms, signatures of anything but the whole response or
its one assertion, an answer to no request, a recipient that only begins like ours.

https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf (section 4.1.4)
https://cheatsheetseries.owasp.org/cheatsheets/SAML_Security_Cheat_Sheet.html
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.utils import OneLogin_Saml2_ValidationError as Invalid

from connections.signin.failures import SignInFailed
from connections.signin.saml import algorithms, certificates
from connections.signin.saml.metadata import Metadata, moment
from connections.signin.saml.names import (
    BEARER,
    SAML,
    SAMLP,
    STATUS,
    Node,
    NotXML,
    found,
    parsed,
    text_of,
)

SKEW = timedelta(seconds=60)
CAUSES = {
    Invalid.INVALID_SIGNATURE: "signature",
    Invalid.NO_SIGNATURE_FOUND: "unsigned",
    Invalid.ASSERTION_TOO_EARLY: "clock",
    Invalid.ASSERTION_EXPIRED: "clock",
    Invalid.SESSION_EXPIRED: "clock",
    # Of what it looks at, everything but the time was compared before.
    Invalid.WRONG_SUBJECTCONFIRMATION: "clock",
    Invalid.WRONG_AUDIENCE: "audience",
    Invalid.WRONG_ISSUER: "issuer",
    Invalid.ENCRYPTED_ATTRIBUTES: "encryption",
}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a response must fit, in the shape in which python3-saml asks for it."""

    provider: Metadata
    entity_id: str
    callback_url: str
    request_id: str
    key: str = field(repr=False)

    def is_strict(self) -> bool:
        """Everything is compared."""
        return True

    def is_debug_active(self) -> bool:
        """Nothing is printed."""
        return False

    def get_sp_key(self) -> str:
        """Our private key, by which assertions are decrypted."""
        return self.key

    def get_sp_data(self) -> dict[str, Any]:
        """Who we are."""
        return {"entityId": self.entity_id}

    def get_idp_data(self) -> dict[str, Any]:
        """Who the provider is, and the certificates of which one must have signed."""
        signing = list(certificates.each_pem(self.provider.certificates))
        return {"entityId": self.provider.entity_id, "x509certMulti": {"signing": signing}}

    def get_idp_cert(self) -> None:
        """None: there may be several."""

    def get_security_data(self) -> dict[str, Any]:
        """What is demanded besides; that something is signed always is."""
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
        """Where the response arrived."""
        address = urlsplit(self.callback_url)
        return {
            "https": "on" if address.scheme == "https" else "off",
            "http_host": address.netloc,
            "script_name": address.path,
        }


def verified(posted: str, terms: Terms) -> Node:
    """Return the assertion of a response that holds; raises SignInFailed."""
    content = decoded(posted)
    document = received(content)
    refuse_status(document)
    refuse_other_answer(document, terms)
    algorithms.refuse_encryption(document)
    response = opened(content, terms)
    for each in (response.document, response.get_xml_document()):
        algorithms.refuse_ambiguous(each)
    assertion = only_assertion(response)
    algorithms.refuse_signatures(response.document, response.get_xml_document())
    refuse_other_assertion(assertion, terms)
    refuse_invalid(response, terms)
    return assertion


def decoded(posted: str) -> bytes:
    """Return the bytes of what was posted."""
    try:
        return base64.b64decode("".join(posted.split()), validate=True)
    except (ValueError, binascii.Error):
        raise SignInFailed("saml_response") from None


def received(content: bytes) -> Node:
    """Return the response; raises SignInFailed for anything else."""
    try:
        root = parsed(content)
    except NotXML:
        raise SignInFailed("saml_response") from None
    if root.tag != f"{{{SAMLP}}}Response":
        raise SignInFailed("saml_response")
    return root


def refuse_status(document: Node) -> None:
    """Raise SignInFailed for what the provider calls its reason, where it signed nobody in.

    The inner code says more than the outer one, which only says whose fault it is.
    """
    codes = [
        each.get("Value", "").removeprefix(STATUS)
        for each in found(document, "/samlp:Response/samlp:Status//samlp:StatusCode")
    ]
    if not codes:
        raise SignInFailed("saml_response")
    if codes[0] == "Success":
        return
    if codes[-1] == "RequestDenied":
        raise SignInFailed("cancelled")
    raise SignInFailed(codes[-1] if codes[-1] in STATUSES else "unknown_code", code=codes[-1][:40])


# SAML Core, section 3.2.2.2.
STATUSES = frozenset(
    {
        "AuthnFailed",
        "InvalidNameIDPolicy",
        "NoAuthnContext",
        "NoPassive",
        "Requester",
        "RequestUnsupported",
        "Responder",
        "UnknownPrincipal",
    }
)


def refuse_other_answer(document: Node, terms: Terms) -> None:
    """Raise SignInFailed unless this answers our request, here."""
    if document.get("InResponseTo") != terms.request_id:
        raise SignInFailed("in_response_to")
    if document.get("Destination", terms.callback_url) != terms.callback_url:
        raise SignInFailed("destination")


def opened(content: bytes, terms: Terms) -> OneLogin_Saml2_Response:
    """Return the response as python3-saml reads it, decrypted."""
    try:
        return OneLogin_Saml2_Response(terms, base64.b64encode(content).decode())
    except Exception:
        raise SignInFailed("encryption") from None


def only_assertion(response: OneLogin_Saml2_Response) -> Node:
    """Return the one assertion, which stands where it belongs; raises SignInFailed."""
    everywhere = "//saml:Assertion | //saml:EncryptedAssertion"
    sent = found(response.document, everywhere)
    read = found(response.get_xml_document(), everywhere)
    root = response.get_xml_document()
    if len(sent) != 1 or len(read) != 1 or read[0].getparent() is not root:
        raise SignInFailed("saml_response")
    if read[0].tag != f"{{{SAML}}}Assertion":
        raise SignInFailed("encryption")
    return read[0]


def refuse_other_assertion(assertion: Node, terms: Terms) -> None:
    """Raise SignInFailed unless the provider made the assertion for us, this sign-in, and now."""
    if [text_of(each) for each in found(assertion, "saml:Issuer")] != [terms.provider.entity_id]:
        raise SignInFailed("issuer")
    refuse_other_audience(assertion, terms.entity_id)
    path = "saml:Subject/saml:SubjectConfirmation"
    bearers = [each for each in found(assertion, path) if each.get("Method") == BEARER]
    data = [one for each in bearers for one in found(each, "saml:SubjectConfirmationData")]
    if not data or any(each.get("InResponseTo") != terms.request_id for each in data):
        raise SignInFailed("in_response_to")
    if any(each.get("Recipient") != terms.callback_url for each in data):
        raise SignInFailed("destination")
    if not all(each.get("NotOnOrAfter") for each in data):
        raise SignInFailed("clock")
    for each in (*data, *found(assertion, "saml:Conditions")):
        refuse_other_time(each)


def refuse_other_audience(assertion: Node, entity_id: str) -> None:
    """Raise SignInFailed unless each restriction, and there must be one, names us."""
    restrictions = found(assertion, "saml:Conditions/saml:AudienceRestriction")
    named = [[text_of(one) for one in found(each, "saml:Audience")] for each in restrictions]
    if not named or not all(entity_id in each for each in named):
        raise SignInFailed("audience")


def refuse_other_time(node: Node) -> None:
    """Raise SignInFailed before and after the time that an element gives."""
    now = timezone.now()
    begins, ends = node.get("NotBefore"), node.get("NotOnOrAfter")
    if begins and moment(begins, "saml_response") > now + SKEW:
        raise SignInFailed("clock")
    if ends and moment(ends, "saml_response") <= now - SKEW:
        raise SignInFailed("clock")


def refuse_invalid(response: OneLogin_Saml2_Response, terms: Terms) -> None:
    """Raise SignInFailed unless the schema and the signatures hold."""
    try:
        response.is_valid(terms.request, request_id=terms.request_id, raise_exceptions=True)
    except Invalid as error:
        raise SignInFailed(CAUSES.get(error.code, "saml_response")) from None
