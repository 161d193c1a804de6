"""A connection as it would be: what a check and a trial use in place of what is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connections.models import Connection
from connections.secrets import open_sealed


@dataclass(frozen=True)
class Candidate:
    """The values of a connection and its opened secrets. `repr` leaves out the secrets.

    `connection` need not be saved: it may be a copy with values that nobody has published.
    """

    connection: Connection
    secrets: Mapping[str, str] = field(repr=False)


def live_candidate(connection: Connection) -> Candidate:
    """Return what sign-ins use; raises KeysetError where a secret does not open."""
    return Candidate(
        connection,
        {
            stored.field: open_sealed(connection, stored.field, stored.ciphertext)
            for stored in connection.secrets.all()
        },
    )
