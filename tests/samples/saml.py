from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

from connections.models import Connection
from tests.cast import client_of
from tests.connections.servers import Peer
from tests.openid import ABSENT
from tests.saml import Answer, IdentityProvider, pair
from tests.samples.demands import METADATA_REQUEST
from tests.samples.sample import Person, Refusal, Sample, Script

ENTITY_ID = "https://idp.example.com/saml"
# What a browser finds at the provider is looked up as if it were a page there.
SSO = "/sso"


@cache
def provider() -> IdentityProvider:
    return IdentityProvider(ENTITY_ID)


def metadata(script: Script, peer: Peer) -> bytes:
    return provider().metadata


def agreed(script: Script) -> Mapping[str, str]:
    """What the provider posts, built by a real one."""
    said: Any = script.answers[SSO]
    if callable(said):
        said = said(script, None)
    if isinstance(said, bytes):
        return {"SAMLResponse": base64.b64encode(said).decode()}
    return {"SAMLResponse": responded(script, said)}


def responded(script: Script, said: dict[str, Any]) -> str:
    connection = Connection.objects.get(provider="saml")
    path = f"/sso/{connection.alias}/metadata"
    idp = provider()
    idp.learn(client_of(connection.project.host).get(path).content)
    if "status" in said:
        return idp.refuse(script.query, said["status"], said.get("message", ""))
    subject = said.get("subject", ABSENT)
    if subject is ABSENT:
        return idp.respond(script.query, Answer(before=without_name))
    return idp.respond(script.query, Answer(subject="" if subject is None else subject))


def without_name(root: Any) -> None:
    (name,) = root.iter("{urn:oasis:names:tc:SAML:2.0:assertion}NameID")
    name.getparent().remove(name)


def cancelled(script: Script) -> dict[str, str]:
    """What a provider posts after somebody cancelled there; only the message says it."""
    said = {"status": "RequestDenied", "message": "The user canceled the sign-in."}
    return {"SAMLResponse": responded(script, said)}


SAMPLE = Sample(
    filled_in={
        "metadata_url": "https://idp.example.com/metadata",
        "metadata_file": "",
        "metadata_xml": "",
        "entity_id": ENTITY_ID,
        "sso_url": "https://idp.example.com/sso",
        "certificates": pair().pem,
        "name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "subject_attribute": "",
        "email_attribute": "",
        "name_attribute": "",
    },
    answers={"/metadata": metadata, SSO: {"subject": "f3a9-ada"}},
    person=Person(
        namespace=f"saml:{ENTITY_ID}",
        subject="f3a9-ada",
        name="Ada",
        address="ada@example.com",
    ),
    subject_at=(SSO, "subject"),
    refusal=Refusal(
        path=SSO, answer={"status": "InvalidNameIDPolicy"}, cause="InvalidNameIDPolicy"
    ),
    returns=agreed,
    cancels=cancelled,
    # SAML has none: the answer belongs to the request by InResponseTo.
    pkce=False,
    origins=("https://idp.example.com",),
    demands={
        "/metadata": METADATA_REQUEST,
    },
)
