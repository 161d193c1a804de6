"""The steps of a trial as they are stored: keys, facts and verdicts, without secrets."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connections.configured import known_definition
from connections.models import Connection
from connections.protocols.responses import content_type_of
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from core.http.client import RecordedExchange, Request, Response
from core.untrusted import BadInput, load_json
from signin.trial.redaction import MOST_FACTS, Facts, Redactor, flattened, is_sensitive, parsed_body

LONGEST_TOKEN = 64_000
MOST_STEPS = 30
# Causes that are about the ID token, whatever was requested last.
TOKEN_CAUSES = frozenset(
    {
        "audience",
        "authorized_party",
        "clock",
        "id_token",
        "id_token_claim",
        "id_token_encrypted",
        "id_token_form",
        "issuer",
        "nonce",
        "nonce_missing",
        "token_algorithm",
    }
)


@dataclass
class Step:
    """A step of a trial: a key for its title, whether it went well, what was sent and received."""

    key: str
    is_ok: bool = True
    sent: Facts = field(default_factory=list)
    received: Facts = field(default_factory=list)
    milliseconds: int | None = None
    # The call to the provider that it is part of.
    call: str = ""
    # Of a step that failed.
    cause: str = ""
    code: str = ""
    trace: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    # Of the last step: what a sign-in would have done, and with whom.
    decision: str = ""
    user: str = ""
    other_user: str = ""

    def fail(self, failure: SignInFailed) -> None:
        """Mark the step as the one that failed."""
        self.is_ok = False
        self.cause, self.code, self.trace = failure.cause, failure.code, failure.trace
        self.facts = dict(failure.facts)

    def as_json(self) -> dict[str, Any]:
        """Return what is stored: all that is not empty."""
        return {name: value for name, value in asdict(self).items() if value not in ("", [], {})}


def read_steps(stored: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Return stored steps; what this release does not know is left out."""
    known = Step.__dataclass_fields__.keys()
    return [Step(**{name: each[name] for name in each.keys() & known}) for each in stored]


def redirect_step(url: str, redactor: Redactor, *, has_document: bool) -> Step:
    """Return the redirect to the provider, with the parameters of its address.

    `has_document` says whether one of them is a SAML request of ours.
    """
    address, mark, fragment = url.partition("#")
    base, _sign, query = address.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    sent = [["URL", redactor.text(base + mark + fragment)], *redactor.facts(pairs)]
    if has_document:
        # The last one is ours: the address of the provider may have one, too.
        sent += saml_request_facts(dict(pairs)["SAMLRequest"], redactor)
    return Step("redirect", sent=sent)


def saml_request_facts(encoded: str, redactor: Redactor) -> Facts:
    """Return the attributes of a request of ours."""
    from lxml import etree  # Installations without SAML never need it.

    xml = zlib.decompress(base64.b64decode(encoded), wbits=-15)
    root = etree.fromstring(xml)
    names = ("Destination", "AssertionConsumerServiceURL", "ProtocolBinding", "ForceAuthn")
    pairs = [(name, root.get(name)) for name in names if root.get(name)]
    for each in root:
        name = etree.QName(each).localname
        pairs.append((name, each.text or each.get("Format") or ""))
    return redactor.facts([(f"AuthnRequest.{name}", value) for name, value in pairs])


def return_step(connection: Connection, parameters: Mapping[str, str], redactor: Redactor) -> Step:
    """Return what the browser brought back."""
    definition = known_definition(connection)
    names = (definition.code_parameter, definition.state_parameter) if definition else ()
    redactor.learn_all(parameters.get(name, "") for name in (*names, "code", "state"))
    return Step("return", received=redactor.facts(parameters))


def exchange_steps(
    exchanges: Iterable[tuple[RecordedExchange, str]], redactor: Redactor
) -> list[Step]:
    """Return a step for each request to the provider, with its answer.

    All secrets are learned first: one may be in a request before the answer that names it.
    """
    found = [*exchanges][:MOST_STEPS]
    for each, _call in found:
        redactor.learn_from(dict(request_fields(each.request)))
        redactor.learn(each.request.headers.get("Authorization", "").partition(" ")[2])
        if each.exchange.response is not None:
            redactor.learn_from(parsed_body(each.exchange.response))
    return [exchange_step(each, call, redactor) for each, call in found]


def exchange_step(recorded: RecordedExchange, call: str, redactor: Redactor) -> Step:
    """Return a request to the provider and its answer."""
    request, exchange = recorded.request, recorded.exchange
    sent = [["URL", f"{exchange.method} {redactor.text(exchange.url)}"]]
    if "Authorization" in request.headers:
        scheme = request.headers["Authorization"].partition(" ")[0]
        sent.append(["Authorization", f"{redactor.text(scheme)} …"])
    sent += redactor.facts(request_fields(request))
    received = [["HTTP", str(exchange.status)]] if exchange.status is not None else []
    if exchange.response is not None:
        received += response_facts(exchange.response, redactor)
    return Step(
        "exchange",
        is_ok=exchange.status is not None and exchange.status < 400 and not exchange.cause,
        sent=sent,
        received=received,
        milliseconds=round(exchange.seconds * 1000),
        call=call,
        cause=exchange.cause,
    )


def request_fields(request: Request) -> list[tuple[str, Any]]:
    """Return the parameters of a request: those of its address and of its body."""
    found: list[tuple[str, Any]] = list(
        parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    )
    body = (request.body or b"").decode("utf-8", errors="replace")
    if request.headers.get("Content-Type") == "application/json":
        try:
            parsed = load_json(body)
        except BadInput:
            parsed = {}
        return [*found, *(parsed.items() if isinstance(parsed, dict) else ())]
    return [*found, *parse_qsl(body, keep_blank_values=True)]


def response_facts(response: Response, redactor: Redactor) -> Facts:
    """Return the members of a response, or its type and size if it has none."""
    body = parsed_body(response)
    if isinstance(body, Mapping):
        return redactor.facts(body)
    if isinstance(body, list):
        return redactor.facts([("", body)])
    media_type = content_type_of(response).partition(";")[0]
    return [["Content-Type", f"{redactor.text(media_type)}, {len(response.content)} bytes"]]


def public_values(exchanges: Iterable[RecordedExchange]) -> set[str]:
    """Return the texts in the answers whose names are not those of secrets."""
    bodies = (parsed_body(each.exchange.response) for each in exchanges if each.exchange.response)
    return {
        value
        for body in bodies
        if isinstance(body, Mapping)
        for name, value in flattened(body.items())
        if isinstance(value, str) and not is_sensitive(name)
    }


def id_token_of(exchanges: Iterable[RecordedExchange]) -> str:
    """Return the ID token in the answers, or ""."""
    for each in exchanges:
        body = parsed_body(each.exchange.response) if each.exchange.response else None
        token = body.get("id_token") if isinstance(body, Mapping) else None
        if isinstance(token, str) and len(token) <= LONGEST_TOKEN:
            return token
    return ""


def id_token_step(token: str, redactor: Redactor) -> Step | None:
    """Return the header and the claims of an ID token, or None if it cannot be read."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    facts: Facts = []
    for prefix, part in zip(("header.", ""), parts[:2], strict=True):
        try:
            decoded = load_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except ValueError:
            return None
        if isinstance(decoded, dict):
            redactor.learn_from(decoded)
            facts += redactor.facts([(f"{prefix}{name}", each) for name, each in decoded.items()])
    return Step("id_token", received=facts)


def claims_step(answer: Mapping[str, Any], redactor: Redactor) -> Step:
    """Return what the provider says about the person, checked and put together."""
    return Step("claims", received=redactor.facts(answer))


def profile_step(claims: Claims, redactor: Redactor) -> Step:
    """Return what a sign-in takes from the claims."""
    namespace, subject = claims.primary
    shown: list[tuple[str, str]] = [
        ("name", claims.name),
        ("email", claims.address),
        ("email_verified", ("yes" if claims.address_verified else "no") if claims.address else ""),
        ("picture", claims.picture),
        ("identifier", subject),
        ("namespace", namespace),
        *(("further_id", f"{value} ({space})") for space, value in claims.keys),
        *(("tenant", each) for each in claims.tenants),
        *(("organization", each) for each in claims.organizations),
    ][:MOST_FACTS]
    return Step("profile", received=[[name, redactor.text(value)] for name, value in shown])


def step_of_failure(failure: SignInFailed, steps: list[Step]) -> Step:
    """Return the step in which it failed: that of the ID token if it is about that.

    Otherwise the last one, of which an ID token says nothing.
    """
    is_about_token = failure.cause in TOKEN_CAUSES
    tokens = [each for each in steps if each.key == "id_token"]
    if is_about_token and tokens:
        return tokens[0]
    return [each for each in steps if each.key != "id_token"][-1]
