"""What the contract test says of a request that is not as the provider's document demands."""

from __future__ import annotations

import socket
import threading

from tests.connections.servers import Peer
from tests.rows import each_row
from tests.samples.demands import Demand, default_demand, names, token_request, unmet, with_basic

FORM = "Content-Type: application/x-www-form-urlencoded"
FIELDS = "grant_type=g&code=c&redirect_uri=r&code_verifier=v"
SECRET = "&client_id=i&client_secret=s"
ALWAYS = "User-Agent: Menkou\r\nAccept: application/json"


def heard(first_line: str, *headers: str, body: str = "") -> Peer:
    """A request as a server hears it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        lines = [f"{first_line} HTTP/1.1", ALWAYS, *headers, f"Content-Length: {len(body)}"]
        ours.sendall(("\r\n".join(lines) + f"\r\n\r\n{body}").encode())
        return Peer(theirs, threading.Event())


TOKEN = token_request(pkce=True)


@each_row(
    "demand, peer, differences",
    [
        (TOKEN, heard("POST /t", FORM, body=FIELDS + SECRET), []),
        (
            TOKEN,
            heard(f"GET /t?{FIELDS}"),
            [
                "GET instead of POST",
                "code is sent in the query",
                "client_secret is missing in the form",
            ],
        ),
        (
            TOKEN,
            heard("POST /t", "Content-Type: application/json", body='{"code": "c"}'),
            ["code is sent in the json", "code is missing in the form"],
        ),
        (
            TOKEN,
            heard("POST /t", "Authorization: Basic aTpz", FORM, body=FIELDS + SECRET),
            ["an Authorization header is sent"],
        ),
        (
            with_basic(TOKEN),
            heard("POST /t", FORM, body=FIELDS + SECRET),
            ["client_secret is sent in the form", "the header authorization is None"],
        ),
        (
            token_request(pkce=False),
            heard("POST /t", FORM, body=FIELDS + SECRET),
            ["code_verifier is sent in the form"],
        ),
        (TOKEN, heard("POST /t", body=FIELDS), ["a body of type ''"]),
        (
            Demand(query=names("fields")),
            heard("GET /me?fields=id&access_token=t"),
            ["access_token is sent in the query"],
        ),
    ],
)
def test_a_difference_is_named(demand: Demand, peer: Peer, differences: list[str]) -> None:
    found = unmet(demand, peer)

    assert set(differences) <= set(found)
    assert bool(differences) == bool(found)


@each_row("name", ["keys", "certs", "jwks.json", "jwks/", "openid-configuration"])
def test_a_public_document_is_asked_for_without_a_token(name: str) -> None:
    demand = default_demand(f"/a/{name}", token_path="/token", pkce=True, is_discovered=True)

    assert "authorization" not in demand.headers
    assert unmet(demand, heard(f"GET /a/{name}")) == []
