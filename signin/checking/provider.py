"""The steps of a check at the provider."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.timezone import now

from connections.candidates import Candidate
from connections.checking.state import UNANSWERED
from connections.checking.steps import CheckStep, StepName, has_stopped
from connections.configured import definition_of
from connections.models import StepVerdict
from connections.providers.definition import Definition, Probe
from connections.values.facts import fact_text
from connections.values.failures import SignInFailed, find_fault
from connections.values.outcomes import Outcome
from signin.checking.credentials import check_credentials
from signin.relying_party import RelyingParty

# A server's certificate is usually renewed some weeks before it expires.
SERVER_CERTIFICATE_WARNING = timedelta(days=7)
CERTIFICATE_WARNING = timedelta(days=30)
# What the provider says when it could not look at the credentials, or what we say.
UNCLEAR_CAUSES = frozenset(
    {
        "busy",
        "http_status",
        "malformed",
        "not_json",
        "rate_limited",
        "too_large",
        "unexpected_status",
        "unknown_code",
    }
)
PASSING_CAUSES = frozenset({"busy", "rate_limited"})

# What a step found: nothing, or a verdict with its cause and facts.
Finding = CheckStep | None


def run_step(name: StepName, definition: Definition, look: Callable[[], Finding]) -> CheckStep:
    """Return the step with its duration; a failed sign-in is one of its verdicts."""

    def find() -> CheckStep:
        try:
            return look() or CheckStep(name, StepVerdict.PASSED)
        except SignInFailed as failure:
            verdict = judge_failure(name, definition, failure.cause)
            return CheckStep(name, verdict, failure.cause, failure.code, failure.facts)

    return timed_step(find)


def timed_step(find: Callable[[], CheckStep]) -> CheckStep:
    """Return the step with its duration."""
    began = time.monotonic()
    found = find()
    if found.verdict == StepVerdict.NOT_CHECKED:
        return found
    return replace(found, milliseconds=round((time.monotonic() - began) * 1000))


def judge_failure(name: StepName, definition: Definition, cause: str) -> StepVerdict:
    """Return what a failure means for a step."""
    if cause in UNANSWERED:
        return StepVerdict.FAILED
    if name != StepName.CREDENTIALS:
        return StepVerdict.DOUBTFUL if cause in PASSING_CAUSES else StepVerdict.FAILED
    if cause in UNCLEAR_CAUSES or find_fault(definition, cause).outcome != Outcome.CONFIG:
        return StepVerdict.DOUBTFUL
    return StepVerdict.FAILED


def check_values(candidate: Candidate) -> CheckStep:
    """Check that the values that the provider needs are there."""
    definition = definition_of(candidate.connection)
    settings = candidate.connection.settings
    if not definition.required_secrets <= candidate.secrets.keys():
        return CheckStep(StepName.VALUES, StepVerdict.FAILED, "secret_missing")
    missing = [
        each.name
        for each in definition.fields
        if each.required and each.is_stored and settings.get(each.name) in (None, "")
    ]
    if missing:
        facts = {"field": fact_text(missing)}
        return CheckStep(StepName.VALUES, StepVerdict.DOUBTFUL, "value_missing", facts=facts)
    return CheckStep(StepName.VALUES, StepVerdict.PASSED)


def check_reachable(party: RelyingParty) -> Finding:
    """Connect to every origin at the provider that this server calls."""
    ends = [end for each in party.called_origins() if (end := party.connect(each))]
    if not ends:
        return None
    return certificate_finding(
        StepName.REACHABLE, min(ends), SERVER_CERTIFICATE_WARNING, soon="tls_ends_soon"
    )


def certificate_finding(
    name: StepName, end: datetime, warning: timedelta, *, soon: str, ended: str = ""
) -> CheckStep:
    """Return what the end of a certificate means."""
    facts = {"expires": f"{end:%Y-%m-%d}"}
    if ended and end <= now():
        return CheckStep(name, StepVerdict.DOUBTFUL, ended, facts=facts)
    if end <= now() + warning:
        return CheckStep(name, StepVerdict.DOUBTFUL, soon, facts=facts)
    return CheckStep(name, StepVerdict.PASSED, facts=facts)


def check_metadata(party: RelyingParty) -> Finding:
    """Fetch what the provider publishes, and compare it with what is entered and requested."""
    party.fetch_metadata()
    problems = party.announced_problems()
    if not problems:
        return None
    first = problems[0]
    return CheckStep(StepName.METADATA, StepVerdict.DOUBTFUL, first.cause, first.code, first.facts)


def check_keys(party: RelyingParty) -> Finding:
    """Fetch the provider's keys."""
    party.fetch_keys()
    return None


def check_certificates(candidate: Candidate) -> Finding:
    """Check the certificates of a connection that expire; the first to expire is reported."""
    connection = candidate.connection
    expiries = definition_of(connection).expiries(connection.settings)
    first = min(expiries, key=lambda each: each.at)
    found = certificate_finding(
        StepName.CERTIFICATES,
        first.at,
        CERTIFICATE_WARNING,
        soon="certificate_ends_soon",
        ended="certificate_ended",
    )
    return replace(found, facts={"field": first.field or first.key, **found.facts})


def probe_credentials(party: RelyingParty) -> Finding:
    """Test the credentials if the provider offers a way."""
    if definition_of(party.connection).probe == Probe.NONE:
        return CheckStep(StepName.CREDENTIALS, StepVerdict.NOT_CHECKED, "no_probe")
    check_credentials(party)
    return None


def check_at_provider(candidate: Candidate, party: RelyingParty) -> list[CheckStep]:
    """Return the steps that call the provider, and those about values that depend on it."""
    definition = definition_of(candidate.connection)
    finders: dict[StepName, Callable[[], Finding]] = {}
    if definition.endpoints or party.publishes_metadata or definition.probe:
        finders[StepName.REACHABLE] = lambda: check_reachable(party)
    if party.publishes_metadata:
        finders[StepName.METADATA] = lambda: check_metadata(party)
    if party.verifies_signatures:
        finders[StepName.KEYS] = lambda: check_keys(party)
    if definition.expiries(candidate.connection.settings):
        finders[StepName.CERTIFICATES] = lambda: check_certificates(candidate)
    finders[StepName.CREDENTIALS] = lambda: probe_credentials(party)
    steps: list[CheckStep] = []
    for name, find in finders.items():
        # Certificates are among the saved values.
        if has_stopped(steps) and name != StepName.CERTIFICATES:
            steps.append(CheckStep(name, StepVerdict.NOT_CHECKED, "earlier"))
        else:
            steps.append(run_step(name, definition, find))
    return steps
