"""What a sign-in with the claims of a trial would have done; nothing is written."""

from __future__ import annotations

from django.db import transaction

from connections.candidates import Candidate
from connections.identities.users import Decision, decide
from connections.values.claims import Claims
from core.postgresql.retry import retry_on_lost_connection
from signin.trial.steps import Step


@retry_on_lost_connection
@transaction.atomic
def decide_without_writing(candidate: Candidate, claims: Claims) -> Decision:
    """Return what the sign-in would do, by the code that does it. The locks end here."""
    return decide(candidate.connection, claims)


def decision_step(decision: Decision) -> Step:
    """Return the last step of a trial."""
    step = Step("decision", decision=kind_of(decision))
    if decision.known is not None:
        step.user = str(decision.known.person.pk)
    if decision.merged is not None:
        step.other_user = str(decision.merged.pk)
    if decision.refusal is not None:
        step.fail(decision.refusal)
        step.user = str(decision.refusal.person or "")
    return step


def kind_of(decision: Decision) -> str:
    """Return the word for what would have happened."""
    if decision.refusal is not None:
        return "refused"
    if decision.known is None:
        return "new"
    if decision.merged is not None:
        return "merged"
    return "linked" if decision.is_by_key else "known"
