"""What an identity provider says of itself in its metadata.

https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from requests import Response

from connections.signin.failures import SignInFailed
from connections.signin.oidc.kept import FRESH_SECONDS, kept
from connections.signin.oidc.metadata import is_address
from connections.signin.saml import certificates
from connections.signin.saml.names import REDIRECT, SAMLP, Node, NotXML, found, parsed, text_of

# So that what is made of it fits where identities are kept.
ENTITY_ID = re.compile(r"[\x21-\x7e]{1,180}")


DECLARATION = re.compile(r"\A[\s\ufeff]*(?:<\?xml\s[^>]*\?>)?")


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """Who the provider is, where people are sent, and the certificates by which it signs."""

    entity_id: str
    sso_url: str
    # PEM, one after the other.
    certificates: str


def metadata_of(settings: Mapping[str, Any]) -> Metadata:
    """Return where the connection's provider is; raises SignInFailed or NoAnswer.

    What an address says is read again every hour, so that a new certificate is known in time; but
    it must go on speaking of the same provider.
    """
    if not settings["metadata_url"]:
        return typed(settings)
    told = fetched(settings["metadata_url"])
    if told.entity_id != settings["entity_id"]:
        raise SignInFailed("metadata_entity")
    return told


def latest(settings: Mapping[str, Any]) -> Metadata:
    """Return what is known of the provider without asking it."""
    document = kept.latest(settings["metadata_url"]) if settings["metadata_url"] else None
    return Metadata(**document) if document else typed(settings)


def typed(settings: Mapping[str, Any]) -> Metadata:
    """Return what the connection has saved."""
    names = ("entity_id", "sso_url", "certificates")
    return Metadata(**{name: settings[name] for name in names})


def fetched(url: str, *, within: float = FRESH_SECONDS) -> Metadata:
    """Return the metadata at an address, not older than asked for.

    Raises SignInFailed or NoAnswer.
    """
    return Metadata(**kept.get(url, lambda document: None, within=within, read=of_response))


def of_response(response: Response) -> dict[str, Any]:
    """Return the metadata of an answer in the shape in which it is kept; raises SignInFailed."""
    return asdict(read(response.content))


def read_text(text: str) -> Metadata:
    """Return the content of a document that somebody copied; raises SignInFailed."""
    # What it says of its encoding was true of the bytes that it came in.
    return read(DECLARATION.sub("", text, count=1).encode("utf-8", "replace"))


def read(content: bytes) -> Metadata:
    """Return a document's content; raises SignInFailed where it is not usable."""
    try:
        root = parsed(content)
    except NotXML:
        raise SignInFailed("metadata_xml") from None
    entity, role = identity_provider(root)
    refuse_ended(root, entity, role)
    return Metadata(
        entity_id=entity_id_of(entity), sso_url=sso_url_of(role), certificates=signing(role)
    )


def identity_provider(root: Node) -> tuple[Node, Node]:
    """Return the one entity that signs people in, and its part that says so."""
    path = "descendant-or-self::md:EntityDescriptor/md:IDPSSODescriptor"
    roles = [
        each
        for each in found(root, path)
        if SAMLP in each.get("protocolSupportEnumeration", "").split()
    ]
    if not roles:
        raise SignInFailed("metadata_no_idp")
    if len(roles) > 1:
        raise SignInFailed("metadata_many")
    return roles[0].getparent(), roles[0]


def refuse_ended(*nodes: Node) -> None:
    """Raise SignInFailed where the document says that it must no longer be believed."""
    for node in nodes:
        value = node.get("validUntil")
        if value and moment(value, "metadata_xml") <= timezone.now():
            raise SignInFailed("metadata_ended")


def moment(value: str, cause: str) -> datetime:
    """Return a time as XML writes it; raises SignInFailed, with the cause that is given."""
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise SignInFailed(cause) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def entity_id_of(entity: Node) -> str:
    """Return the provider's name for itself."""
    value: str = entity.get("entityID", "")
    if not ENTITY_ID.fullmatch(value):
        raise SignInFailed("metadata_xml")
    return value


def sso_url_of(role: Node) -> str:
    """Return where people are sent by a redirect."""
    for service in found(role, "md:SingleSignOnService"):
        value: str = service.get("Location", "")
        if service.get("Binding") == REDIRECT and is_address(value):
            return value
    raise SignInFailed("metadata_sso")


def signing(role: Node) -> str:
    """Return the certificates that may sign, each once."""
    path = "md:KeyDescriptor[not(@use) or @use='signing']/ds:KeyInfo/ds:X509Data/ds:X509Certificate"
    bodies = [text_of(each) for each in found(role, path)]
    if not bodies or len(bodies) > certificates.MOST:
        raise SignInFailed("metadata_certificate")
    try:
        told = [certificates.of_base64(body) for body in bodies]
    except certificates.Unusable:
        raise SignInFailed("metadata_certificate") from None
    return "\n".join(dict.fromkeys(certificates.as_pem([each]) for each in told))


def proves_itself(settings: Mapping[str, Any]) -> bool:
    """Whether the provider's own host said that this is the provider of that name.

    Whoever types a name and a certificate could otherwise speak for somebody else's people.
    """
    name, source = (urlsplit(settings[key]) for key in ("entity_id", "metadata_url"))
    return source.scheme == "https" and (name.scheme, name.netloc) == (source.scheme, source.netloc)
