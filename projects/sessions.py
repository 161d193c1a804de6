"""Sessions that speak on the host that made them and are nobody on every other host."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

BOUND_TO = "_bound_to"


class SessionStore(DatabaseStore):
    """A database session that opens only for the tenant to which it was bound when written."""

    # Set by the middleware before anything is read: a project's UUID, or "portal".
    tenant = ""

    def _validate_session_key(self, key: str | None) -> bool:
        # Ours are letters and digits; a cookie may bring anything, and PostgreSQL stores no NUL.
        valid = super()._validate_session_key(key)  # type: ignore[misc]
        return bool(valid and key and key.isascii() and key.isalnum())

    def load(self) -> dict[str, Any]:
        data: dict[str, Any] = super().load()
        if data and data.get(BOUND_TO) != self.tenant:
            # Carried here by hand from another host. It stays valid at home.
            self._session_key = None
            return {}
        return data

    def flush(self) -> None:
        # Reading it tells whether it is ours to end, or was carried here from another host.
        self.get(BOUND_TO)
        super().flush()

    def encode(self, session_dict: dict[str, Any]) -> str:
        return str(super().encode({**session_dict, BOUND_TO: self.tenant}))
