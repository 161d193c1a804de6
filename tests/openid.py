"""A provider of OAuth 2 and OpenID Connect that says exactly what a test tells it, over HTTP."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.http import HttpResponse
from django.test import Client

from connections.models import Connection
from connections.secrets import seal_secret
from projects.models import Project
from tests.cast import client_of
from tests.connections.servers import Peer, Server, serving

CLIENT_ID = "our-client"
CLIENT_SECRET = "CANARY-5f0c1a"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ABSENT = object()

Provider = TypeVar("Provider", bound="OpenID")


def jwk(key: rsa.RSAPrivateKey, **changes: Any) -> dict[str, Any]:
    """The public half of a key, as providers publish it."""
    public: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": "first", "use": "sig", "alg": "RS256", **changes}


class OpenID:
    """The provider: what it says can be changed before each call, and what it heard is kept."""

    def __init__(self) -> None:
        self.server: Server
        self.nonce = ""
        self.issuer = ""
        self.audience: Any = CLIENT_ID
        self.keys: Any = [jwk(KEY)]
        self.signing_key: Any = KEY
        self.algorithm = "RS256"
        self.kid = "first"
        # Claims of the ID token and members of the other answers, on top of the right ones.
        self.told: dict[str, Any] = {}
        self.token: dict[str, Any] = {}
        self.profile: Any = {"sub": "person-1", "name": "Ada", "email": "ada@example.com"}
        self.emails: Any = []
        self.discovery: dict[str, Any] = {}
        self.raw: dict[str, bytes] = {}
        self.status: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.asked: list[Peer] = []

    @property
    def origin(self) -> str:
        return self.server.origin

    def calls(self, path: str) -> int:
        """How often a path was asked for."""
        return self.server.calls.count(path)

    def treat(self, peer: Peer) -> None:
        self.asked.append(peer)
        answers = {
            "/.well-known/openid-configuration": self.document,
            "/keys": lambda: {"keys": self.keys},
            "/token": self.tokens,
            "/login/oauth/access_token": self.tokens,
            "/oauth2/v3/certs": lambda: {"keys": self.keys},
            "/userinfo": lambda: self.profile,
            "/user": lambda: self.profile,
            "/user/emails": lambda: self.emails,
        }
        body = self.raw.get(peer.path)
        if body is None:
            body = json.dumps(answers[peer.path]()).encode()
        peer.answer(
            body,
            status=self.status.get(peer.path, "200 OK"),
            headers=self.headers.get(peer.path, ""),
        )

    def document(self) -> dict[str, Any]:
        return without_absent(
            {
                "issuer": self.origin,
                "authorization_endpoint": f"{self.origin}/authorize",
                "token_endpoint": f"{self.origin}/token",
                "userinfo_endpoint": f"{self.origin}/userinfo",
                "jwks_uri": f"{self.origin}/keys",
                **self.discovery,
            }
        )

    def tokens(self) -> dict[str, Any]:
        answer = {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "expires_in": 3600,
            "id_token": self.id_token(),
        }
        return without_absent({**answer, **self.token})

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer or self.origin,
            "aud": self.audience,
            "sub": "person-1",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            **self.told,
        }
        return jwt.encode(
            without_absent(claims),
            self.signing_key,
            algorithm=self.algorithm,
            headers={"kid": self.kid} if self.kid else None,
        )


LOGIN_PAGE = """<!doctype html><html lang="en"><title>Staff</title><h1>Staff only</h1>
<p role="alert">{said}</p><form method="post" action="/authorize">
<input type="hidden" name="question" value="{question}">
<label>User <input name="user"></label>
<label>Password <input name="password" type="password"></label>
<button>Log in</button></form></html>"""


class WithLoginPage(OpenID):
    """The provider with a page of its own, on which people say who they are."""

    PASSWORD = "sesame"

    def treat(self, peer: Peer) -> None:
        path, _, question = peer.path.partition("?")
        if path == "/favicon.ico":
            peer.answer(b"", status="404 Not Found")
        elif path != "/authorize":
            super().treat(peer)
        elif peer.form.get("password") == self.PASSWORD:
            self.send_back(peer)
        else:
            self.show_page(peer, question or peer.form.get("question", ""))

    def show_page(self, peer: Peer, question: str) -> None:
        said = "Wrong password" if peer.form else ""
        page = LOGIN_PAGE.format(said=said, question=html.escape(question))
        peer.answer(page.encode(), headers="Content-Type: text/html; charset=utf-8\r\n")

    def send_back(self, peer: Peer) -> None:
        asked = {name: values[0] for name, values in parse_qs(peer.form["question"]).items()}
        self.nonce = asked["nonce"]
        self.profile = {"sub": "person-1", "name": peer.form["user"]}
        answer = urlencode({"code": "the-code", "state": asked["state"]})
        where = f"{asked['redirect_uri']}?{answer}"
        peer.answer(b"", status="302 Found", headers=f"Location: {where}\r\n")


def without_absent(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ABSENT}


@contextmanager
def running_openid(kind: type[Provider] = OpenID) -> Iterator[Provider]:  # type: ignore[assignment]
    """A provider for the length of the block."""
    provider = kind()
    with serving(provider.treat) as provider.server:
        yield provider


class Guest:
    """A browser of somebody who signs in by a connection."""

    def __init__(self, project: Project, provider: OpenID, connection: Connection) -> None:
        self.project = project
        self.provider = provider
        self.connection = connection
        self.client: Client = client_of(project.host)
        self.query: dict[str, str] = {}

    def press(self, query: str = "") -> HttpResponse:
        """Press the button, and remember what goes to the provider."""
        path = f"/sso/{self.connection.alias}/start{query}"
        answer = self.client.post(path, headers={"origin": f"http://{self.project.host}"})
        address = urlsplit(answer.headers.get("location", ""))
        self.query = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.provider.nonce = self.query.get("nonce", "")
        return answer

    def come_back(self, **query: str) -> HttpResponse:
        """Arrive at the callback."""
        sent = {"code": "the-code", "state": self.query.get("state", ""), **query}
        return self.client.get(
            f"/sso/oauth2/callback/{self.connection.alias}",
            {name: value for name, value in sent.items() if value},
        )

    def sign_in(self, **query: str) -> HttpResponse:
        """Press, agree, come back."""
        self.press()
        return self.come_back(**query)


def connect(project: Project, provider: str, alias: str = "", **settings: Any) -> Connection:
    """A saved connection of a provider with the client that the tests' server knows."""
    connection = Connection.objects.create(
        project=project,
        provider=provider,
        alias=alias or provider,
        settings={"client_id": CLIENT_ID, **settings},
    )
    seal_secret(connection, field="client_secret", value=CLIENT_SECRET, actor=None)  # type: ignore[arg-type]
    return connection


def openid_settings(issuer: str, **changes: Any) -> dict[str, Any]:
    """The settings of an OpenID Connect connection that discovers its addresses."""
    return {
        "issuer": issuer,
        "scopes": "openid profile email",
        "authorization_endpoint": "",
        "token_endpoint": "",
        "userinfo_endpoint": "",
        "jwks_uri": "",
        "secret_in_body": False,
        **changes,
    }
