"""SAML 2.0: sign in at an organization's own identity provider."""

from __future__ import annotations

from hashlib import sha256

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.protocols.saml import certificates, claims
from connections.protocols.saml.metadata import (
    cached_metadata,
    has_current_metadata,
    is_proved_by_host,
)
from connections.protocols.saml.protocol import SAMLProtocol
from connections.protocols.saml.request import own_metadata
from connections.providers.definition import (
    Copyable,
    Definition,
    Expiry,
    Group,
    Probe,
    Settings,
    copy_callback_url,
    field_step,
    step,
)
from connections.providers.families.saml import (
    FIELDS,
    LOOK_UP,
    METADATA_FAULTS,
    add_own_key,
    check_fields,
)
from connections.providers.families.saml_faults import RESPONSE_FAULTS, STATUS_FAULTS
from connections.values.sites import Site

PUBLISHED_REMEDY = _(
    "Ask whoever manages the identity provider to publish its next certificate. It is read from "
    "the metadata URL, so you need not enter it here."
)
ENTERED_REMEDY = _(
    "Ask whoever manages the identity provider for its next certificate, and enter it here below "
    "the present one. Then users can sign in during the change."
)
OWN_REMEDY = _(
    "A connection keeps its certificate. If the identity provider checks our signature, add it as "
    "a new connection and register the metadata of that one."
)


def namespace(settings: Settings) -> str:
    """Return the entity ID's namespace if it is proved, or ""; see `is_proved_by_host`.

    The same value in two attributes may mean two users, so the attribute is part of it.
    """
    if not is_proved_by_host(settings):
        return ""
    attribute = settings["subject_attribute"]
    digest = f"#{sha256(attribute.encode()).hexdigest()[:8]}" if attribute else ""
    return f"saml:{settings['entity_id']}{digest}"


def subject_source(settings: Settings) -> str:
    """Return the provider and the attribute of the ids."""
    return f"{settings['entity_id']} {settings['subject_attribute']}"


def expiries(settings: Settings) -> tuple[Expiry, ...]:
    """Return the expiry of the provider's certificates, and of ours."""
    (own,) = certificates.parse_certificates(settings["own_certificate"])
    return (
        *(
            Expiry(
                key=f"certificate-{certificates.short_fingerprint(each)}",
                name=format_lazy(
                    _("Identity provider: {name}"), name=certificates.certificate_name(each)
                ),
                at=certificates.expires_at(each),
                remedy=PUBLISHED_REMEDY if settings["metadata_url"] else ENTERED_REMEDY,
                field="metadata_url" if settings["metadata_url"] else "certificates",
                is_current=has_current_metadata(settings),
            )
            for each in certificates.parse_certificates(cached_metadata(settings).certificates)
        ),
        Expiry(
            key="own_certificate",
            name=_("Our certificate for signing requests"),
            at=certificates.expires_at(own),
            remedy=OWN_REMEDY,
        ),
    )


def published(settings: Settings, site: Site) -> bytes:
    """Return our metadata."""
    return own_metadata(
        entity_id=site.metadata_url,
        callback_url=site.callback_url,
        certificate=settings["own_certificate"],
    )


GUIDE = (
    step(
        _("Add an application at the identity provider"),
        _(
            "Choose SAML 2.0. Entra ID: Enterprise applications > New application > Create "
            "your own application. Okta: Applications > Create App Integration > SAML 2.0. "
            "Google Workspace: Apps > Web and mobile apps > Add app > Add custom SAML app. "
            "Keycloak: Clients > Create client, Client type SAML. AD FS: Add Relying Party "
            "Trust."
        ),
    ),
    step(
        _("Register our entity ID and callback URL"),
        _(
            "Copy our entity ID and our callback URL from the card “Copy to the provider”. "
            "Consoles call the first Identifier, Audience URI or SP Entity ID, the second "
            "Reply URL, ACS URL or Single sign-on URL."
        ),
        _(
            "Once the connection is saved, you can download our metadata from the first address. "
            "It contains both values and the certificate that our requests are signed with."
        ),
        # https://www.keycloak.org/docs/cached_metadata/server_admin/#_client-saml-configuration
        _(
            "Keycloak checks that signature (Client signature required), so it needs the "
            "certificate: import our metadata under Clients > Import client."
        ),
    ),
    field_step(
        "metadata_url",
        _(
            "Entra ID: App Federation Metadata Url. Okta: Metadata URL on the Sign On tab. "
            "Keycloak: https://host/realms/name/protocol/saml/descriptor. AD FS: "
            "https://host/FederationMetadata/2007-06/FederationMetadata.xml."
        ),
    ),
    field_step(
        "metadata_file",
        _(
            "Google Workspace only offers a file: Download metadata. Choose the file here as you "
            "downloaded it, or paste its content. Before the certificate expires, do the same "
            "with the new file."
        ),
        title=_("Or choose the metadata file"),
    ),
    field_step(
        "entity_id",
        _(
            "The identity provider's entity ID, its sign-on address for HTTP-Redirect, and its "
            "signing certificate."
        ),
        title=_("Or enter three values"),
    ),
    field_step(
        "name_id_format",
        _(
            "A user's NameID must never change: choose persistent or an ID of the directory. An "
            "email address changes with a name, and may later belong to somebody else."
        ),
        title=_("Choose the NameID"),
    ),
    step(
        _("Choose the other attributes"),
        _(
            "Send the email address and the name as attributes. The response or the assertion "
            "must be signed, with SHA-256."
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
    copy_callback_url(
        _("Callback URL (ACS URL)"),
        _("Reply URL, Assertion Consumer Service URL or Single sign-on URL."),
    ),
)

PROVIDER = Definition(
    id="saml",
    name="SAML 2.0",
    brand=_("Single sign-on"),
    summary=_("Users sign in at your organization's own identity provider."),
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
    documentation="https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf",
    fields=FIELDS,
    check=check_fields,
    look_up=LOOK_UP,
    complete=add_own_key,
    scopes=(),
    protocol=SAMLProtocol,
    claims=claims.parse_claims,
    namespace=namespace,
    subject_source=subject_source,
    known_by="NameID or an attribute, under the entity ID",
    nonce=True,
    # An attribute of the request: SAML Core, section 3.4.1.
    reauthentication={"ForceAuthn": "true"},
    calls_provider_at_start=True,
    code_parameter="SAMLResponse",
    code_is_document=True,
    posts_back=("SAMLResponse",),
    state_parameter="RelayState",
    signs_requests=True,
    own_metadata=published,
    expiries=expiries,
    button_labels={"en": "Single sign-on", "zh-hans": "企业单点登录"},
    guide=GUIDE,
    copies=COPIES,
    # There are no credentials to test: a provider responds only to a user's browser.
    probe=Probe.NONE,
    faults={**METADATA_FAULTS, **RESPONSE_FAULTS, **STATUS_FAULTS},
)
