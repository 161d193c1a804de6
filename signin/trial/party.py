"""A relying party that remembers what its provider was asked, and what it answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from connections.candidates import Candidate
from connections.protocols.protocol import Callback, Redirect, Start
from connections.values.claims import Claims
from core.http.client import RecordedExchange, recording_exchanges
from signin.relying_party import RelyingParty


class TrialParty(RelyingParty):
    """Signs in as a relying party does, with values that need not be live."""

    def __init__(self, candidate: Candidate, *, callback_url: str) -> None:
        super().__init__(candidate.connection, callback_url=callback_url, secrets=candidate.secrets)
        # Each request with the name of its call.
        self.exchanges: list[tuple[RecordedExchange, str]] = []
        # What the provider says about the person, once it is known.
        self.answer: Mapping[str, Any] | None = None

    @property
    def temporary_secrets(self) -> list[str]:
        """The codes and tokens of this sign-in."""
        return self._protocol.temporary_secrets

    def begin(self, start: Start) -> Redirect:
        with self._recording():
            return super().begin(start)

    def claims(self, callback: Callback) -> Claims:
        with self._recording():
            return super().claims(callback)

    def _read(self, answer: Mapping[str, Any]) -> Claims:
        self.answer = answer
        return super()._read(answer)

    @contextmanager
    def _recording(self) -> Iterator[None]:
        with recording_exchanges() as self._recorded:
            self._calls: list[str] = []
            try:
                yield
            finally:
                self._name_calls("")

    @contextmanager
    def _timed(self, call: str) -> Iterator[None]:
        self._name_calls(self._calls[-1] if self._calls else "")
        self._calls.append(call)
        try:
            with super()._timed(call):
                yield
        finally:
            self._name_calls(self._calls.pop())

    def _name_calls(self, call: str) -> None:
        """Say of which call the requests are that were sent since the last time."""
        new = self._recorded[len(self.exchanges) :]
        self.exchanges += [(each, call) for each in new]
