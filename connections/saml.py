"""The form of a SAML connection: metadata (an address, a file, pasted) or three fields; our key.

https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from connections import outside
from connections.forms import ConnectionForm, PastedField, Proposal, Warned
from connections.openid import checked_address
from connections.providers.definition import Text
from connections.signin.failures import SignInFailed, fault_of
from connections.signin.oidc.kept import PAUSE_SECONDS
from connections.signin.oidc.metadata import is_address
from connections.signin.saml import certificates, names
from connections.signin.saml.metadata import ENTITY_ID, Metadata, fetched, read_text
from connections.text_files import TextFileField
from connections.waiting import let_go_of_database

WARNED_BEFORE = timedelta(days=30)
LONGEST_METADATA = 200_000
# What metadata says, or somebody types.
TYPED = ("entity_id", "sso_url", "certificates")

UNUSABLE: dict[str, Text] = {
    "shape": _(
        "This is not a certificate. Paste it whole, from BEGIN CERTIFICATE to END CERTIFICATE."
    ),
    "weak": _(
        "The certificate's key is too weak: RSA needs 2048 bits or more, or take a usual curve."
    ),
    "many": _("These are more certificates than anybody needs at a time: at most ten."),
}


class TextField(forms.CharField):
    """Several lines that are copied from a provider's console."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        attributes = {"autocomplete": "off", "spellcheck": "false", "class": "mono", "rows": rows}
        super().__init__(widget=forms.Textarea(attrs=attributes), required=False, **options)


class SAMLForm(ConnectionForm):
    """Where the identity provider is and by what it signs, and how people are read from it."""

    advanced: ClassVar[tuple[str, ...]] = (
        "name_id_format",
        "subject_attribute",
        "email_attribute",
        "name_attribute",
    )
    computed: ClassVar[tuple[str, ...]] = ("own_certificate",)
    passing: ClassVar[tuple[str, ...]] = ("metadata_file", "metadata_xml")
    # Our key is sent nowhere: it only signs.
    secret_is_bound_to: ClassVar[tuple[str, ...]] = ()
    secret_shape: ClassVar[re.Pattern[str] | None] = re.compile("PRIVATEKEY-----")
    stray_secret: ClassVar[Text] = _(
        "This is a private key, so it was not kept. It stays at the provider; paste the "
        "certificate."
    )

    metadata_url = PastedField(
        label=_("Metadata URL"),
        max_length=500,
        required=False,
        help_text=_("The best way: it is read every hour, so that new certificates are known."),
    )
    metadata_file = TextFileField(
        label=_("Metadata file"),
        fills="metadata_xml",
        longest=LONGEST_METADATA,
        accept=".xml,application/xml,text/xml,application/samlmetadata+xml",
        help_text=_("If there is only a file. It takes the place of what is pasted below."),
    )
    metadata_xml = TextField(
        label=_("Metadata (XML)"),
        rows=4,
        max_length=LONGEST_METADATA,
        initial="",
        help_text=_("Or paste the file's content; the three fields below are filled from it."),
    )
    entity_id = PastedField(
        label=_("Entity ID of the identity provider (Issuer)"),
        required=False,
        help_text=_("Metadata given above fills in this field and the next two."),
    )
    sso_url = PastedField(
        label=_("Single sign-on URL"),
        max_length=500,
        required=False,
        help_text=_("Where people are sent, by HTTP-Redirect."),
    )
    certificates = TextField(
        label=_("Signing certificates (X.509)"),
        rows=6,
        max_length=40_000,
        help_text=_("Enter several below each other while the provider changes its certificate."),
    )
    name_id_format = forms.ChoiceField(
        label=_("NameID format"),
        choices=(
            (names.UNSPECIFIED, _("As the provider has it (unspecified)")),
            (names.PERSISTENT, "persistent"),
            (names.EMAIL, "emailAddress"),
        ),
        initial=names.UNSPECIFIED,
        help_text=_("What is asked for. A transient NameID is refused: it is new each time."),
    )
    subject_attribute = PastedField(
        label=_("Attribute with the person's id"),
        required=False,
        help_text=_(
            "Leave it empty for the NameID. If you change it later, everybody gets a new account."
        ),
    )
    email_attribute = PastedField(
        label=_("Attribute with the e-mail address"),
        required=False,
        help_text=_("Leave it empty for the usual names. The address does not count as verified."),
    )
    name_attribute = PastedField(
        label=_("Attribute with the name"),
        required=False,
        help_text=_("Leave it empty for the usual names."),
    )

    # --- the fields -----------------------------------------------------------------------------

    def clean_metadata_url(self) -> str:
        return checked_address(self.cleaned_data["metadata_url"])

    def clean_entity_id(self) -> str:
        value: str = self.cleaned_data["entity_id"]
        if value and not ENTITY_ID.fullmatch(value):
            raise ValidationError(
                _("An entity ID has no spaces, and here at most 180 characters."), code="shape"
            )
        if value and value == self.site.metadata_url:
            raise ValidationError(
                _("This is our own entity ID. Enter the identity provider's."), code="mixed_up"
            )
        return value

    def clean_sso_url(self) -> str:
        value: str = self.cleaned_data["sso_url"]
        if value and not is_address(value):
            raise ValidationError(
                _("Enter a whole address that begins with https://, without user and #."),
                code="address",
            )
        if value == self.site.callback_url:
            raise ValidationError(
                _("This is our own callback URL. Enter the identity provider's address."),
                code="mixed_up",
            )
        return value

    def clean_certificates(self) -> str:
        text: str = self.cleaned_data["certificates"]
        if not text:
            return ""
        try:
            return certificates.as_pem(certificates.read(text))
        except certificates.Unusable as error:
            raise ValidationError(str(UNUSABLE[error.cause]), code=error.cause) from None

    # --- the whole ------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        if not set(self.errors) & {"metadata_url", *self.passing, *TYPED}:
            self.find_provider()
        if not self.errors:
            self.warn_of_endings()
            self.make_key()
        return super().clean()

    def find_provider(self) -> None:
        """Take what the metadata says, or what was typed."""
        url, xml = self.cleaned_data["metadata_url"], self.cleaned_data["metadata_xml"]
        if url and xml:
            self.add_error(
                "metadata_xml",
                ValidationError(
                    _("Leave this empty, or remove the metadata URL above."), code="both"
                ),
            )
        elif url or xml:
            self.read_metadata(url, xml)
        else:
            self.refuse_missing()

    def read_metadata(self, url: str, xml: str) -> None:
        """Fill the fields from metadata; what is wrong with it stands where it came from."""
        try:
            told = asked(url) if url else read_text(xml)
        except SignInFailed as failure:
            self.add_error("metadata_url" if url else "metadata_xml", self.said_of(failure))
        else:
            self.cleaned_data |= {name: getattr(told, name) for name in TYPED}

    def check_file(self, text: str) -> None:
        super().check_file(text)
        try:
            read_text(text)
        except SignInFailed as failure:
            raise self.said_of(failure) from None

    def said_of(self, failure: SignInFailed) -> ValidationError:
        """Return what is wrong with metadata, and what to do."""
        fault = fault_of(self.definition, failure.cause)
        return ValidationError(f"{fault.cause} {fault.fix}", code=failure.cause)

    def refuse_missing(self) -> None:
        """Without metadata, all three are needed."""
        for name in TYPED:
            if not self.cleaned_data.get(name):
                self.add_error(
                    name,
                    ValidationError(
                        _("Enter this, too, or give the provider's metadata above."),
                        code="missing",
                    ),
                )

    def warn_of_endings(self) -> None:
        """Say which certificates have ended or are about to."""
        told = certificates.read(self.cleaned_data["certificates"])
        before = self.connection.settings["certificates"] if self.connection else ""
        if self.cleaned_data["certificates"] == before:
            return
        for each in told:
            end = certificates.ends_at(each)
            if end > timezone.now() + WARNED_BEFORE:
                continue
            day = date_format(end, pgettext("date format", "j M Y"))
            sentence = (
                gettext("The certificate of %(name)s ends on %(day)s.")
                if end > timezone.now()
                else gettext("The certificate of %(name)s ended on %(day)s.")
            )
            values = {"name": certificates.name_of(each), "day": day}
            code = f"end-{each.serial_number:x}"[:40]
            # They may have come with metadata, so that nobody typed them.
            self.warned.append(Warned("certificates", code, sentence % values))

    def make_key(self) -> None:
        """Keep our key and certificate, or make them for a new connection."""
        self.new_key = ""
        if self.connection is not None and self.has_secret("client_secret"):
            self.cleaned_data["own_certificate"] = self.connection.settings["own_certificate"]
            return
        self.new_key, certificate = certificates.new_key(self.site.hostname)
        self.cleaned_data["own_certificate"] = certificate

    @property
    def proposal(self) -> Proposal:
        """What is to be saved, with the key that was made."""
        secrets = {"client_secret": self.new_key} if self.new_key else {}
        return replace(super().proposal, secrets=secrets)


def asked(url: str) -> Metadata:
    """Return the metadata at an address; raises SignInFailed."""
    let_go_of_database()
    try:
        with outside.deadline():
            return fetched(url, within=PAUSE_SECONDS)
    except outside.NoAnswer as error:
        raise SignInFailed(error.cause) from None
