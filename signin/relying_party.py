"""A connection as a relying party: calls its protocol and measures the time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.http import HttpRequest

from connections.configured import definition_of, namespace_of
from connections.models import Connection
from connections.protocols.protocol import (
    NO_SECRETS,
    Callback,
    Client,
    Protocol,
    Redirect,
    Secrets,
    Start,
)
from connections.values.claims import Claims
from connections.values.facts import fact_text
from connections.values.failures import SignInFailed
from core.http.client import RequestFailed, last_exchange
from core.observability.scrubbing import MIN_SECRET_LENGTH, remove_values
from signin.metrics import count_call

Result = TypeVar("Result")
log = logging.getLogger("menkou.signin")

# Causes without a response from the provider.
NO_ANSWER = frozenset({"timeout", "unreachable"})


class RelyingParty:
    """Calls the provider of a connection; every method raises SignInFailed."""

    def __init__(
        self, connection: Connection, *, callback_url: str, secrets: Secrets = NO_SECRETS
    ) -> None:
        self.connection = connection
        # Milliseconds by call.
        self.durations: dict[str, int] = {}
        self._client = Client(
            definition=definition_of(connection),
            client_id=connection.client_id,
            settings=connection.settings,
            secrets=secrets,
            callback_url=callback_url,
        )
        self._protocol: Protocol = definition_of(connection).protocol_class(
            self._client, timed=self._timed
        )

    def begin(self, start: Start) -> Redirect:
        """Return the URL for the browser."""
        return self._checked(lambda: self._protocol.begin(start))

    def claims(self, callback: Callback) -> Claims:
        """Return the user's claims. A code is exchanged once."""
        return self._checked(lambda: self._claims(callback))

    def _claims(self, callback: Callback) -> Claims:
        answer = self._protocol.finish(callback)
        definition, settings = definition_of(self.connection), self.connection.settings
        return definition.claims_reader(settings, namespace_of(self.connection), answer)

    def request_app_token(self) -> None:
        """Request a token for the app itself and discard it."""
        self._checked(self._protocol.request_app_token)

    def _checked(self, call: Callable[[], Result]) -> Result:
        last_exchange.set(None)
        try:
            return call()
        except SignInFailed as failure:
            raise self._with_request(failure) from None
        except RequestFailed as error:
            raise self._with_request(SignInFailed(error.cause)) from None
        except Exception as error:
            # A hostile response must end as a failed sign-in, never as a crash. The error's own
            # message quotes what was received: codes, tokens, whole responses.
            log.warning("unusable answer from %s: %s", self.connection.provider, type(error))
            raise self._with_request(SignInFailed("malformed")) from None

    def _with_request(self, failure: SignInFailed) -> SignInFailed:
        """Return the failure with the last request to the provider, and with no secret in it."""
        exchange = last_exchange.get()
        if exchange is not None:
            failure.facts["request"] = fact_text(f"{exchange.method} {exchange.url}")
        if exchange is not None and exchange.status is not None:
            failure.facts["status"] = str(exchange.status)
        secrets = [each for each in self._client.secrets.values() if len(each) >= MIN_SECRET_LENGTH]
        for name, text in failure.facts.items():
            failure.facts[name] = remove_values(secrets, text)
        return failure

    @contextmanager
    def _timed(self, call: str) -> Iterator[None]:
        began, result = time.monotonic(), "answered"
        try:
            yield
        except Exception as error:
            cause = error.cause if isinstance(error, (SignInFailed, RequestFailed)) else ""
            result = cause if cause in NO_ANSWER else "refused"
            raise
        finally:
            seconds = time.monotonic() - began
            self.durations[call] = round(seconds * 1000)
            count_call(self.connection, call, result, seconds)


def callback_url(request: HttpRequest, connection: Connection) -> str:
    """Return the redirect URI, on the project's own host."""
    return f"{request.scheme}://{connection.project.host}{connection.callback_path}"
