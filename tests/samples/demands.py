"""How a provider's document wants to be asked: method, place of each parameter, encoding, headers.

A sample says it where the provider differs from the standard. Everything else is the standard's, so
a new provider inherits it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.connections.servers import Peer

FORM = r"application/x-www-form-urlencoded(;\s*charset=utf-8)?"
JSON = r"application/json(;\s*charset=utf-8)?"
# RFC 6750, section 2.1.
BEARER = {"authorization": r"Bearer \S+"}
# RFC 6749, section 2.3.1.
BASIC = {"authorization": r"Basic [0-9A-Za-z+/]+=*"}
CLIENT = frozenset({"client_id", "client_secret"})
# RFC 6749, section 4.1.3.
CODE = frozenset({"grant_type", "code", "redirect_uri"})


@dataclass(frozen=True, kw_only=True)
class Demand:
    """One request as the document describes it. What it does not name must not be sent."""

    method: str = "GET"
    query: frozenset[str] = frozenset()
    # The members of the body, by its encoding.
    form: frozenset[str] = frozenset()
    json: frozenset[str] = frozenset()
    # Patterns by the names of headers in lower case.
    headers: Mapping[str, str] = field(default_factory=dict)
    # What may also be in the query or in the body.
    optional: frozenset[str] = frozenset()


Demands = Demand | Callable[[Peer], Demand]


def names(*members: str) -> frozenset[str]:
    return frozenset(members)


def token_request(*, pkce: bool) -> Demand:
    """The token request of RFC 6749, section 4.1.3, and RFC 7636, section 4.5.

    GitHub answers with a form unless JSON is asked for.
    """
    verifier = names("code_verifier") if pkce else names()
    return Demand(
        method="POST", form=CODE | CLIENT | verifier, headers={"accept": "application/json.*"}
    )


def with_basic(demand: Demand) -> Demand:
    """The same, with the client's name and secret in the header and nowhere else."""
    headers = {**demand.headers, **BASIC}
    return Demand(method=demand.method, form=demand.form - CLIENT, headers=headers)


# SAML metadata, section 4.1.1: a server may have the document as JSON and as XML.
METADATA_REQUEST = Demand(headers={"accept": r"application/samlmetadata\+xml.*"})
# The document shows a GET. A form works as well, and keeps code and secret out of addresses.
WECHAT_TOKEN = Demand(method="POST", form=names("appid", "secret", "code", "grant_type"))
WECHAT_PROFILE = Demand(query=names("access_token", "openid"), optional=names("lang"))
DOCUMENTS = re.compile(r"(openid-configuration|keys|certs|jwks(\.json)?)/?")


def default_demand(path: str, *, token_path: str, pkce: bool, is_discovered: bool) -> Demand:
    """What the standard says of a path.

    Where a provider announces nothing else, the client authenticates by Basic (OpenID Connect
    Core, section 9).
    """
    if path == token_path:
        demand = token_request(pkce=pkce)
        return with_basic(demand) if is_discovered else demand
    if DOCUMENTS.fullmatch(path.rpartition("/")[2] or path.split("/")[-2]):
        return Demand(headers={"accept": ".*application/json.*"})
    return Demand(headers=BEARER)


def unmet(demand: Demand, peer: Peer) -> list[str]:
    """Return in which ways a request differs from what is demanded."""
    found = []
    method = peer.head.partition(" ")[0]
    if method != demand.method:
        found.append(f"{method} instead of {demand.method}")
    sent: dict[str, set[str]] = {"query": set(peer.query), "form": set(), "json": set()}
    label = peer.headers.get("content-type", "")
    if re.fullmatch(JSON, label, re.I):
        sent["json"] = set(json.loads(peer.body))
    elif re.fullmatch(FORM, label, re.I):
        sent["form"] = set(peer.form)
    elif peer.body or label:
        found.append(f"a body of type {label!r}")
    for place, members in sent.items():
        wanted: frozenset[str] = getattr(demand, place)
        found += [f"{each} is missing in the {place}" for each in sorted(wanted - members)]
        unknown = members - wanted - demand.optional
        found += [f"{each} is sent in the {place}" for each in sorted(unknown)]
    # Some providers refuse requests without one.
    wanted_headers = {"user-agent": ".+", **demand.headers}
    for name, pattern in wanted_headers.items():
        if not re.fullmatch(pattern, peer.headers.get(name, ""), re.I):
            found.append(f"the header {name} is {peer.headers.get(name)!r}")
    if "authorization" in peer.headers and "authorization" not in demand.headers:
        found.append("an Authorization header is sent")
    return found
