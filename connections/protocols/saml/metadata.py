"""The metadata of an identity provider.

https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from connections.protocols.oidc.discovery_cache import Kind, discovery_cache
from connections.protocols.oidc.metadata import is_address
from connections.protocols.saml import allowed_xml, certificates
from connections.protocols.saml.names import REDIRECT, SAMLP, Node, element_text, find_elements
from connections.protocols.saml.xml_parser import (
    DECLARATION,
    ExceedsLimits,
    InvalidXML,
    in_own_thread,
    parse,
)
from connections.values.failures import SignInFailed
from core.http.client import Response
from core.untrusted import BadInput, split_url

# Limited so that values derived from it fit into the columns of identities.
# xs:dateTime, without the years that Python does not have.
TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,100})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
ENTITY_ID = re.compile(r"[\x21-\x7e]{1,180}")


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The provider's entity ID, its sign-in URL, and its signing certificates."""

    entity_id: str
    sso_url: str
    # Concatenated PEM.
    certificates: str


def load_metadata(settings: Mapping[str, Any]) -> Metadata:
    """Return the metadata of the connection's provider; raises SignInFailed or RequestFailed.

    Metadata at a URL is fetched again every hour to learn of new certificates in time. It must keep
    the same entity ID.
    """
    if not settings["metadata_url"]:
        return entered_metadata(settings)
    return require_same_provider(fetch_metadata(settings["metadata_url"]), settings)


def fetch_newer(settings: Mapping[str, Any], known: Metadata) -> Metadata | None:
    """Fetch the metadata again; return None if it has not changed.

    For signatures that do not verify: a certificate may have been replaced within the hour. Raises
    SignInFailed or RequestFailed.
    """
    url = settings["metadata_url"]
    document = discovery_cache.newer(url, METADATA, asdict(known)) if url else None
    return require_same_provider(Metadata(**document), settings) if document else None


def require_same_provider(metadata: Metadata, settings: Mapping[str, Any]) -> Metadata:
    """Return the metadata; raises SignInFailed if its entity ID has changed."""
    if metadata.entity_id != settings["entity_id"]:
        raise SignInFailed("metadata_entity")
    return metadata


def cached_metadata(settings: Mapping[str, Any]) -> Metadata:
    """Return the known metadata without a request."""
    url = settings["metadata_url"]
    document = discovery_cache.latest(url, METADATA) if url else None
    return Metadata(**document) if document else entered_metadata(settings)


def has_current_metadata(settings: Mapping[str, Any]) -> bool:
    """Whether the known metadata is what the provider has published in the last day, or entered."""
    url = settings["metadata_url"]
    return not url or discovery_cache.latest(url, METADATA) is not None


def entered_metadata(settings: Mapping[str, Any]) -> Metadata:
    """Return the metadata in the connection's settings."""
    names = ("entity_id", "sso_url", "certificates")
    return Metadata(**{name: settings[name] for name in names})


def fetch_metadata(url: str) -> Metadata:
    """Return the metadata at a URL; raises SignInFailed or RequestFailed."""
    return Metadata(**discovery_cache.get(url, METADATA))


def cacheable_metadata(response: Response) -> dict[str, Any]:
    """Return the metadata in the form in which it is cached; raises SignInFailed."""
    return asdict(parse_cached_metadata(response.content))


# The media type of metadata: section 4.1.1 and appendix A. Some servers have JSON at the same URL.
METADATA = Kind(
    "saml-metadata",
    cacheable_metadata,
    "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
)


def parse_pasted_metadata(text: str) -> Metadata:
    """Return the metadata of a pasted document; raises SignInFailed."""
    # The declared encoding was that of the original bytes.
    return parse_cached_metadata(DECLARATION.sub("", text, count=1).encode("utf-8", "replace"))


def parse_cached_metadata(content: bytes) -> Metadata:
    """Return a document's metadata; raises SignInFailed if it is not usable."""
    return in_own_thread(lambda: parse_metadata(content))


def parse_metadata(content: bytes) -> Metadata:
    """Return a document's metadata, in the current thread; raises SignInFailed."""
    try:
        root = parse(content)
    except ExceedsLimits:
        raise SignInFailed("metadata_limits") from None
    except InvalidXML:
        raise SignInFailed("metadata_xml") from None
    allowed_xml.check_metadata(root)
    entity, role = identity_provider(root)
    refuse_expired(root, entity, role)
    return Metadata(
        entity_id=entity_id_of(entity),
        sso_url=sso_url_of(role),
        certificates=signing_certificates(role),
    )


def identity_provider(root: Node) -> tuple[Node, Node]:
    """Return the only entity with an identity provider role, and the role."""
    path = "descendant-or-self::md:EntityDescriptor/md:IDPSSODescriptor"
    roles = [
        each
        for each in find_elements(root, path)
        if SAMLP in each.get("protocolSupportEnumeration", "").split()
    ]
    if not roles:
        raise SignInFailed("metadata_no_idp")
    if len(roles) > 1:
        raise SignInFailed("metadata_many")
    return roles[0].getparent(), roles[0]


def refuse_expired(*nodes: Node) -> None:
    """Raise SignInFailed if an element's validUntil has passed."""
    for node in nodes:
        value = node.get("validUntil")
        if value and parse_time(value, "metadata_xml") <= timezone.now():
            raise SignInFailed("metadata_ended")


def parse_time(value: str, cause: str) -> datetime:
    """Return an xs:dateTime in UTC; raises SignInFailed with the given cause."""
    found = TIME.fullmatch(value.strip())
    try:
        if found is None:
            raise ValueError(value)
        day, clock, fraction, zone = found.groups(default="")
        # The midnight at the end of a day.
        is_midnight = clock == "24:00:00" and not fraction.strip(".0")
        start = "00:00:00" if is_midnight else clock
        time = datetime.fromisoformat(f"{day}T{start}{fraction[:7]}{zone or 'Z'}")
        return (time + timedelta(days=is_midnight)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise SignInFailed(cause) from None


def entity_id_of(entity: Node) -> str:
    """Return the provider's entity ID."""
    value: str = entity.get("entityID", "")
    if not ENTITY_ID.fullmatch(value):
        raise SignInFailed("metadata_xml")
    return value


def sso_url_of(role: Node) -> str:
    """Return the URL for sign-ins by the redirect binding."""
    for service in find_elements(role, "md:SingleSignOnService"):
        value: str = service.get("Location", "")
        if service.get("Binding") == REDIRECT and is_address(value):
            return value
    raise SignInFailed("metadata_sso")


def signing_certificates(role: Node) -> str:
    """Return the distinct certificates for signing."""
    path = "md:KeyDescriptor[not(@use) or @use='signing']/ds:KeyInfo/ds:X509Data/ds:X509Certificate"
    bodies = [element_text(each) for each in find_elements(role, path)]
    if not bodies or len(bodies) > certificates.MAX_CERTIFICATES:
        raise SignInFailed("metadata_certificate")
    try:
        parsed = [certificates.parse_base64_der(body) for body in bodies]
    except certificates.UnusableCertificate:
        raise SignInFailed("metadata_certificate") from None
    return "\n".join(dict.fromkeys(certificates.as_pem([each]) for each in parsed))


def is_proved_by_host(settings: Mapping[str, Any]) -> bool:
    """Whether the metadata is on the host of the entity ID.

    Otherwise anyone who enters an entity ID and a certificate could sign in as another provider's
    users.
    """
    try:
        name, source = (split_url(settings[key]) for key in ("entity_id", "metadata_url"))
    except BadInput:
        return False
    return source.scheme == "https" and (name.scheme, name.netloc) == (source.scheme, source.netloc)
