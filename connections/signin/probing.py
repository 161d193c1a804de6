"""A connection tried out before anybody sees its button.

The provider is sent a code that it gave to nobody. Whoever it complains about, the code or the
app, tells whether it accepts the credentials; nobody signs in, and nothing is kept. Where that
tells nothing, the credentials are sent alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import models
from django.http import HttpRequest, QueryDict
from django.utils.module_loading import import_string

from connections.keyset import KeysetError
from connections.models import Connection, Outcome
from connections.secrets import SecretMissing, open_secret
from connections.signin.failures import SignInFailed, fault_of
from connections.signin.flow import asked
from connections.signin.relying_party import RelyingParty

# What says nothing of the credentials: nobody has heard them.
NOT_HEARD = frozenset({"timeout", "unreachable", "http_status", "too_large", "busy"})
# What an app is not to blame for.
NOT_UNDERSTOOD = frozenset({"malformed", "unknown_code"})


class Verdict(models.TextChoices):
    """What a test found out."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Result:
    """What a test found out, with the cause and the code where the provider refused."""

    verdict: Verdict
    cause: str = ""
    code: str = ""


def probe(request: HttpRequest, connection: Connection) -> Result:
    """Return what the provider makes of the connection's credentials."""
    try:
        secret = open_secret(connection, "client_secret")
    except SecretMissing:
        return Result(Verdict.REFUSED, "secret_missing")
    except KeysetError:
        return Result(Verdict.REFUSED, "secret_unreadable")
    party = RelyingParty(as_callback(request, connection), connection)
    test = connection.definition.probe
    ask = import_string(test) if isinstance(test, str) else test
    try:
        asked(connection, lambda: ask(party, secret))
    except SignInFailed as failure:
        return Result(verdict_of(connection, failure.cause), failure.cause, failure.code)
    return Result(Verdict.ACCEPTED)


def send_unknown_code(party: RelyingParty, secret: str) -> None:
    """Return where the provider refuses the code and nothing else; raises SignInFailed."""
    try:
        party.claims(secret=secret, pkce_verifier=secrets.token_urlsafe(48), nonce="none")
    except SignInFailed as failure:
        raise_unless_known(party, failure)
    else:
        # It gave somebody away for a code that we made up.
        raise SignInFailed("malformed")


def send_credentials_alone(party: RelyingParty, secret: str) -> None:
    """Return where the provider knows the app that asks for itself; raises SignInFailed.

    For those that hide behind a code that they refuse whether they looked at the secret.
    https://datatracker.ietf.org/doc/html/rfc6749#section-4.4
    """
    try:
        party.app_token(secret=secret)
    except SignInFailed as failure:
        raise_unless_known(party, failure)


def raise_unless_known(party: RelyingParty, failure: SignInFailed) -> None:
    """Raise the failure unless only those are refused so whose credentials are right."""
    if not {failure.cause, failure.code} & party.connection.definition.code_refused:
        raise failure


def as_callback(request: HttpRequest, connection: Connection) -> HttpRequest:
    """Return a callback's request with a code that nobody was given."""
    definition = connection.definition
    callback = HttpRequest()
    callback.META, callback.method = request.META, "GET"
    query = {definition.code_parameter: f"test-{secrets.token_hex(16)}"}
    issuer = definition.issuer(connection.settings)
    if issuer:
        query["iss"] = issuer
    callback.GET = QueryDict(urlencode(query))
    return callback


def verdict_of(connection: Connection, cause: str) -> Verdict:
    """Return what a failure says of the credentials."""
    if cause in NOT_HEARD:
        return Verdict.UNREACHABLE
    if cause in NOT_UNDERSTOOD:
        return Verdict.UNCLEAR
    outcome = fault_of(connection.definition, cause).outcome
    return Verdict.REFUSED if outcome == Outcome.CONFIG else Verdict.UNCLEAR
