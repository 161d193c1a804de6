"""Faults of SAML responses, and of the status codes of providers.

https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
"""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.protocols.saml.response import MAX_POSTED
from connections.protocols.saml.xml_parser import MAX_DEPTH, MAX_ELEMENTS
from connections.values.faults import (
    always_rejected,
    misconfigured,
    not_allowed,
    rejected,
)

PROVIDER_REFUSED = _("Your organization has not allowed you to sign in here.")

RESPONSE_FAULTS = {
    "saml_response": always_rejected(
        _("This is not a valid SAML 2.0 response, or it is signed in an unusual way."),
        _(
            "The response must have one assertion, and the signature must cover the response or "
            "the assertion as a whole."
        ),
    ),
    "saml_limits": always_rejected(
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
    "saml_forbidden": always_rejected(
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
    "unsigned": always_rejected(
        _("Neither the response nor the assertion was signed."),
        _("Enable signing at the identity provider, for the assertion or the response."),
    ),
    "signature": always_rejected(
        _("The signature does not match a known certificate, or the response was altered."),
        _("Check that the certificates are the provider's current ones."),
    ),
    "algorithm": always_rejected(
        _(
            "The response is signed with an algorithm or a transform that is not accepted, such "
            "as SHA-1."
        ),
        _("Choose RSA-SHA256 and exclusive canonicalization at the identity provider."),
    ),
    "encryption": always_rejected(
        _("The assertion is encrypted, and could not be decrypted with this connection's key."),
        _("Encrypt it for the certificate in our metadata. The provider may have an old one."),
    ),
    "encryption_algorithm": always_rejected(
        _("The assertion is encrypted with an algorithm that is not accepted."),
        _("Choose AES (CBC or GCM) and RSA-OAEP (rsa-oaep-mgf1p) at the identity provider."),
    ),
    "encrypted_part": always_rejected(
        _("The NameID or an attribute is encrypted by itself, which is not supported."),
        _("Encrypt the whole assertion at the identity provider, or nothing."),
    ),
    "issuer": always_rejected(
        _("The response came from a different identity provider than expected."),
        _("The entity ID must match the provider's metadata exactly."),
    ),
    "audience": always_rejected(
        _("The assertion was issued to another application."),
        _("The entity ID entered at the provider must match ours exactly."),
    ),
    "destination": always_rejected(
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
    "no_subject": misconfigured(
        _("The provider did not identify the user. The user ID was missing or invalid."),
        _("Check the NameID, or the attribute with the user's ID, at the provider."),
    ),
}

# SAML Core, section 3.2.2.2.
STATUS_FAULTS = {
    "AuthnFailed": not_allowed(
        _("The provider did not sign the user in (AuthnFailed)."),
        PROVIDER_REFUSED,
        _(
            "Often the user is not assigned to the application. Check that, and the sign-in log "
            "at the provider."
        ),
    ),
    "InvalidNameIDPolicy": misconfigured(
        _("The provider cannot give the NameID format that was asked for."),
        _("Choose another NameID format under “Advanced settings”."),
    ),
    "NoAuthnContext": misconfigured(
        _("The provider could not sign the user in with the required kind of authentication."),
        _("Check the authentication rules for the application at the provider."),
    ),
    "NoPassive": misconfigured(
        _("The provider answered that it may not show the user a page (NoPassive)."),
        _("Menkou does not ask for this. Check the application's settings at the provider."),
    ),
    "RequestDenied": not_allowed(
        _("The provider refused the sign-in (RequestDenied)."),
        PROVIDER_REFUSED,
        _("Check whether the user may use the application, and the sign-in log at the provider."),
    ),
    "Requester": misconfigured(
        _("The provider rejected our request as invalid."),
        _("Check that our entity ID, callback URL and certificate are entered there correctly."),
    ),
    "RequestUnsupported": misconfigured(
        _("The provider does not take requests of this kind."),
        _("Allow sign-in that begins at the service provider."),
    ),
    "Responder": misconfigured(
        _("The provider could not answer the request."), _("Check the sign-in log at the provider.")
    ),
    "UnknownPrincipal": not_allowed(
        _("The provider does not recognize the user, or does not allow the sign-in."),
        PROVIDER_REFUSED,
        _("Assign the user to the application at the provider."),
    ),
    "VersionMismatch": misconfigured(
        _("The provider does not support SAML 2.0."),
        _("Choose SAML 2.0 for the application at the provider."),
    ),
}
