"""A connection as a relying party: calls its protocol and measures the time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.http import HttpRequest

from connections.configured import definition_of, namespace_of
from connections.models import Connection
from connections.protocols.messages import response_message
from connections.protocols.protocol import (
    NO_SECRETS,
    Callback,
    Client,
    Protocol,
    Redirect,
    Secrets,
    Start,
    current_timed,
)
from connections.values.claims import Claims
from connections.values.facts import fact_text
from connections.values.failures import OAUTH_FAULTS, TOKEN_FAULTS, SignInFailed
from core.http.client import Exchange, RequestFailed, Response, connect, last_exchange
from core.observability.scrubbing import MIN_SECRET_LENGTH, without_values
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
        # Those that are being measured, the innermost last.
        self._blocks: list[_Block] = []
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
        code = callback.parameters.get(self._client.definition.code_parameter, "")
        state = callback.parameters.get("state", "")
        self._protocol.temporary_secrets += [code, state, callback.pkce_verifier, callback.nonce]
        return self._checked(lambda: self._claims(callback))

    def _claims(self, callback: Callback) -> Claims:
        return self._read(self._protocol.finish(callback))

    def _read(self, answer: Mapping[str, Any]) -> Claims:
        definition, settings = definition_of(self.connection), self.connection.settings
        claims = definition.claims_reader(settings, namespace_of(self.connection), answer)
        return definition.with_memberships(claims, answer)

    def announced_problems(self) -> list[SignInFailed]:
        """Return what the provider announces and what may keep people from signing in."""
        return self._checked(self._protocol.announced_problems)

    def request_app_token(self) -> None:
        """Request a token for the app itself and discard it."""
        self._checked(self._protocol.request_app_token)

    # --- for checks -------------------------------------------------------------------------------

    def called_origins(self) -> list[str]:
        """Return the origins at the provider that this server calls, each once."""
        urls = self._checked(self._protocol.called_urls)
        origins = (f"{each.scheme}://{each.netloc}" for each in map(urlsplit, filter(None, urls)))
        return list(dict.fromkeys(origins))

    def connect(self, origin: str) -> datetime | None:
        """Connect to an origin; return when its certificate expires, or None for http."""
        return self._checked(lambda: connect(origin))

    @property
    def publishes_metadata(self) -> bool:
        """Whether the provider's endpoints come from a document that it publishes."""
        return self._protocol.publishes_metadata

    def fetch_metadata(self) -> None:
        """Fetch that document."""
        self._checked(self._protocol.fetch_metadata)

    @property
    def verifies_signatures(self) -> bool:
        """Whether answers are verified with keys that the provider publishes."""
        return self._protocol.verifies_signatures

    def fetch_keys(self) -> None:
        """Fetch these keys."""
        self._checked(self._protocol.fetch_keys)

    def _checked(self, call: Callable[[], Result]) -> Result:
        last_exchange.set(None)
        timed = current_timed.set(self._timed)
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
        finally:
            current_timed.reset(timed)

    def _with_request(self, failure: SignInFailed) -> SignInFailed:
        """Return the failure with the last request to the provider, and with no secret in it."""
        exchange = last_exchange.get()
        if exchange is not None:
            failure.facts["request"] = fact_text(f"{exchange.method} {exchange.url}")
        if exchange is not None and exchange.status is not None:
            failure.facts["status"] = str(exchange.status)
        secrets = [*self._client.secrets.values(), *self._protocol.temporary_secrets]
        secrets = [each for each in secrets if len(each) >= MIN_SECRET_LENGTH]
        for name, text in failure.facts.items():
            failure.facts[name] = without_values(secrets, text)
        response = exchange.response if exchange else None
        if response and "message" not in failure.facts and self._is_reason(response, failure):
            message = response_message(response, secrets)
            failure.facts |= {"message": message} if message else {}
        return failure

    def _is_reason(self, response: Response, failure: SignInFailed) -> bool:
        """Whether the response is an error of the provider that made the sign-in fail."""
        if failure.cause in TOKEN_FAULTS:
            return failure.cause == "profile_refused"
        return (
            response.status_code >= 400
            or failure.cause in {"unknown_code", *OAUTH_FAULTS}
            or failure.cause in self._client.definition.faults
        )

    @contextmanager
    def _timed(self, call: str) -> Iterator[None]:
        """Measure the requests in the block, without those in a block inside it.

        A block without a request of its own is no call to the provider.
        """
        began, result = time.monotonic(), "answered"
        if self._blocks:
            self._blocks[-1].note_request()
        block = _Block(last_exchange.get())
        self._blocks.append(block)
        try:
            yield
        except Exception as error:
            cause = error.cause if isinstance(error, (SignInFailed, RequestFailed)) else ""
            result = cause if cause in NO_ANSWER else "refused"
            raise
        finally:
            block.note_request()
            self._blocks.pop()
            seconds = time.monotonic() - began
            if self._blocks:
                self._blocks[-1].seconds_inside += seconds
                self._blocks[-1].exchange = last_exchange.get()
            if block.has_request:
                own_seconds = seconds - block.seconds_inside
                milliseconds = self.durations.get(call, 0) + round(own_seconds * 1000)
                self.durations[call] = milliseconds
                count_call(self.connection, call, result, own_seconds)


@dataclass
class _Block:
    """A block of code that is measured."""

    # The last request that does not count for it.
    exchange: Exchange | None
    has_request: bool = False
    seconds_inside: float = 0.0

    def note_request(self) -> None:
        """Note whether a request was sent since the last one that does not count."""
        self.has_request |= last_exchange.get() is not self.exchange


def callback_url(request: HttpRequest, connection: Connection) -> str:
    """Return the redirect URI, on the project's own host."""
    return f"{request.scheme}://{connection.project.host}{connection.callback_path}"
