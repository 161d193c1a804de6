"""A connection as it would be: what a check and a trial use in place of what is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connections.models import Connection
from connections.secrets import fingerprints, open_sealed


@dataclass(frozen=True)
class Candidate:
    """The values of a connection and its opened secrets. `repr` leaves out the secrets.

    `connection` need not be saved: it may be a copy with values that nobody has published.
    """

    connection: Connection
    secrets: Mapping[str, str] = field(repr=False)
    # Of the secrets that are saved, by field. They are older than SECRET_KEY if that was changed.
    saved_fingerprints: Mapping[str, str] = field(default_factory=dict, repr=False)


def live_candidate(connection: Connection) -> Candidate:
    """Return what sign-ins use; raises KeysetError where a secret does not open."""
    saved = list(connection.secrets.all())
    return Candidate(
        connection,
        {each.field: open_sealed(connection, each.field, each.ciphertext) for each in saved},
        fingerprints(saved),
    )
