"""A connection as a relying party: allauth's classes, with our address, state and one session."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.http import HttpRequest

from connections.claims import Claims
from connections.metrics import count_call
from connections.models import Connection
from connections.outside import NoAnswer
from connections.signin.adapter import app_of
from connections.signin.failures import SignInFailed
from connections.signin.state import new_value

Answer = TypeVar("Answer")
log = logging.getLogger("menkou.signin")

# Why there was nothing to understand; everything else is what the provider said.
NO_ANSWER = frozenset({"timeout", "unreachable"})


@dataclass(frozen=True)
class Redirect:
    """Where a sign-in begins at the provider, and what must be kept until it comes back."""

    url: str
    pkce_verifier: str
    nonce: str


@dataclass
class RelyingParty:
    """What can be done with a connection at its provider, for one request."""

    request: HttpRequest
    connection: Connection
    returned_at: datetime | None = None
    durations: dict[str, int] = field(default_factory=dict)

    def begin(self, state: str, *, secret: str = "") -> Redirect:
        """Return where the browser goes; nothing in it comes from the request.

        The secret is for providers that want to be asked with a signature.
        """
        return self._asked(lambda: self._begin(state, secret))

    def _begin(self, state: str, secret: str) -> Redirect:
        provider, adapter = self._pair(secret=secret)
        client = adapter.get_client(self.request, provider.app)
        client.state = state
        pkce = provider.get_pkce_params()
        verifier = pkce.pop("code_verifier", "")
        nonce = new_value() if self.connection.definition.nonce else ""
        parameters = {**provider.get_auth_params(), **pkce, **({"nonce": nonce} if nonce else {})}
        url = client.get_redirect_url(adapter.authorize_url, provider.get_scope(), parameters)
        return Redirect(url=url, pkce_verifier=verifier, nonce=nonce)

    def claims(self, *, secret: str, pkce_verifier: str, nonce: str) -> Claims:
        """Exchange the request's code, once, and return who this is; raises SignInFailed."""
        provider, adapter = self._pair(secret=secret)
        adapter.nonce = nonce
        client = self._asked(lambda: adapter.get_client(self.request, provider.app))
        answer = self._timed(
            "token",
            lambda: adapter.get_access_token_data(
                self.request, provider.app, client, pkce_code_verifier=pkce_verifier or None
            ),
        )
        login = self._timed(
            "userinfo",
            lambda: adapter.complete_login(
                self.request, provider.app, adapter.parse_token(answer), response=answer
            ),
        )
        return self._read(login.account.extra_data)

    def app_token(self, *, secret: str) -> None:
        """Have the provider give the app a token of its own, and drop it; raises SignInFailed."""
        _provider, adapter = self._pair(secret=secret)
        self._timed("token", adapter.app_token)

    def _read(self, answer: Mapping[str, Any]) -> Claims:
        return self.connection.definition.claims_of(self.connection, answer)

    def _timed(self, call: str, ask: Callable[[], Answer]) -> Answer:
        began, result = time.monotonic(), "answered"
        try:
            return self._asked(ask)
        except SignInFailed as failure:
            result = failure.cause if failure.cause in NO_ANSWER else "refused"
            raise
        finally:
            seconds = time.monotonic() - began
            self.durations[call] = round(seconds * 1000)
            count_call(self.connection, call, result, seconds)

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except SignInFailed:
            raise
        except NoAnswer as error:
            raise SignInFailed(error.cause) from None
        except Exception as error:
            # Whatever a hostile answer makes of a provider class is a failed sign-in, never a
            # crash; and its words quote what was received: codes, tokens, whole answers.
            log.warning("unusable answer from %s: %s", self.connection.provider, type(error))
            raise SignInFailed("malformed") from None

    def _pair(self, *, secret: str = "") -> tuple[Any, Any]:
        definition = self.connection.definition
        provider = definition.login_class(self.request, app=app_of(self.connection, secret=secret))
        adapter = provider.get_oauth2_adapter(self.request)
        # allauth would look both up by the provider's id, of which a project may have several.
        adapter.get_provider = lambda: provider
        adapter.get_callback_url = lambda request, app: callback_url(request, self.connection)
        return provider, adapter


def callback_url(request: HttpRequest, connection: Connection) -> str:
    """Return the redirect URI, on the project's own host."""
    return f"{request.scheme}://{connection.project.host}{connection.callback_path}"
