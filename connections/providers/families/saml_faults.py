"""Faults of SAML responses, and of the status codes of providers.

https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
"""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.protocols.saml.response import MAX_POSTED
from connections.protocols.saml.xml_parser import MAX_DEPTH, MAX_ELEMENTS
from connections.values.failures import REPORT
from connections.values.faults import (
    ASK_PROVIDER,
    Fault,
    misconfigured,
    not_allowed,
    rejected,
    try_again,
    unavailable,
)
from connections.values.outcomes import Outcome

RESPONSE_FAULTS = {
    "saml_response": rejected(_("This is not a valid SAML 2.0 response."), REPORT),
    "saml_limits": rejected(
        format_lazy(
            _(
                "The response is too large or too complex: more than {size} KB in Base64, {depth} "
                "levels, or {elements} elements."
            ),
            size=MAX_POSTED // 1024,
            depth=MAX_DEPTH,
            elements=MAX_ELEMENTS,
        ),
        _("Send fewer attributes or groups."),
    ),
    "saml_forbidden": rejected(
        _(
            "A signature or encrypted part of the response has an element or attribute that is "
            "not accepted, or lacks one. The code below names it if it is a known one."
        ),
        _(
            "Change the signing and encryption settings at the identity provider: encrypted data "
            "and keys inline (CipherValue), certificates inline (X509Certificate), one reference "
            "to the signed element, and no references to other places."
        ),
    ),
    "unsigned": rejected(
        _("Neither the response nor the assertion was signed."),
        _("Enable signing at the identity provider, for the assertion or the response."),
    ),
    "signature": rejected(
        _("The signature does not match a known certificate, or the response was altered."),
        _("Check that the certificates are the provider's current ones."),
    ),
    "algorithm": rejected(
        _(
            "The response is signed with an algorithm or a transform that is not accepted, such "
            "as SHA-1. The code below names it if it is a known one."
        ),
        _("Choose RSA-SHA256 and exclusive canonicalization at the identity provider."),
    ),
    "encryption": rejected(
        _("The assertion could not be decrypted."),
        _("Encrypt it for the certificate in our metadata. The provider may have an old one."),
    ),
    "encryption_algorithm": rejected(
        _(
            "The assertion is encrypted with an algorithm that is not accepted. The code below "
            "names it if it is a known one."
        ),
        _("Choose AES (CBC or GCM) and RSA-OAEP (rsa-oaep-mgf1p) at the identity provider."),
    ),
    "encrypted_part": rejected(
        _("The NameID or an attribute is encrypted by itself, which is not supported."),
        _("Encrypt the whole assertion at the identity provider, or nothing."),
    ),
    "issuer": rejected(
        _("The response came from a different identity provider than expected."),
        _("The entity ID must match the provider's metadata exactly."),
    ),
    "audience": rejected(
        _("The assertion was issued to another application."),
        _("The entity ID entered at the provider must match ours exactly."),
    ),
    "destination": rejected(
        _("The response was issued for a different callback URL."),
        _("The callback URL entered at the provider must match ours exactly."),
    ),
    "in_response_to": rejected(
        _("The response did not match any request."),
        _("Start on the sign-in page. Sign-in that the provider starts is not accepted."),
    ),
    "clock": misconfigured(
        _("The assertion has expired or is not yet valid."),
        _("Check the clocks of this server and of the provider."),
    ),
    "transient": misconfigured(
        _("The provider sent a NameID that is new each time (transient)."),
        _("Choose persistent at the provider, or an attribute with the user's id here."),
    ),
    "no_subject": rejected(
        _("The provider did not identify the user. The user ID was missing or invalid."),
        _("Check the NameID, or the attribute with the user's ID, at the provider."),
    ),
}

# SAML Core, section 3.2.2.2.
STATUS_FAULTS = {
    "AuthnFailed": Fault(
        outcome=Outcome.CANCELLED,
        cause=_("The provider could not sign the user in, or the user cancelled there."),
        remedy=ASK_PROVIDER,
    ),
    "InvalidNameIDPolicy": misconfigured(
        _("The provider cannot give the NameID format that was asked for."),
        _("Choose another NameID format under “Advanced settings”."),
    ),
    "NoAuthnContext": misconfigured(
        _("The provider could not sign the user in the way that was requested."), REPORT
    ),
    "NoPassive": try_again(_("The provider needed the user's input but could not ask for it.")),
    "Requester": misconfigured(
        _("The provider rejected our request as invalid."),
        _("Check that our entity ID, callback URL and certificate are entered there correctly."),
    ),
    "RequestUnsupported": misconfigured(
        _("The provider does not take requests of this kind."),
        _("Allow sign-in that begins at the service provider."),
    ),
    "Responder": unavailable(
        _("The provider could not answer the request."), _("Check the sign-in log at the provider.")
    ),
    "UnknownPrincipal": not_allowed(
        _("The provider does not recognize the user, or does not allow the sign-in."),
        _("Your organization has not allowed you to sign in here."),
        _("Assign the user to the application at the provider."),
    ),
}
