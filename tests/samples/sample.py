"""What a provider's sample says: a form as people fill it in, and answers as the provider gives."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from django.http import HttpResponse
from django.test import Client

from connections.configured import definition_of
from connections.models import Connection
from connections.providers.definition import Definition
from projects.models import Project
from tests.cast import client_of
from tests.connections.servers import Peer, Server, serving
from tests.openid import ABSENT, KEY, jwk
from tests.samples.demands import Demands, default_demand, unmet

CODE = "the-code"
# NUL and half of a surrogate pair, and longer than any column.
UNSTORABLE = "a\0b\ud800" + "x" * 600
# What says nothing of a person, and has tests of its own.
PROTOCOL = frozenset(
    [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "keys",
        "access_token",
        "refresh_token",
        "token_type",
        "id_token",
        "scope",
        "iss",
        "aud",
        "nonce",
    ]
)
# What decides over a sign-in: ids and error codes. Every other text that a provider says is only
# shown.
DECIDING = frozenset(
    [
        "sub",
        "id",
        "idstr",
        "oid",
        "tid",
        "uid",
        "userid",
        "user_id",
        "openid",
        "open_id",
        "openId",
        "unionid",
        "union_id",
        "unionId",
        "tenant_key",
        "hd",
        "azp",
        "code",
        "error_code",
        "resultcode",
        "accessToken",
        "access_token_issuer",
        "sign",
    ]
)
NO_ID: tuple[Any, ...] = (None, "", 0, ABSENT)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom the sample's answers must turn into an end user."""

    namespace: str
    subject: str
    name: str
    picture: str = ""
    address: str = ""
    address_verified: bool = False
    # Further ids, as (namespace, value).
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error as the provider words it where the code is exchanged, and what we make of it."""

    path: str
    answer: Any
    cause: str
    status: str = "200 OK"


Returns = Mapping[str, str] | Callable[["Script"], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One provider's; every module here has one, `SAMPLE`, for the provider of its name."""

    # What is typed into the form, by field.
    filled_in: Mapping[str, str]
    # What each path at the provider answers: JSON, bytes, or a function of the Script and the
    # caller that gives either.
    answers: Mapping[str, Any]
    person: Person
    # Where the person's id stands: a path and the names that lead to it; or ("id_token", claim).
    subject_at: tuple[str, ...]
    refusal: Refusal
    # What the provider adds to the callback: after consent, and after cancelling; or a function of
    # the Script that gives it.
    returns: Returns = field(default_factory=lambda: {"code": CODE})
    cancels: Returns = field(default_factory=lambda: {"error": "access_denied"})
    # How its document wants to be asked at each path, where that differs from the standard.
    demands: Mapping[str, Demands] = field(default_factory=dict)
    # False only where the provider's documentation knows no PKCE; say so beside it.
    pkce: bool = True
    # What it answers to the right secret with a code that it never gave.
    refused_code: Any = field(default_factory=lambda: {"error": "invalid_grant"})
    refused_code_status: str = "400 Bad Request"
    # Origins beside those of the definition's endpoints that the scripted provider plays.
    origins: tuple[str, ...] = ()
    # What the browser says that it is, where the provider refuses others.
    browser: str = ""


def sample_of(provider_id: str) -> Sample:
    """Return the provider's sample; raises ModuleNotFoundError where nobody wrote one."""
    sample: Sample = import_module(f"tests.samples.{provider_id}").SAMPLE
    return sample


class Script:
    """The provider, playing its sample; what it heard is kept."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.server: Server
        self.begin_again()

    def begin_again(self) -> None:
        """Play the sample as it is, as if nobody had asked yet."""
        # Its own, so that a test may change them.
        self.answers: dict[str, Any] = deepcopy(dict(self.sample.answers))
        self.status: dict[str, str] = {}
        # What each path says of the type of its answer.
        self.content_type: dict[str, str] = {}
        self.heard: list[Peer] = []
        # Set by the sign-in: what the browser was sent away with.
        self.query: dict[str, str] = {}
        # Claims of the ID token that a test wants otherwise.
        self.told: dict[str, Any] = {}
        # Which of the texts that are more than shown is to be one that no database takes, and how
        # many of them it said.
        self.spoilt = -1
        self.texts = 0
        # What every text that is only shown becomes, where a test wants that; and what stands in
        # the body where JSON would write the control character U+0007.
        self.shown: Any = None
        self.raw = b"\\u0007"

    def treat(self, peer: Peer) -> None:
        self.heard.append(peer)
        path = peer.path.partition("?")[0]
        answer = self.answers.get(path)
        if callable(answer):
            answer = answer(self, peer)
        if answer is None:
            peer.answer(b"not here", status="404 Not Found")
            return
        answer = self.spoiled(answer)
        body = answer if isinstance(answer, bytes) else self.written(answer)
        label = self.content_type.get(path, "")
        headers = f"Content-Type: {label}\r\n" if label else ""
        peer.answer(body, status=self.status.get(path, "200 OK"), headers=headers)

    def unmet_demands(self) -> list[str]:
        """In which ways the requests that were heard differ from what the document demands."""
        sample = self.sample
        found = []
        is_discovered = any("openid-configuration" in peer.path for peer in self.heard)
        for peer in self.heard:
            path = peer.path.partition("?")[0]
            demand = sample.demands.get(path) or default_demand(
                path, token_path=sample.refusal.path, pkce=sample.pkce, is_discovered=is_discovered
            )
            differences = unmet(demand(peer) if callable(demand) else demand, peer)
            found += [f"{path}: {each}" for each in differences]
        return found

    def written(self, answer: Any) -> bytes:
        """The answer as JSON, in which a test may want what JSON does not allow."""
        return json.dumps(answer).encode().replace(b"\\u0007", self.raw)

    def spoiled(self, answer: Any) -> Any:
        """The answer, with one of its texts replaced where a test wants that."""
        if isinstance(answer, dict):
            return {
                name: value if name in PROTOCOL else self.as_shown(name, value)
                for name, value in answer.items()
            }
        if isinstance(answer, list):
            return [self.spoiled(each) for each in answer]
        if not isinstance(answer, str):
            return answer
        self.texts += 1
        return UNSTORABLE if self.texts - 1 == self.spoilt else answer

    def as_shown(self, name: str, value: Any) -> Any:
        """The member, replaced where it is a text that is only shown."""
        if isinstance(value, dict | list) or name in DECIDING:
            return self.spoiled(value)
        return value if self.shown is None or not isinstance(value, str) else self.shown

    def tokens(self, **members: Any) -> dict[str, Any]:
        """A token answer as the standard has it."""
        return {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "expires_in": 3600,
            **members,
        }

    def id_token(self, *, iss: str, **claims: Any) -> str:
        """A signed ID token for this very sign-in."""
        now = int(time.time())
        told = {
            "iss": iss,
            "aud": self.query.get("client_id", ""),
            "iat": now,
            "exp": now + 300,
            "nonce": self.query.get("nonce", ""),
            **claims,
            **self.told,
        }
        present = {name: value for name, value in told.items() if value is not ABSENT}
        present = self.spoiled(present)
        return jwt.encode(present, KEY, algorithm="RS256", headers={"kid": "first"})

    def without_id(self, value: Any) -> None:
        """Answer with this in place of the person's id."""
        path, *names = self.sample.subject_at
        if path == "id_token":
            self.told[names[0]] = value
            return
        plain = self.answers[path]

        def changed(script: Script, peer: Peer) -> Any:
            answer = deepcopy(plain(script, peer) if callable(plain) else plain)
            inner = answer
            for name in names[:-1]:
                inner = inner[name]
            if value is ABSENT:
                del inner[names[-1]]
            else:
                inner[names[-1]] = value
            return answer

        self.answers[path] = changed


def keys(script: Script, peer: Peer) -> dict[str, Any]:
    """The provider's public keys."""
    return {"keys": [jwk(KEY)]}


def id_token(*, iss: str, **claims: Any) -> Callable[[Script, Peer], dict[str, Any]]:
    """A token answer with an ID token that says this."""
    return lambda script, peer: script.tokens(id_token=script.id_token(iss=iss, **claims))


def discovery(issuer: str, **changes: Any) -> dict[str, Any]:
    """A discovery document; the endpoints are /authorize, /token, /userinfo and /keys below it."""
    base = issuer.rstrip("/")
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "userinfo_endpoint": f"{base}/userinfo",
        "jwks_uri": f"{base}/keys",
        **changes,
    }


@contextmanager
def playing(definition: Definition, sample: Sample, settings: Any) -> Iterator[Script]:
    """The scripted provider for the length of the block, in place of the real one."""
    script = Script(sample)
    with serving(script.treat) as script.server:
        origins = {each.base for each in definition.endpoints.values()} | set(sample.origins)
        settings.MENKOU_MOVED_ENDPOINTS = dict.fromkeys(origins, script.server.origin)
        settings.WECHAT_OPEN_BASE_URL = script.server.origin
        settings.WECHAT_API_BASE_URL = script.server.origin
        yield script


class Guest:
    """A browser of somebody who signs in by a connection."""

    def __init__(self, project: Project, script: Script, connection: Connection) -> None:
        self.project = project
        self.script = script
        self.connection = connection
        self._take_new_browser()

    def begin_again(self) -> None:
        """Come with a new browser to a provider that plays its sample as it is."""
        self.script.begin_again()
        self._take_new_browser()

    def _take_new_browser(self) -> None:
        self.client = self.new_browser()
        if self.script.sample.browser:
            self.client.defaults["HTTP_USER_AGENT"] = self.script.sample.browser

    def new_browser(self) -> Client:
        """A browser without a cookie."""
        return client_of(self.project.host)

    def press(self, query: str = "", **fields: str) -> HttpResponse:
        """Press the button, and remember what goes to the provider."""
        answer = self.client.post(
            f"/sso/{self.connection.alias}/start{query}",
            fields,
            headers={"origin": f"http://{self.project.host}"},
        )
        address = urlsplit(answer.headers.get("location", ""))
        self.script.query = {name: values[0] for name, values in parse_qs(address.query).items()}
        return answer

    def come_back(self, returns: Returns) -> HttpResponse:
        """Arrive at the callback."""
        definition = definition_of(self.connection)
        path = self.connection.callback_path
        state = self.script.query.get(definition.state_parameter, "")
        returned = returns(self.script) if callable(returns) else returns
        if not definition.posts_back:
            return self.client.get(path, {"state": state, **returned})
        # With a form that another website's page submits, a browser sends no cookie.
        sent = self.new_browser().post(
            path,
            {definition.state_parameter: state, **returned},
            headers={"origin": "https://provider.example"},
        )
        return self.client.get(sent.headers["location"]) if sent.status_code == 303 else sent

    def sign_in(self) -> HttpResponse:
        """Press, agree, come back."""
        self.press()
        return self.come_back(self.script.sample.returns)
