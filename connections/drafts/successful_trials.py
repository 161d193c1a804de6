"""Successful trials: which values somebody signed in with before they were published.

They are recorded for a fingerprint of settings and secrets, so they count for exactly these values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from connections.candidates import Candidate
from connections.fields.dates import EXPIRY_SUFFIX
from connections.models import Connection, SuccessfulTrial
from connections.secrets import fingerprint, fingerprints


class TrialNeeded(Exception):
    """The project requires a successful trial of these values before they are published."""


def fingerprint_of_values(candidate: Candidate) -> str:
    """Return a digest of the candidate's settings and secrets.

    Neither labels nor expiry dates count.
    """
    saved = candidate.saved_fingerprints
    secrets = {
        field: saved.get(field) or fingerprint(value) for field, value in candidate.secrets.items()
    }
    return digest_values(candidate.connection.settings, secrets)


def digest_values(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> str:
    """Return the digest of settings and of the fingerprints of secrets by field.

    A setting that is empty or off counts as one that is missing, as an older release saved it. The
    days on which secrets expire do not count: sign-ins do not use them.
    """
    given = {
        name: value
        for name, value in settings.items()
        if value and not name.endswith(EXPIRY_SUFFIX)
    }
    text = json.dumps([given, dict(secrets)], sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def needs_trial(
    connection: Connection, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> bool:
    """Whether the project requires a trial of these values before they are published.

    `secrets` has their fingerprints by field. What is live already needs none.
    """
    if not connection.project.require_trial:
        return False
    values = digest_values(settings, secrets)
    live = digest_values(connection.settings, fingerprints(connection.secrets.all()))
    is_live = values == live and not connection.is_unpublished
    return not is_live and not has_successful_trial(connection, values)


def record_successful_trial(connection: Connection, values: str) -> None:
    """Record that somebody signed in by values of this fingerprint.

    Does nothing if the connection was deleted meanwhile.
    """
    if Connection.objects.filter(pk=connection.pk).exists():
        SuccessfulTrial.objects.get_or_create(connection_id=connection.pk, fingerprint=values)


def has_successful_trial(connection: Connection, values: str) -> bool:
    """Whether somebody signed in by values of this fingerprint."""
    return connection.successful_trials.filter(fingerprint=values).exists()
