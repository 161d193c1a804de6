"""Test the credentials of a connection without a user.

The test sends the provider a code that it never issued. The error shows whether the provider
rejects the code or the credentials. Nobody signs in, and nothing is saved. Where the error shows
nothing, the credentials are sent on their own.
"""

from __future__ import annotations

import secrets

from connections.configured import definition_of
from connections.models import Connection
from connections.protocols.protocol import Callback
from connections.providers.definition import Probe
from connections.values.failures import SignInFailed
from signin.relying_party import RelyingParty


def check_credentials(party: RelyingParty) -> None:
    """Return if the provider accepts the credentials; raises SignInFailed otherwise."""
    PROBES[definition_of(party.connection).probe](party)


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
