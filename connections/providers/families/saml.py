"""Fields of a SAML connection: metadata (a URL, a file, pasted) or three values, and our own key.

https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf
"""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from cryptography.x509 import Certificate
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from connections.fields.common import advanced, choice, text_field
from connections.fields.field import Check, Context, Field, Kind, LookUp, Text
from connections.protocols.saml import certificates, names
from connections.protocols.saml.metadata import ENTITY_ID, fetch_metadata, parse_pasted_metadata
from connections.protocols.saml.xml_parser import MAX_DEPTH, MAX_ELEMENTS
from connections.providers.definition import Settings
from connections.providers.families.openid import check_address, refuse_private_fields
from connections.values.failures import SignInFailed
from connections.values.faults import misconfigured
from core.http import client as http_client
from core.http import form_calls

WARNED_BEFORE = timedelta(days=30)
LONGEST_METADATA = 200_000
# Values from metadata, or entered by hand.
TYPED = ("entity_id", "sso_url", "certificates")

UNUSABLE: dict[str, Text] = {
    "shape": _(
        "This is not a certificate. Paste it whole, from BEGIN CERTIFICATE to END CERTIFICATE."
    ),
    "weak": _(
        "The certificate's key is too weak: use RSA with 2048 bits or more, or a common elliptic "
        "curve."
    ),
    "many": _("Enter at most ten certificates."),
}


TOO_LARGE = misconfigured(
    format_lazy(
        _(
            "The metadata is too large or too complex: more than {size} KB from an address, "
            "{length} characters in the form, {depth} levels, or {elements} elements."
        ),
        size=http_client.MAX_BODY_BYTES // 1024,
        length=LONGEST_METADATA,
        depth=MAX_DEPTH,
        elements=MAX_ELEMENTS,
    ),
    _("Ask for the metadata of the identity provider alone, not of a whole federation."),
)

METADATA_FAULTS = {
    "metadata_xml": misconfigured(
        _("This is not metadata of SAML 2.0, or it has a document type of its own."),
        _("Download the metadata again at the provider."),
    ),
    "metadata_limits": TOO_LARGE,
    "too_large": TOO_LARGE,
    "metadata_forbidden": misconfigured(
        _(
            "The metadata has keys or signatures in a form that is not accepted, such as a "
            "reference to another place (RetrievalMethod, KeyInfoReference)."
        ),
        _("Ask for metadata that contains the signing certificates themselves (X509Certificate)."),
    ),
    "metadata_no_idp": misconfigured(
        _("The metadata does not describe an identity provider (IDPSSODescriptor)."),
        _("It may be our own or another application's. Use the identity provider's metadata."),
    ),
    "metadata_many": misconfigured(
        _("The metadata describes several identity providers."),
        _("Ask for metadata that describes only yours."),
    ),
    "metadata_ended": misconfigured(
        _("The metadata is no longer valid (validUntil)."), _("Ask the provider for a new one.")
    ),
    "metadata_sso": misconfigured(
        _("The metadata names no sign-on address for HTTP-Redirect that begins with https://."),
        _("Enable the HTTP-Redirect binding at the provider."),
    ),
    "metadata_certificate": misconfigured(
        _("The metadata has no signing certificate, or one that cannot be used."),
        _("RSA keys need 2048 bits or more. Ask the provider for a new certificate."),
    ),
    "metadata_entity": misconfigured(
        _("The metadata URL now describes another identity provider."),
        _("If this change is intended, save the connection again."),
    ),
}


# --- one field ------------------------------------------------------------------------------------


def check_entity_id(found: Check, value: str) -> str:
    """Return the identity provider's entity ID; raises ValidationError if it is our own."""
    if value and not ENTITY_ID.fullmatch(value):
        raise ValidationError(
            _("An entity ID has no spaces, and here at most 180 characters."), code="shape"
        )
    if value == found.context.site.metadata_url:
        raise ValidationError(
            _("This is our own entity ID. Enter the identity provider's."), code="known_mistake"
        )
    return value


def check_sso_url(found: Check, value: str) -> str:
    """Return the identity provider's URL; raises ValidationError if it is our own."""
    address = check_address(found, value)
    if address == found.context.site.callback_url:
        raise ValidationError(
            _("This is our own callback URL. Enter the identity provider's address."),
            code="known_mistake",
        )
    return address


def check_certificates(found: Check, value: str) -> str:
    """Return the certificates as PEM; raises ValidationError if one is not usable."""
    try:
        return certificates.as_pem(certificates.parse_certificates(value)) if value else ""
    except certificates.UnusableCertificate as error:
        raise ValidationError(str(UNUSABLE[error.cause]), code=error.cause) from None


def read_metadata(text: str) -> dict[str, Any]:
    """Return the values from metadata; raises ValidationError."""
    try:
        return asdict(parse_pasted_metadata(text))
    except SignInFailed as failure:
        fault = METADATA_FAULTS[failure.cause]
        raise ValidationError(f"{fault.cause} {fault.remedy}", code=failure.cause) from None


def check_file(text: str) -> None:
    """Raise ValidationError if the file is not usable metadata."""
    read_metadata(text)


FIELDS = (
    text_field(
        "metadata_url",
        _("Metadata URL"),
        _("Recommended: it is read every hour, so new certificates are found in time."),
        max_length=500,
        required=False,
        check=check_address,
    ),
    text_field(
        "metadata_file",
        _("Metadata file"),
        _("If there is only a file. It replaces what is pasted below."),
        kind=Kind.FILE,
        required=False,
        max_length=LONGEST_METADATA,
        fills="metadata_xml",
        accept=".xml,application/xml,text/xml,application/samlmetadata+xml",
        check_file=check_file,
    ),
    text_field(
        "metadata_xml",
        _("Metadata (XML)"),
        _("Or paste the file's content; the three fields below are filled from it."),
        kind=Kind.LINES,
        rows=4,
        required=False,
        max_length=LONGEST_METADATA,
        is_setting=False,
    ),
    text_field(
        "entity_id",
        _("Entity ID of the identity provider (Issuer)"),
        _("Metadata given above fills in this field and the next two."),
        required=False,
        check=check_entity_id,
    ),
    text_field(
        "sso_url",
        _("Single sign-on URL"),
        _("Where users are sent, by HTTP-Redirect."),
        max_length=500,
        required=False,
        check=check_sso_url,
    ),
    text_field(
        "certificates",
        _("Signing certificates (X.509)"),
        _("While the provider changes its certificate, enter both, one below the other."),
        kind=Kind.LINES,
        rows=6,
        required=False,
        max_length=40_000,
        check=check_certificates,
    ),
    choice(
        "name_id_format",
        _("NameID format"),
        (
            (names.UNSPECIFIED, _("As the provider has it (unspecified)")),
            (names.PERSISTENT, "persistent"),
            (names.EMAIL, "emailAddress"),
        ),
        _("The format that is requested. A transient NameID is refused: it changes each time."),
        advanced=True,
    ),
    advanced(
        "subject_attribute",
        _("Attribute with the user's ID"),
        _("Leave it empty for the NameID. If you change it later, all users get new accounts."),
    ),
    advanced(
        "email_attribute",
        _("Attribute with the email address"),
        _("Leave it empty for the usual names. The address does not count as verified."),
    ),
    advanced(
        "name_attribute", _("Attribute with the name"), _("Leave it empty for the usual names.")
    ),
    # The key only signs and is never sent, so it is bound to no other field.
    Field(
        name="client_secret",
        label=_("Our own private key"),
        kind=Kind.MADE_SECRET,
        stray=re.compile("PRIVATEKEY-----"),
        stray_text=_(
            "This is a private key, so it was not saved. It stays at the provider. Paste the "
            "certificate."
        ),
    ),
    Field(name="own_certificate", label=_("Our own certificate"), kind=Kind.COMPUTED),
)


# --- all of them ----------------------------------------------------------------------------------


def check_fields(found: Check) -> None:
    """Take the values from pasted metadata or from the fields. A URL is fetched later."""
    if found.failed("metadata_url", "metadata_file", "metadata_xml", *TYPED):
        return
    url, xml = found.values["metadata_url"], found.values["metadata_xml"]
    if url and xml:
        found.error(
            "metadata_xml", "both", _("Leave this empty, or remove the metadata URL above.")
        )
    elif xml:
        try:
            found.values |= read_metadata(xml)
        except ValidationError as error:
            found.error("metadata_xml", error.code or "invalid", " ".join(error.messages))
    elif not url:
        for name in TYPED:
            if not found.values[name]:
                found.error(
                    name, "missing", _("Enter this as well, or give the provider's metadata above.")
                )


def look_up_metadata(values: Settings, context: Context) -> dict[str, Any]:
    """Return the values from the metadata URL; raises SignInFailed or ValidationError."""
    if not values["metadata_url"]:
        return {}
    form_calls.begin_call()
    refuse_private_fields(values, ("metadata_url",))
    return asdict(fetch_metadata(values["metadata_url"]))


LOOK_UP = LookUp("metadata_url", ("metadata_url", "metadata_xml", *TYPED), look_up_metadata)


def add_own_key(found: Check) -> None:
    """Warn of certificates that expire. Keep our key and certificate, or create them."""
    for each in certificates.parse_certificates(found.values["certificates"]):
        warn_of_end(found, each)
    if "client_secret" in found.context.saved_secrets and found.context.before:
        found.values["own_certificate"] = found.context.before["own_certificate"]
    else:
        key, certificate = certificates.new_key_pair(found.context.site.hostname)
        found.values |= {"client_secret": key, "own_certificate": certificate}


def warn_of_end(found: Check, certificate: Certificate) -> None:
    """Warn if a certificate has expired or expires soon."""
    end, now = certificates.expires_at(certificate), timezone.now()
    if end > now + WARNED_BEFORE:
        return
    sentence = (
        gettext("The certificate of %(name)s expires on %(day)s.")
        if end > now
        else gettext("The certificate of %(name)s expired on %(day)s.")
    )
    day = date_format(end, pgettext("date format", "j M Y"))
    values = {"name": certificates.certificate_name(certificate), "day": day}
    found.warn("certificates", f"end-{certificate.serial_number:x}"[:40], sentence % values)
