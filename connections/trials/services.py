"""Trials in the database: made for an administrator, started once, taken once, finished."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from connections import events
from connections.candidates import Candidate, live_candidate
from connections.drafts.rows import find_draft
from connections.drafts.successful_trials import fingerprint_of_values, record_successful_trial
from connections.drafts.unpublished_candidates import draft_candidate
from connections.models import Connection, Trial
from connections.values.outcomes import Outcome
from core.random_text import ALPHABET, LENGTH, hash_text
from core.request_origin import without_origin
from projects.audit.log import record_event
from projects.models import Project, User

MINUTES = 10
LINK_SALT = "menkou.trial.link"
LATEST = 10
# Of one connection. Rate limits leave more time between the oldest and the newest than one takes.
MOST_KEPT = 100
# The cause of a trial to which another browser came back.
OTHER_BROWSER = "other_browser"


class ValuesChanged(Exception):
    """The values of the connection are no longer those with which the trial was started."""


def make_trial(
    connection: Connection,
    *,
    actor: User,
    is_by_link: bool,
    source: str,
    return_url: Callable[[UUID], str],
) -> Trial:
    """Return a new trial that can be started within ten minutes.

    `return_url` gives the page of the portal for the end of a trial with this id. Raises
    KeysetError where a secret does not open.
    """
    delete_old_trials(connection)
    number = uuid4()
    return Trial.objects.create(
        id=number,
        connection=connection,
        source=source,
        revision=find_revision_number(connection, source),
        values_hash=fingerprint_of_values(load_candidate(connection, source)),
        is_by_link=is_by_link,
        created_by=actor,
        link_hash=hash_text(link_token(str(number))),
        expires_at=timezone.now() + timedelta(minutes=MINUTES),
        return_url=return_url(number),
    )


def delete_old_trials(connection: Connection) -> None:
    """Delete the oldest trials of a connection that has more than are kept."""
    newest = connection.trials.order_by("-created_at").values("pk")
    Trial.objects.filter(pk__in=newest[MOST_KEPT - 1 :]).delete()


def delete_trials_about(user: User) -> None:
    """Delete the trials whose results are about an end user: by their account, or by their ids."""
    about = Q(steps__contains=[{"user": str(user.pk)}])
    about |= Q(steps__contains=[{"other_user": str(user.pk)}])
    for namespace, subject in user.identities.values_list("namespace", "subject"):
        profile = [["identifier", subject], ["namespace", namespace]]
        about |= Q(steps__contains=[{"key": "profile", "received": profile}])
    Trial.objects.filter(about, connection__project=user.project_id).delete()


def link_token(number: str) -> str:
    """Return the token of a trial's link: 32 letters and digits that are not in the database."""
    digest = salted_hmac(LINK_SALT, number, algorithm="sha256").digest()
    rest, letters = int.from_bytes(digest, "big"), []
    for _each in range(LENGTH):
        rest, place = divmod(rest, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def load_candidate(connection: Connection, source: str) -> Candidate:
    """Return the values to try; raises KeysetError."""
    if source == Trial.Source.DRAFT:
        return draft_candidate(connection)
    return live_candidate(connection)


def find_revision_number(connection: Connection, source: str) -> int | None:
    """Return the number of the live revision, or of the one that the draft is based on."""
    draft = find_draft(connection) if source == Trial.Source.DRAFT else None
    if draft is not None:
        return draft.based_on or None
    return connection.revisions.values_list("number", flat=True).first()


def has_other_values(connection: Connection) -> bool:
    """Whether there are values that nobody has published."""
    return connection.is_unpublished or find_draft(connection) is not None


def candidate_of(trial: Trial) -> Candidate:
    """Return the values of a trial; raises ValuesChanged or KeysetError."""
    candidate = load_candidate(trial.connection, trial.source)
    if fingerprint_of_values(candidate) != trial.values_hash:
        raise ValuesChanged
    return candidate


def find_by_link(project: Project, token: str) -> Trial | None:
    """Return the project's trial with this link, or None."""
    return _trials(project).filter(link_hash=hash_text(token)).first()


def find_by_state(project: Project, alias: str, state: str) -> Trial | None:
    """Return the trial with this state at the callback of a connection, or None."""
    found = _trials(project).filter(state_hash=hash_text(state), connection__alias=alias)
    return found.first()


def _trials(project: Project) -> QuerySet[Trial]:
    related = ("connection__project", "created_by")
    return Trial.objects.select_related(*related).filter(connection__project=project)


@dataclass(frozen=True)
class TrialStart:
    """What the callback of a started trial must match."""

    state: str = field(repr=False)
    browser: str = field(repr=False)
    # What the administrator's browser must bring to the portal.
    claim: str = field(repr=False)
    pkce_verifier: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)


def start_trial(trial: Trial, start: TrialStart) -> bool:
    """Start a trial whose link is unused; return whether this browser has started it."""
    now = timezone.now()
    unused = Trial.objects.filter(pk=trial.pk, started_at=None, expires_at__gt=now)
    return bool(
        unused.update(
            started_at=now,
            expires_at=now + timedelta(minutes=MINUTES),
            state_hash=hash_text(start.state),
            browser_hash=hash_text(start.browser),
            claim_hash=hash_text(start.claim),
        )
    )


def keep_start(trial: Trial, start: TrialStart, steps: Sequence[Mapping[str, Any]]) -> None:
    """Keep what the provider's answer must match, and the steps so far."""
    Trial.objects.filter(pk=trial.pk).update(
        pkce_verifier=start.pkce_verifier, nonce=start.nonce, steps=steps
    )


def take_trial(trial: Trial) -> bool:
    """Take a trial for its end; return whether this callback is the first."""
    free = Trial.objects.filter(pk=trial.pk, taken_at=None)
    return bool(free.update(taken_at=timezone.now()))


@transaction.atomic
def finish_trial(
    trial: Trial, *, outcome: Outcome, cause: str, steps: Sequence[Mapping[str, Any]]
) -> None:
    """Store the result and record the event; what only the callback needed is removed.

    Another browser's callback removes nothing: the right one may still come. Does nothing if the
    trial is gone, or if another browser's callback comes too late.
    """
    # The connection is locked first, as a deletion does.
    connection = (
        Connection.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project")
        .filter(pk=trial.connection_id)
        .first()
    )
    unfinished = Q(finished_at=None) | Q(cause=OTHER_BROWSER)
    used = {} if cause == OTHER_BROWSER else {"pkce_verifier": "", "nonce": "", "posted": None}
    changed = Trial.objects.filter(unfinished, pk=trial.pk).update(
        finished_at=timezone.now(), outcome=outcome, cause=cause, steps=steps, **used
    )
    if connection is None or not changed:
        return
    if outcome == Outcome.OK:
        record_successful_trial(connection, trial.values_hash)
    with without_origin():
        record_event(
            events.TRIAL_FINISHED,
            project=connection.project,
            actor=trial.created_by,
            target=connection,
            changes={
                "outcome": (None, str(outcome)),
                "way": (None, "link" if trial.is_by_link else "here"),
                "values": (None, trial.source),
            },
        )


def claim_result(trial: Trial, claim: str) -> bool:
    """Show the result of a trial to the administrator whose browser brings the claim."""
    if not hmac.compare_digest(hash_text(claim), trial.claim_hash):
        return False
    Trial.objects.filter(pk=trial.pk, claimed_at=None).update(claimed_at=timezone.now())
    return True


def latest_trials(connection: Connection) -> list[Trial]:
    """Return the latest trials whose results can be shown, or that may still be finished.

    Their steps, which may be long, are read only if somebody looks at them.
    """
    shown = Q(is_by_link=True) | Q(claimed_at__isnull=False)
    found = connection.trials.filter(shown).select_related("created_by")
    return list(found.defer("steps", "posted")[:LATEST])
