"""The latest trials of a connection, for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from connections.models import Connection, Trial
from connections.trials.services import latest_trials


@dataclass(frozen=True)
class TrialRow:
    """A trial in the list."""

    at: datetime
    person: str
    is_by_link: bool
    # "running" while it can still be finished, "unfinished" after that, else an outcome.
    state: str
    label: str
    url: str


def trial_url(connection: Connection, trial: Trial) -> str:
    """Return the page of a trial."""
    place = [connection.project.slug, connection.alias, trial.pk]
    return reverse("portal:connection_trial", args=place)


def list_trials(connection: Connection) -> list[TrialRow]:
    """Return the latest trials of a connection."""
    return [
        TrialRow(
            at=each.created_at,
            person=str(each.created_by or ""),
            is_by_link=each.is_by_link,
            state=each.outcome if each.is_shown else state_of(each),
            label=each.get_outcome_display() if each.is_shown else "",
            url=trial_url(connection, each),
        )
        for each in latest_trials(connection)
    ]


def state_of(trial: Trial) -> str:
    """Return "waiting", "started", "finished", or "unfinished" for one that never will be."""
    if trial.is_shown:
        return "finished"
    if trial.expires_at <= timezone.now():
        return "unfinished"
    return "waiting" if trial.started_at is None else "started"
