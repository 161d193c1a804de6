"""SAML 2.0: sign in at an organization's own identity provider.

https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf
"""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from connections.models import Outcome
from connections.providers.definition import (
    Copyable,
    Definition,
    Expiry,
    Fault,
    Group,
    Settings,
    Site,
    Step,
)
from connections.saml import SAMLForm
from connections.signin.failures import REPORT
from connections.signin.saml import certificates, claims
from connections.signin.saml.metadata import latest, proves_itself
from connections.signin.saml.provider import SAMLAdapter
from connections.signin.saml.request import own_metadata

DOCUMENTATION = "https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf"
AGAIN = _("Nothing to do: the person can begin again.")
METADATA = _("Compare it with the metadata that the provider offers for download.")


def namespace(settings: Settings) -> str:
    """The entity ID, where the provider's own host proved it; see `proves_itself`."""
    return f"saml:{settings['entity_id']}" if proves_itself(settings) else ""


def expiries(settings: Settings) -> tuple[Expiry, ...]:
    """The certificates that are in force, and our own."""
    theirs = certificates.read(latest(settings).certificates)
    (own,) = certificates.read(settings["own_certificate"])
    ends = [(certificates.name_of(each), certificates.ends_at(each)) for each in theirs]
    return (
        *(
            Expiry(name=gettext("Identity provider: %(name)s") % {"name": name}, at=at)
            for name, at in ends
        ),
        Expiry(name=_("Our own, which signs requests"), at=certificates.ends_at(own)),
    )


def published(settings: Settings, site: Site) -> bytes:
    """Our metadata."""
    return own_metadata(
        entity_id=site.metadata_url,
        callback_url=site.callback_url,
        certificate=settings["own_certificate"],
    )


GUIDE = (
    Step(
        title=_("Add an application at the identity provider"),
        body=(
            _(
                "Choose SAML 2.0. Entra ID: Enterprise applications > New application > Create "
                "your own application. Okta: Applications > Create App Integration > SAML 2.0. "
                "Google Workspace: Apps > Web and mobile apps > Add app > Add custom SAML app. "
                "Keycloak: Clients > Create client, Client type SAML. AD FS: Add Relying Party "
                "Trust."
            ),
        ),
    ),
    Step(
        title=_("Tell it who we are"),
        body=(
            _(
                "Copy our entity ID and our callback URL from the card “Copy to the provider”. "
                "Consoles call the first Identifier, Audience URI or SP Entity ID, the second "
                "Reply URL, ACS URL or Single sign-on URL."
            ),
            _(
                "Once the connection is saved, our metadata can be downloaded at the first "
                "address: it says the same, and has the certificate by which requests are signed."
            ),
            # https://www.keycloak.org/docs/latest/server_admin/#_client-saml-configuration
            _(
                "Keycloak checks that signature (Client signature required) and so needs the "
                "certificate: Clients > Import client takes our metadata."
            ),
        ),
    ),
    Step(
        title=_("Copy the address of its metadata"),
        body=(
            _(
                "Entra ID: App Federation Metadata Url. Okta: Metadata URL on the Sign On tab. "
                "Keycloak: https://host/realms/name/protocol/saml/descriptor. AD FS: "
                "https://host/FederationMetadata/2007-06/FederationMetadata.xml."
            ),
        ),
        field="metadata_url",
    ),
    Step(
        title=_("Or choose the metadata file"),
        body=(
            _(
                "Google Workspace only offers a file: Download metadata. Choose it "
                "here as it was downloaded, or paste what is in it. Before the "
                "certificate expires, do so again with the new file."
            ),
        ),
        field="metadata_file",
    ),
    Step(
        title=_("Or enter three values"),
        body=(
            _(
                "The identity provider's entity ID, its sign-on address for HTTP-Redirect, and "
                "the certificate by which it signs."
            ),
        ),
        field="entity_id",
    ),
    Step(
        title=_("Choose the NameID"),
        body=(
            _(
                "The NameID must stay the same for a person for ever: choose persistent or an id "
                "of the directory. An e-mail address changes with a name, and may be given to "
                "somebody else later."
            ),
        ),
        field="name_id_format",
    ),
    Step(
        title=_("Choose what else it says of people"),
        body=(
            _(
                "Send the e-mail address and the name as attributes. The response or the assertion "
                "must be signed, by SHA-256."
            ),
        ),
    ),
)

COPIES = (
    Copyable(
        id="entity-id",
        label=_("Our entity ID, and the address of our metadata"),
        help=_("Identifier, Audience URI or SP Entity ID."),
        value=lambda site: site.metadata_url,
        opens=True,
    ),
    Copyable(
        id="callback-url",
        label=_("Callback URL (ACS URL)"),
        help=_("Reply URL, Assertion Consumer Service URL or Single sign-on URL."),
        value=lambda site: site.callback_url,
    ),
)


def config(cause: object, fix: object) -> Fault:
    """A fault that an administrator can mend."""
    return Fault(outcome=Outcome.CONFIG, cause=cause, fix=fix)  # type: ignore[arg-type]


def refused(cause: object, fix: object) -> Fault:
    """An answer that must not be believed."""
    return Fault(outcome=Outcome.REJECT, cause=cause, fix=fix)  # type: ignore[arg-type]


METADATA_FAULTS = {
    "metadata_xml": config(
        _("This is not metadata of SAML 2.0, or it has a document type of its own."), METADATA
    ),
    "metadata_no_idp": config(
        _("The metadata describes no identity provider (IDPSSODescriptor)."),
        _("It may be our own, or that of another application. Take the identity provider's."),
    ),
    "metadata_many": config(
        _("The metadata describes several identity providers."),
        _("Ask for the metadata of the one alone."),
    ),
    "metadata_ended": config(
        _("The metadata is no longer valid (validUntil)."), _("Ask the provider for a new one.")
    ),
    "metadata_sso": config(
        _("The metadata names no sign-on address for HTTP-Redirect that begins with https://."),
        _("Switch the HTTP-Redirect binding on at the provider."),
    ),
    "metadata_certificate": config(
        _("The metadata has no signing certificate, or one that cannot be used."),
        _("RSA keys need 2048 bits or more. Ask the provider for a new certificate."),
    ),
    "metadata_entity": config(
        _("At the metadata URL there is another identity provider now."),
        _("If it was changed on purpose, save the connection again."),
    ),
}

RESPONSE_FAULTS = {
    "saml_response": refused(
        _("What was posted was no response of SAML 2.0, or was put together wrongly."), REPORT
    ),
    "unsigned": refused(
        _("Neither the response nor the assertion was signed."),
        _("Switch signing on at the identity provider, for the assertion or the response."),
    ),
    "signature": refused(
        _("The signature is not by one of the known certificates, or the answer was changed."),
        _("Compare the certificates with the provider's; it may have a new one."),
    ),
    "algorithm": refused(
        _("The answer was signed in a way that is no longer safe, such as SHA-1."),
        _("Choose RSA-SHA256 at the identity provider."),
    ),
    "encryption": refused(
        _("The assertion could not be decrypted, or was encrypted in a way that is not safe."),
        _("Encrypt it for the certificate in our metadata, with AES and RSA-OAEP."),
    ),
    "issuer": refused(
        _("The answer came from another identity provider than the one that was asked."),
        _("Compare the entity ID with the provider's metadata, letter by letter."),
    ),
    "audience": refused(
        _("The assertion was made for another application."),
        _("Compare our entity ID with what is entered at the provider, letter by letter."),
    ),
    "destination": refused(
        _("The answer was made for another address than the one at which it arrived."),
        _("Compare our callback URL with what is entered at the provider, letter by letter."),
    ),
    "in_response_to": refused(
        _("The answer belonged to no request, or to another one."),
        _("Begin on the sign-in page: what a provider sends unasked is not accepted."),
    ),
    "clock": config(
        _("The assertion had expired, or was not valid yet."),
        _("Compare this server's clock, and the provider's, with the right time."),
    ),
    "transient": config(
        _("The provider sent a NameID that is new each time (transient)."),
        _("Choose persistent at the provider, or an attribute with the person's id here."),
    ),
    "no_subject": refused(
        _("The provider did not say who the person is: the id was missing or unusable."),
        _("Look at the NameID, or the attribute with the person's id, at the provider."),
    ),
}

# SAML Core, section 3.2.2.2.
STATUS_FAULTS = {
    "AuthnFailed": Fault(
        outcome=Outcome.CANCELLED,
        cause=_("The provider could not sign the person in, or the person gave up there."),
        fix=_("Nothing to do unless it goes on; then ask the provider."),
    ),
    "InvalidNameIDPolicy": config(
        _("The provider cannot give the NameID format that was asked for."),
        _("Choose another NameID format under Advanced."),
    ),
    "NoAuthnContext": config(
        _("The provider could not sign the person in as was demanded."), REPORT
    ),
    "NoPassive": Fault(
        outcome=Outcome.RETRY,
        cause=_("The provider had a question for the person and could not ask it."),
        fix=AGAIN,
    ),
    "Requester": config(
        _("The provider found our request wrong."),
        _("Compare our entity ID, callback URL and certificate with what is entered there."),
    ),
    "RequestUnsupported": config(
        _("The provider does not take requests of this kind."),
        _("Allow sign-in that begins at the service provider."),
    ),
    "Responder": Fault(
        outcome=Outcome.TEMPORARY,
        cause=_("The provider could not answer the request."),
        fix=_("Look at the provider's log of sign-ins."),
    ),
    "UnknownPrincipal": Fault(
        outcome=Outcome.POLICY,
        cause=_("The provider does not know the person, or has not let them in."),
        fix=_("Assign the person to the application at the provider."),
        public=_("Your organization has not allowed you to sign in here."),
    ),
}

PROVIDER = Definition(
    id="saml",
    name="SAML 2.0",
    brand=_("Single sign-on"),
    summary=_("People sign in at your organization's own identity provider."),
    group=Group.ENTERPRISE,
    search_words=(
        "saml2",
        "sso",
        "idp",
        "adfs",
        "shibboleth",
        "entra",
        "azure",
        "okta",
        "单点登录",
        "企业",
    ),
    documentation=DOCUMENTATION,
    form=SAMLForm,
    scopes=(),
    login=SAMLAdapter,
    claims=claims.read,
    namespace=namespace,
    known_by="NameID or an attribute, under the entity ID",
    nonce=True,
    asks_at_start=True,
    code_parameter="SAMLResponse",
    posts_back=("SAMLResponse",),
    state_parameter="RelayState",
    signs_requests=True,
    own_metadata=published,
    expiries=expiries,
    button_labels={"en": "Single sign-on", "zh-hans": "企业单点登录"},
    guide=GUIDE,
    copies=COPIES,
    # There is no credential to try: a provider answers to people only.
    probe="",
    faults={**METADATA_FAULTS, **RESPONSE_FAULTS, **STATUS_FAULTS},
)
