"""Sessions of operators: Django's, on the portal."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import DatabaseError, IntegrityError, OperationalError
from django.db import connection as database

from core.postgresql.retry import retry_on_lost_connection

KEY_BYTES = 20
CREATE = "INSERT INTO django_session (session_data, expire_date, session_key) VALUES (%s, %s, %s)"
UPDATE = "UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s"


class SessionStore(DatabaseStore):
    """A session in the database.

    Each write is one statement. Django's own store first checks whether the key is taken, and
    opens a transaction for each write.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        # A cookie may contain anything, and PostgreSQL cannot store NUL.
        valid = super()._validate_session_key(key)  # type: ignore[misc]
        return bool(valid and key and key.isascii() and key.isalnum())

    # A key that was stored although the connection broke is taken, and the next one is used.
    @retry_on_lost_connection
    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's own
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        row: list[Any] = [self.encode(data), self.get_expiry_date(), self.session_key]
        try:
            with database.cursor() as cursor:
                cursor.execute(CREATE if must_create else UPDATE, row)
                found = bool(cursor.rowcount)
        except IntegrityError:
            if must_create:
                raise CreateError from None
            raise
        except OperationalError:
            # Database trouble: Django would report that the session was deleted.
            raise
        except DatabaseError:
            if not must_create:
                raise UpdateError from None
            raise
        if not found:
            # Somebody has ended it meanwhile.
            raise UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self.model(session_key=key).delete()

    def _get_new_session_key(self) -> str:
        # 160 bits: nobody has it, and the row's primary key would tell.
        return secrets.token_hex(KEY_BYTES)


class NoSession(SessionBase):
    """A session that is empty and never stored."""

    def load(self) -> dict[str, Any]:
        return {}

    def exists(self, session_key: str) -> bool:
        return False

    def create(self) -> None:
        """Nothing is stored."""

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's own
        """Nothing is stored."""

    def delete(self, session_key: str | None = None) -> None:
        """Nothing is stored."""
