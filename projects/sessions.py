"""Sessions that speak on the host that made them and are nobody on every other host."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import DatabaseError, IntegrityError, OperationalError
from django.utils.crypto import get_random_string

BOUND_TO = "_bound_to"
KEY_LENGTH = 32


class SessionStore(DatabaseStore):
    """A database session that opens only for the tenant to which it was bound when written.

    Each write is one statement: Django's own asks whether a key is taken, and wraps each in a
    transaction, which single statements are anyway.
    """

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

    def begin(self, data: dict[str, Any]) -> None:
        """Put a new session, with a key of its own, in the place of whatever was there before."""
        self.flush()
        self.update(data)

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's own
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        row = self.create_model_instance(data)
        try:
            row.save(force_insert=must_create, force_update=not must_create)
        except IntegrityError:
            if must_create:
                raise CreateError from None
            raise
        except OperationalError:
            # No room, or nobody there: Django would say that somebody has ended the session.
            raise
        except DatabaseError:
            if not must_create:
                raise UpdateError from None
            raise
        return None

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self.model(session_key=key).delete()

    def _get_new_session_key(self) -> str:
        # 165 bits: nobody has it, and the row's primary key would tell.
        return get_random_string(KEY_LENGTH, VALID_KEY_CHARS)

    def flush(self) -> None:
        # Reading it tells whether it is ours to end, or was carried here from another host.
        self.get(BOUND_TO)
        super().flush()

    def encode(self, session_dict: dict[str, Any]) -> str:
        return str(super().encode({**session_dict, BOUND_TO: self.tenant}))
