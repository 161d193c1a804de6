"""Test the credentials of a connection before its button is shown.

The test sends the provider a code that it never issued. The error shows whether the provider
rejects the code or the credentials. Nobody signs in, and nothing is saved. Where the error shows
nothing, the credentials are sent on their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.http import HttpRequest

from connections.configured import definition_of
from connections.models import Connection
from connections.protocols.oidc.discovery_cache import reading_anew
from connections.protocols.protocol import Callback
from connections.providers.definition import Probe
from connections.values.failures import SignInFailed, find_fault
from connections.values.outcomes import Outcome
from core.limits.concurrency import FORMS
from signin.flow import call_provider, open_secrets, sealed_secrets
from signin.relying_party import RelyingParty, callback_url

# Causes that do not concern the credentials, because the provider did not process them.
UNREACHABLE_CAUSES = frozenset(
    {
        "busy",
        "http_status",
        "not_json",
        "private_address",
        "rate_limited",
        "timeout",
        "tls",
        "tls_certificate",
        "tls_expired",
        "tls_host",
        "tls_issuer",
        "too_large",
        "unexpected_status",
        "unreachable",
    }
)
# Causes for which the app is not responsible.
UNCLEAR_CAUSES = frozenset({"malformed", "unknown_code"})


class Verdict(models.TextChoices):
    """The result of a test."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNCLEAR = "unclear"
    # The credentials are right, but the provider announces what may keep people from signing in.
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Result:
    """The result of a test, with the cause and the code if the provider refused."""

    verdict: Verdict
    cause: str = ""
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_about_credentials(self) -> bool:
        """Whether the test shows that the credentials are right, or that they are wrong."""
        return self.verdict in {Verdict.ACCEPTED, Verdict.DOUBTFUL, Verdict.REFUSED}


def probe(request: HttpRequest, connection: Connection) -> Result:
    """Test the connection's credentials at the provider."""
    try:
        secrets_by_name = open_secrets(connection, sealed_secrets(connection))
    except SignInFailed as failure:
        return Result(Verdict.REFUSED, failure.cause)
    party = RelyingParty(
        connection, callback_url=callback_url(request, connection), secrets=secrets_by_name
    )
    send = PROBES[definition_of(connection).probe]
    problems: list[SignInFailed] = []

    def test() -> None:
        problems.extend(party.announced_problems())
        send(party)

    try:
        with reading_anew():
            call_provider(connection, test, share=FORMS)
    except SignInFailed as failure:
        verdict = verdict_of(connection, failure.cause)
        return Result(verdict, failure.cause, failure.code, failure.facts)
    if problems:
        return Result(Verdict.DOUBTFUL, problems[0].cause, facts=problems[0].facts)
    return Result(Verdict.ACCEPTED)


def send_unknown_code(party: RelyingParty) -> None:
    """Return if the provider rejects only the code; raises SignInFailed otherwise."""
    try:
        party.claims(callback_with_unknown_code(party.connection))
    except SignInFailed as failure:
        raise_unless_known(party, failure)
    else:
        # The provider accepted a code that we made up.
        raise SignInFailed("malformed")


def send_credentials_alone(party: RelyingParty) -> None:
    """Return if the provider gives the app a token of its own; raises SignInFailed otherwise.

    For providers that reject an unknown code in the same way whether the secret is right or not.
    https://datatracker.ietf.org/doc/html/rfc6749#section-4.4
    """
    try:
        party.request_app_token()
    except SignInFailed as failure:
        raise_unless_known(party, failure)


PROBES = {Probe.UNKNOWN_CODE: send_unknown_code, Probe.CREDENTIALS_ALONE: send_credentials_alone}


def raise_unless_known(party: RelyingParty, failure: SignInFailed) -> None:
    """Raise the failure unless the provider returns it only for correct credentials."""
    if not {failure.cause, failure.code} & definition_of(party.connection).unknown_code_causes:
        raise failure


def callback_with_unknown_code(connection: Connection) -> Callback:
    """Return a callback with a code that the provider never issued."""
    definition = definition_of(connection)
    parameters = {definition.code_parameter: f"test-{secrets.token_hex(16)}"}
    issuer = definition.issuer(connection.settings)
    if issuer:
        parameters["iss"] = issuer
    return Callback(parameters=parameters, pkce_verifier=secrets.token_urlsafe(48), nonce="none")


def verdict_of(connection: Connection, cause: str) -> Verdict:
    """Return what a failure means for the credentials."""
    if cause in UNREACHABLE_CAUSES:
        return Verdict.UNREACHABLE
    if cause in UNCLEAR_CAUSES:
        return Verdict.UNCLEAR
    outcome = find_fault(definition_of(connection), cause).outcome
    return Verdict.REFUSED if outcome == Outcome.CONFIG else Verdict.UNCLEAR
