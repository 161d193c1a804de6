"""The parameters of an authorization request, checked (OpenID Connect Core 1.0, 3.1.2.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError
from oauthlib.openid.connect.core.exceptions import (
    RequestNotSupported,
    RequestURINotSupported,
)

from applications.models import Application, Kind
from applications.protocol.claims import PERSON_CLAIMS
from applications.protocol.requested_connection import FOREIGN_NAMES, read_connection
from connections.models import EndUserSession

SCOPES = ("openid", "profile", "email", "offline_access")
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
RESPONSE_MODES = ("query", "form_post")
# Prompts for which an existing session is not enough.
FRESH_PROMPTS = frozenset({"login", "select_account"})
# What we read of a request. Everything else is ignored, as the standard demands.
NAMES = (
    "acr_values",
    "claims",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "connection",
    "display",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
    *FOREIGN_NAMES,
)
LONGEST = 4096
LONGEST_NONCE = 1000
LONGEST_SCOPE = 1000
MOST_CLAIMS = 50
LONGEST_LOGIN_HINT = 500
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# From the return from a provider to the end of the request; people may read the question whether
# they allow it.
JUST_NOW = timedelta(minutes=10)
AGE = re.compile(r"[0-9]{1,9}")
# What a subject of ours can be. A user that somebody demands under another name is nobody.
SUBJECT = re.compile(r"[!-~]{1,255}")
NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class AuthorizationParameters:
    """A checked authorization request. It can be stored as JSON, and continued later."""

    redirect_uri: str
    scope: tuple[str, ...]
    state: str | None = None
    nonce: str = ""
    code_challenge: str = ""
    # The names that were asked for, by where they belong: "userinfo" and "id_token".
    claims: Mapping[str, list[str]] = field(default_factory=dict)
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    # "query" or "form_post".
    response_mode: str = "query"
    # Whether the portal sends it, to a redirect URI of its own: never read from a request.
    is_sample: bool = False
    # The only person that the application accepts, or "".
    subject: str = ""
    # The alias of the only connection that the application accepts, or "".
    connection: str = ""
    # The aliases of those that share its button: they identify the same people.
    same_people: tuple[str, ...] = ()
    # Who will probably sign in, for the provider. It is personal, and shown nowhere.
    login_hint: str = field(default="", repr=False)

    @property
    def wants_reauthentication(self) -> bool:
        """Whether the person has to prove anew who they are."""
        return "login" in self.prompt or self.max_age is not None

    def accepts(self, alias: str) -> bool:
        """Whether the person may sign in by the connection with this alias."""
        return not self.connection or alias in {self.connection, *self.same_people}

    def is_satisfied_by(
        self,
        session: EndUserSession | None,
        application: Application,
        *,
        now: datetime,
        requested_at: datetime | None = None,
    ) -> bool:
        """Whether somebody with this session needs no sign-in page.

        `requested_at` is the moment of a stored request: who signed in after it, a moment ago, has
        done all that it asked for.
        """
        if session is None or (self.subject and self.subject != str(session.user_id)):
            return False
        # Another connection may have the alias of one that was deleted.
        alias = session.alias if session.connection_id else ""
        if application.connections and alias not in application.connections:
            return False
        if not self.accepts(alias):
            return False
        since = now - session.auth_time
        if requested_at is not None and session.auth_time >= requested_at and since <= JUST_NOW:
            return True
        if not FRESH_PROMPTS.isdisjoint(self.prompt):
            return False
        if application.kind == Kind.NATIVE and not self.redirect_uri.startswith("https:"):
            # Another app can pretend to be this one, so people must notice the sign-in
            # (RFC 8252, 8.6).
            return False
        age = timedelta(seconds=self.max_age) if self.max_age is not None else None
        return age is None or since <= age

    def without_subject(self) -> AuthorizationParameters:
        """Return the request with anybody as its person."""
        return replace(self, subject="")

    def as_json(self) -> dict[str, Any]:
        """Return the parameters as they are stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> AuthorizationParameters:
        """Return stored parameters."""
        # Another version may have stored more.
        known = {each.name: stored[each.name] for each in fields(cls) if each.name in stored}
        lists = {name: tuple(known.get(name, ())) for name in ("scope", "prompt", "same_people")}
        return cls(**{**known, **lists})


def read_parameters(
    request: Any, *, application: Application, hinted_subject: str
) -> AuthorizationParameters:
    """Return the parameters of oauthlib's request; raises an OAuth2Error for those we refuse.

    Client and redirect URI were checked before.
    """
    everything = request.decoded_body or []
    pairs = [(name, value) for name, value in everything if name not in FOREIGN_NAMES]
    sent: Mapping[str, str] = dict(pairs)
    if len(sent) < len(pairs):
        # RFC 6749, 3.1.
        raise InvalidRequestError("A parameter was sent more than once.", request=request)
    refuse_request_objects(sent, request)
    for name, value in sent.items():
        if len(value) > LONGEST:
            raise InvalidRequestError(f"The parameter {name} is too long.", request=request)
    nonce = sent.get("nonce", "")
    if len(nonce) > LONGEST_NONCE:
        raise InvalidRequestError("The nonce is too long.", request=request)
    claims, demanded = read_claims(sent.get("claims", ""), request)
    asked = read_connection(everything, application, request)
    return AuthorizationParameters(
        redirect_uri=sent["redirect_uri"],
        scope=read_scope(sent.get("scope", ""), request),
        state=sent.get("state"),
        nonce=nonce,
        code_challenge=read_challenge(sent, request),
        claims=claims,
        prompt=read_prompt(sent.get("prompt", ""), request),
        max_age=read_max_age(sent.get("max_age", ""), request),
        response_mode=read_response_mode(sent, request),
        subject=demanded or hinted_subject,
        connection=asked.alias,
        same_people=asked.same_people,
        login_hint=read_login_hint(sent.get("login_hint", "")),
    )


def refuse_request_objects(sent: Mapping[str, str], request: Any) -> None:
    """Refuse parameters inside a JSON Web Token (OpenID Connect Core 1.0, 6)."""
    if "request" in sent:
        raise RequestNotSupported(request=request)
    if "request_uri" in sent:
        raise RequestURINotSupported(request=request)


def read_response_mode(sent: Mapping[str, str], request: Any) -> str:
    """Return how the answer is sent to the redirect URI."""
    mode = sent.get("response_mode", "query")
    if mode not in RESPONSE_MODES:
        raise InvalidRequestError("The response_mode must be query or form_post.", request=request)
    if mode == "form_post" and not sent["redirect_uri"].startswith(("https:", "http:")):
        raise InvalidRequestError("A form can be sent to a website only.", request=request)
    return mode


def read_scope(value: str, request: Any) -> tuple[str, ...]:
    """Return the scopes that we know; others are ignored (OpenID Connect Core 1.0, 3.1.2.1)."""
    asked = value.split(" ") if len(value) <= LONGEST_SCOPE else []
    if "openid" not in asked:
        raise InvalidScopeError("The scope must contain openid.", request=request)
    return tuple(each for each in SCOPES if each in asked)


def read_challenge(sent: Mapping[str, str], request: Any) -> str:
    """Return the code challenge, or "" without one.

    Without a method it would be `plain`, which shows the verifier (RFC 7636, 4.3).
    """
    challenge = sent.get("code_challenge", "")
    if not challenge and "code_challenge_method" not in sent:
        return ""
    if sent.get("code_challenge_method") != "S256":
        raise InvalidRequestError("The code_challenge_method must be S256.", request=request)
    if not CHALLENGE.fullmatch(challenge):
        raise InvalidRequestError(
            "The code_challenge is not the SHA-256 hash of a verifier.", request=request
        )
    return challenge


def read_prompt(value: str, request: Any) -> tuple[str, ...]:
    """Return the prompts that we know, in their order."""
    asked = value.split()
    if "none" in asked and len(asked) > 1:
        raise InvalidRequestError("The prompt none cannot have others beside it.", request=request)
    return tuple(each for each in dict.fromkeys(asked) if each in PROMPTS)


def read_max_age(value: str, request: Any) -> int | None:
    """Return the greatest age of the sign-in in seconds, or None without a limit."""
    if not value:
        return None
    if not AGE.fullmatch(value):
        raise InvalidRequestError("The max_age is not a number of seconds.", request=request)
    return int(value)


def read_login_hint(value: str) -> str:
    """Return the hint, or "" for one that no provider would understand: it is only a hint."""
    return value if len(value) <= LONGEST_LOGIN_HINT and value.isprintable() else ""


def read_claims(value: str, request: Any) -> tuple[dict[str, list[str]], str]:
    """Return the claims asked for by their place, and the subject that is demanded or "".

    OpenID Connect Core 1.0, 5.5. Claims that we do not have are ignored: anybody can write
    anything there, and the rest is stored.
    """
    if not value:
        return {}, ""
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise InvalidRequestError("The claims are not a JSON object.", request=request)
    asked: dict[str, list[str]] = {}
    subject = ""
    for place in ("userinfo", "id_token"):
        wanted = document.get(place)
        if wanted is None:
            continue
        if not isinstance(wanted, dict) or len(wanted) > MOST_CLAIMS:
            raise InvalidRequestError(f"The claims of {place} are no object.", request=request)
        asked[place] = [name for name in wanted if name in PERSON_CLAIMS]
        demand = wanted.get("sub")
        if isinstance(demand, dict) and isinstance(demand.get("value"), str):
            subject = demand["value"] if SUBJECT.fullmatch(demand["value"]) else NOBODY
    return asked, subject
