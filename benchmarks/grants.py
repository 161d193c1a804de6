"""What an application and its people's browsers send to a provider, and what they must get.

Each script is a generator, as in `benchmarks.browsers`. A wrong answer ends the run.
"""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.browsers import Answer, Browser, Script, Wrong, location

CLIENT_ID = "benchmark0benchmark0shop"
CLIENT_SECRET = "mkcs_benchmark0benchmark0benchmark0benchmark0"
CALLBACK = "https://shop.test/callback"
VERIFIER = "benchmark-verifier-" + 43 * "v"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SCOPE = "openid profile email"
BASIC = "Basic " + b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


@dataclass(frozen=True)
class Provider:
    """How an application speaks with one of the providers."""

    host: str
    scheme: str
    discovery: str
    authorize: str
    token: str
    userinfo: str
    cookie: str


PROVIDERS = {
    "menkou": Provider(
        host="c1.login.test",
        scheme="https",
        discovery="/.well-known/openid-configuration",
        authorize="/oauth2/authorize",
        token="/oauth2/token",
        userinfo="/oauth2/userinfo",
        cookie="__Host-menkou_session",
    ),
    "allauth": Provider(
        host="allauth.test",
        scheme="http",
        discovery="/.well-known/openid-configuration",
        authorize="/identity/o/authorize",
        token="/identity/o/api/token",
        userinfo="/identity/o/api/userinfo",
        cookie="sessionid",
    ),
    "toolkit": Provider(
        host="toolkit.test",
        scheme="http",
        discovery="/o/.well-known/openid-configuration",
        authorize="/o/authorize/",
        token="/o/token/",
        userinfo="/o/userinfo/",
        cookie="sessionid",
    ),
}


def session_key(number: int) -> str:
    """The cookie of the browser of this number, which `stage` has put into each database."""
    return f"benchmark{number:023d}"


@dataclass(frozen=True)
class Tokens:
    """What an application has got."""

    access: str
    refresh: str


def authorize(provider: Provider, person: int) -> bytes:
    """Ask for a code, as the browser of somebody who has a session."""
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "scope": SCOPE,
        "state": "state-of-the-benchmark",
        "nonce": "nonce-of-the-benchmark",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    browser = Browser(provider.host, person)
    browser.cookies[provider.cookie] = session_key(person)
    path = f"{provider.authorize}?{urlencode(query)}"
    return browser.request("GET", path, scheme=provider.scheme)


def redeem(provider: Provider, code: str) -> bytes:
    """Exchange the code for tokens."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return application_request(provider, "POST", provider.token, BASIC, form)


def renew(provider: Provider, refresh_token: str) -> bytes:
    """Exchange a refresh token for new tokens."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return application_request(provider, "POST", provider.token, BASIC, form)


def ask_for_claims(provider: Provider, access_token: str) -> bytes:
    """Ask who the person is."""
    return application_request(provider, "GET", provider.userinfo, f"Bearer {access_token}", {})


def application_request(
    provider: Provider, method: str, path: str, authorization: str, form: dict[str, str]
) -> bytes:
    """Return what the application's server sends, always from the same address."""
    body = urlencode(form)
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {provider.host}",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "User-Agent: python-requests/2.34",
        "X-Forwarded-For: 192.0.2.80",
        f"X-Forwarded-Proto: {provider.scheme}",
        f"Authorization: {authorization}",
    ]
    if method == "POST":
        lines += [
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
    return "\r\n".join([*lines, "", body]).encode()


def code_of(answer: Answer) -> str:
    """Return the code of the redirect to the application; raises Wrong without one."""
    address = urlsplit(location(answer))
    query = parse_qs(address.query)
    if f"{address.scheme}://{address.netloc}{address.path}" != CALLBACK or "code" not in query:
        raise Wrong(f"no code: {answer.head!r}")
    return query["code"][0]


def tokens_of(answer: Answer) -> Tokens:
    """Return the tokens of a token response; raises Wrong where one is missing."""
    document = json_of(answer)
    if "id_token" not in document:
        raise Wrong(f"no id_token: {answer.body!r}")
    return Tokens(str(document["access_token"]), str(document["refresh_token"]))


def json_of(answer: Answer) -> dict[str, object]:
    """Return the object of a successful answer."""
    document = json.loads(answer.body) if answer.status == 200 else None
    if not isinstance(document, dict):
        raise Wrong(f"{answer.status}: {answer.head!r}\n{answer.body[:500]!r}")
    return document


def silent_sign_in(
    provider: Provider, known: int, keep: Callable[[str], object] = str
) -> Callable[[int], Script]:
    """Authorize without a page, redeem the code, and ask for the claims.

    `keep` gets the refresh tokens.
    """

    def script(number: int) -> Script:
        person = number % known
        tokens = tokens_of((yield redeem(provider, code_of((yield authorize(provider, person))))))
        claims = json_of((yield ask_for_claims(provider, tokens.access)))
        if claims.get("email") != f"person{person}@example.com":
            raise Wrong(f"these are not the claims of person {person}: {claims}")
        keep(tokens.refresh)

    return script


def refresh(provider: Provider, tokens: deque[str]) -> Callable[[int], Script]:
    """Exchange one of the refresh tokens, and put its successor into its place."""

    def script(_number: int) -> Script:
        tokens.append(tokens_of((yield renew(provider, tokens.popleft()))).refresh)

    return script
