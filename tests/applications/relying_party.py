"""A website that receives sign-ins, and checks everything as OpenID's conformance suite does.

The checks of every flow are those of `EnsureIncomingRequest…`, `ValidateIdToken…` and the like in
https://gitlab.com/openid/conformance-suite, which fail or warn.
"""

from __future__ import annotations

import re
import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import jwt
from django.http import HttpResponse
from django.test import Client
from django.utils.functional import cached_property

from applications.models import Application
from applications.services import ApplicationFields, add_application
from projects.models import Project
from tests.cast import client_of
from tests.openid import OpenID

CALLBACK = "https://shop.example/callback"
FORM = "application/x-www-form-urlencoded"
START = re.compile(r'<form method="post" action="(/sso/[^"]+/start)">(.*?)</form>', re.DOTALL)
# The answer to a request with response_mode=form_post.
ANSWER = re.compile(r'<form method="post" action="(https?://[^"]+)">(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
# RFC 6749, 4.1.2.1, without line breaks and tabs.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
SENT_BACK = {"code", "state", "iss", "error", "error_description"}
ID_TOKEN_CLAIMS = {
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "azp", "sid", "amr"),
}
PRIVATE_PARTS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
YEAR_SECONDS = 365 * 24 * 3600
# Times of tokens are whole seconds.
SECOND = 1


@dataclass(frozen=True)
class Arrival:
    """Where the browser has arrived: at the website, or at a page of ours."""

    response: HttpResponse
    # What was sent to the website; empty at a page of ours.
    query: dict[str, str]
    # How many sign-in pages were shown on the way.
    pages: int
    # Where it was sent, by a redirect or a form; "" at a page of ours.
    target: str = ""

    @property
    def is_page(self) -> bool:
        """Whether a page of ours is shown, and nobody was sent anywhere."""
        return not self.query and not self.response.has_header("Location")


@dataclass(frozen=True)
class SignedIn:
    """What a website knows after a sign-in."""

    code: str
    tokens: dict[str, Any]
    id_token: dict[str, Any]
    userinfo: dict[str, Any]
    pages: int


@dataclass
class Visit:
    """The browser of a person, who signs in at a provider wherever it is asked for."""

    project: Project
    provider: OpenID | None = None
    client: Client = field(init=False)
    seen: list[HttpResponse] = field(default_factory=list)
    # What the provider was asked, sign-in by sign-in.
    asked: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = client_of(self.project.host)

    def get(self, path: str) -> HttpResponse:
        """Open a page at the project's host."""
        response: HttpResponse = self.client.get(path)
        self.seen.append(response)
        return response

    def follow(self, response: HttpResponse) -> Arrival:
        """Go on until a website is reached, or a page that is no sign-in page."""
        pages = 0
        self.seen.append(response)
        while response.status_code in {302, 303}:
            address = urlsplit(response["Location"])
            if address.scheme and address.hostname != self.project.host:
                sent = single(parse_qsl(address.query, True))
                return Arrival(response, sent, pages, response["Location"])
            response = self.get(address._replace(scheme="", netloc="").geturl())
            if response.status_code == 200 and (form := START.search(response.content.decode())):
                pages += 1
                response = self.sign_in(form[1], hidden_fields(form[2]))
        if answer := ANSWER.search(response.content.decode()):
            return Arrival(response, hidden_fields(answer[2]), pages, unescape(answer[1]))
        return Arrival(response, {}, pages)

    def sign_in(self, action: str, fields: Mapping[str, str]) -> HttpResponse:
        """Press the button of the page, agree at the provider, and come back."""
        assert self.provider is not None, "a sign-in page is shown to somebody who cannot sign in"
        origin = {"origin": f"http://{self.project.host}"}
        pressed = self.client.post(action, fields, headers=origin)
        assert pressed.status_code == 302, pressed.content
        if pressed["Location"].startswith("/"):
            return pressed
        sent = single(parse_qsl(urlsplit(pressed["Location"]).query))
        self.asked.append(sent)
        self.provider.nonce = sent.get("nonce", "")
        query = urlencode({"code": "the-code", "state": sent["state"]})
        return self.get(f"{urlsplit(sent['redirect_uri']).path}?{query}")


@dataclass
class RelyingParty:
    """A website, with the defaults of its requests."""

    application: Application
    secret: str = field(default="", repr=False)
    method: str = "client_secret_basic"
    callback: str = CALLBACK
    pkce: bool = False
    scope: str = "openid"
    # Sent with each request; "" for the default, which is the query.
    response_mode: str = ""
    server: Client = field(init=False)

    def __post_init__(self) -> None:
        self.server = client_of(self.application.project.host)

    @property
    def project(self) -> Project:
        """The project whose people sign in."""
        return self.application.project

    # --- what the provider publishes ---

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The discovery document."""
        answer = self.server.get("/.well-known/openid-configuration")
        assert answer.status_code == 200
        document: dict[str, Any] = answer.json()
        return document

    def endpoint(self, name: str) -> str:
        """The path of one of the endpoints, which are all at the issuer's host."""
        address = self.metadata[name]
        assert address.startswith(f"{self.metadata['issuer']}/")
        return urlsplit(address).path

    def keys(self) -> dict[str, dict[str, Any]]:
        """The public keys by their ids."""
        published = self.server.get(self.endpoint("jwks_uri")).json()["keys"]
        assert published
        keys = {key["kid"]: key for key in published}
        assert len(keys) == len(published), "two keys have one id"
        for key in published:
            assert key["kty"] in {"RSA", "EC"}
            assert not PRIVATE_PARTS & key.keys()
        return keys

    # --- the browser's part ---

    def question(self, **changes: Any) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        sent = {
            "client_id": self.application.client_id,
            "response_type": "code",
            "redirect_uri": self.callback,
            "scope": self.scope,
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            **(challenge_of(VERIFIER) if self.pkce else {}),
            **({"response_mode": self.response_mode} if self.response_mode else {}),
            **changes,
        }
        return {name: str(value) for name, value in sent.items() if value is not None}

    def send(self, visit: Visit, question: Mapping[str, str], *, post: bool = False) -> Arrival:
        """Let the browser send an authorization request, and follow it to its end."""
        path = self.endpoint("authorization_endpoint")
        if post:
            # As a browser does it for another website: without our Lax cookies.
            stranger = client_of(self.project.host)
            response = stranger.post(path, urlencode(question), content_type=FORM)
        else:
            response = visit.client.get(f"{path}?{urlencode(question)}")
        arrival = visit.follow(response)
        if arrival.query:
            self.check_arrival(arrival, question)
        return arrival

    def check_arrival(self, arrival: Arrival, question: Mapping[str, str]) -> None:
        """What holds for every authorization response, also for errors."""
        sent = arrival.query
        own = dict(parse_qsl(urlsplit(question["redirect_uri"]).query, True))
        if question.get("response_mode") == "form_post":
            # Nothing of the answer is in an address.
            assert arrival.target == question["redirect_uri"]
            assert not arrival.response.has_header("Location")
            own = {}
        assert arrival.target.startswith(question["redirect_uri"]), arrival.target
        assert "#" not in arrival.target
        assert sent.get("state") == question.get("state")
        assert sent["iss"] == self.metadata["issuer"]
        assert sent.keys() <= SENT_BACK | own.keys()
        assert ("code" in sent) != ("error" in sent)
        if "error_description" in sent:
            assert DESCRIPTION.fullmatch(sent["error_description"])
        if "code" in sent:
            # 128 bits in base64.
            assert re.fullmatch(r"[\w-]{22,}", sent["code"])
        assert arrival.response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in arrival.response["Cache-Control"]

    def refused(self, visit: Visit, error: str, **changes: Any) -> dict[str, str]:
        """Expect an error to be sent back, without any page; return what was sent."""
        arrival = self.send(visit, self.question(**changes))
        assert arrival.query.get("error") == error, (arrival.query, arrival.response.status_code)
        assert arrival.pages == 0
        return arrival.query

    # --- the server's part ---

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """The form fields and the headers by which the website proves who it is."""
        client_id = self.application.client_id
        if self.method == "client_secret_basic":
            pair = f"{quote_plus(client_id)}:{quote_plus(self.secret)}"
            return {}, {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        if self.method == "client_secret_post":
            return {"client_id": client_id, "client_secret": self.secret}, {}
        return {"client_id": client_id}, {}

    def post(self, endpoint: str, **form: Any) -> Any:
        """Send a form to one of the endpoints for applications, with our credentials."""
        fields, headers = self.credentials()
        sent = {name: value for name, value in {**fields, **form}.items() if value is not None}
        path = self.endpoint(f"{endpoint}_endpoint")
        return self.server.post(path, urlencode(sent), content_type=FORM, headers=headers)

    def redeem(self, code: str, **changes: Any) -> Any:
        """Exchange a code, and return the response whatever it is."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": VERIFIER if self.pkce else None,
            **changes,
        }
        return self.post("token", **form)

    def refresh(self, refresh_token: str, **changes: Any) -> Any:
        """Exchange a refresh token, and return the response whatever it is."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        return self.post("token", **form)

    def check_tokens(self, response: Any) -> dict[str, Any]:
        """What holds for every token response; return its members."""
        assert response.status_code == 200, response.content
        assert response["Content-Type"].startswith("application/json")
        assert response["Cache-Control"] == "no-store"
        assert response["Pragma"] == "no-cache"
        tokens: dict[str, Any] = response.json()
        assert tokens["token_type"].lower() == "bearer"
        assert 0 < tokens["expires_in"] <= YEAR_SECONDS
        for name in {"access_token", "refresh_token"} & tokens.keys():
            assert len(tokens[name]) >= 43, f"{name} has less than 256 bits"
        return tokens

    def check_id_token(self, tokens: Mapping[str, Any], *, nonce: str | None) -> dict[str, Any]:
        """Verify an id_token, and return its claims."""
        token = tokens["id_token"]
        header = jwt.get_unverified_header(token)
        assert header["alg"] == self.application.signing_alg
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(self.keys()[header["kid"]]),
            algorithms=[header["alg"]],
            audience=self.application.client_id,
            issuer=self.metadata["issuer"],
            options={"require": ["iss", "sub", "aud", "exp", "iat"], "strict_aud": True},
        )
        assert claims.get("nonce") == nonce
        assert abs(time.time() - claims["iat"]) < 60
        assert re.fullmatch(r"[\x21-\x7e]{1,255}", claims["sub"])
        digest = sha256(tokens["access_token"].encode("ascii")).digest()[:16]
        assert claims["at_hash"] == encoded(digest)
        assert claims.keys() <= ID_TOKEN_CLAIMS | ({"idp"} if self.application.idp_claim else set())
        assert claims["sid"]
        assert isinstance(claims["amr"], list)
        assert claims["auth_time"] <= claims["iat"]
        return claims

    def userinfo(self, access_token: str, way: str = "get") -> Any:
        """Ask for the person: by `get`, by `post-header` or by `post-body`."""
        path = self.endpoint("userinfo_endpoint")
        header = {"Authorization": f"Bearer {access_token}"}
        if way == "get":
            return self.server.get(path, headers=header)
        if way == "post-header":
            return self.server.post(path, headers=header)
        return self.server.post(path, urlencode({"access_token": access_token}), content_type=FORM)

    def check_userinfo(self, response: Any, subject: str) -> dict[str, Any]:
        """What holds for every userinfo response; return its claims."""
        assert response.status_code == 200, response.content
        assert response["Content-Type"].startswith("application/json")
        assert response["Cache-Control"] == "no-store"
        claims: dict[str, Any] = response.json()
        assert claims["sub"] == subject
        assert not [name for name, value in claims.items() if value in (None, "", "null")]
        assert isinstance(claims.get("email_verified", True), bool)
        return claims

    # --- all of it ---

    def sign_in(self, visit: Visit, *, post: bool = False, **changes: Any) -> SignedIn:
        """Let somebody sign in, and check everything that can be checked."""
        question = self.question(**changes)
        arrival = self.send(visit, question, post=post)
        assert "code" in arrival.query, (arrival.query, arrival.response.content.decode()[:2000])
        tokens = self.check_tokens(self.redeem(arrival.query["code"]))
        claims = self.check_id_token(tokens, nonce=question.get("nonce"))
        told = self.check_userinfo(self.userinfo(tokens["access_token"]), claims["sub"])
        return SignedIn(arrival.query["code"], tokens, claims, told, arrival.pages)


VERIFIER = "verifier-" + 43 * "~"


def challenge_of(verifier: str) -> dict[str, str]:
    """The parameters for a verifier (RFC 7636, 4.2)."""
    challenge = encoded(sha256(verifier.encode()).digest())
    return {"code_challenge": challenge, "code_challenge_method": "S256"}


def encoded(value: bytes) -> str:
    """Bytes as they stand in tokens (RFC 7515, 2)."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def hidden_fields(form: str) -> dict[str, str]:
    """The hidden fields of a form in a page."""
    return single([(name, unescape(value)) for name, value in HIDDEN.findall(form)])


def single(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The parameters of a query in which each stands once."""
    assert len(dict(pairs)) == len(pairs), "a parameter is repeated"
    return dict(pairs)


def register(project: Project, *, name: str = "Shop", **given: Any) -> RelyingParty:
    """Add an application to a project as its operators do."""
    party = {
        each: given.pop(each)
        for each in ("method", "pkce", "scope", "response_mode")
        if each in given
    }
    callback = given.setdefault("redirect_uris", [CALLBACK])[0]
    application, secret = add_application(
        project, ApplicationFields(name=name, **given), actor=None
    )
    value = secret.value if secret else ""
    if not value:
        party.setdefault("method", "none")
    return RelyingParty(application, value, callback=callback, **party)
