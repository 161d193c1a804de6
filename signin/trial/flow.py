"""A trial from its start to its result: the flow of a sign-in, of which nothing is written."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from connections.candidates import Candidate
from connections.configured import known_definition
from connections.models import Trial
from connections.protocols.protocol import Callback, Start
from connections.trials.services import (
    TrialStart,
    ValuesChanged,
    candidate_of,
    finish_trial,
    keep_start,
    start_trial,
)
from connections.values.browsers import detect_browser
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from core.http.client import RecordedExchange
from core.keyring.keyset import KeysetError
from core.random_text import hash_text, new_random_text
from signin.flow import begin_at_provider, call_provider, check_callback, outcome_of
from signin.relying_party import callback_url
from signin.trial.decision import decide_without_writing, decision_step
from signin.trial.party import TrialParty
from signin.trial.redaction import Redactor
from signin.trial.states import new_trial_state
from signin.trial.steps import (
    Step,
    claims_step,
    exchange_steps,
    id_token_of,
    id_token_step,
    profile_step,
    public_values,
    read_steps,
    redirect_step,
    return_step,
    step_of_failure,
)

log = logging.getLogger("menkou.signin")


class TrialUsed(Exception):
    """Another browser has started the trial, or it has expired."""


def make_claim(state: str, browser: str) -> str:
    """Return what a browser brings to the portal: only who has state and cookie can make it."""
    return hash_text(f"menkou:claim:{state}:{browser}")


def begin_trial(request: HttpRequest, trial: Trial, *, browser: str) -> tuple[str, str]:
    """Return the URL for the browser and the claim of its result.

    The URL is "" if the trial has ended here, with a result. Raises TrialUsed if the link was used
    before.
    """
    state = new_trial_state()
    start = TrialStart(state=state, browser=browser, claim=make_claim(state, browser))
    if not start_trial(trial, start):
        raise TrialUsed
    redactor = Redactor([state, browser])
    exchanges: list[tuple[RecordedExchange, str]] = []
    try:
        candidate = open_candidate(trial)
        definition = known_definition(candidate.connection)
        if definition is None:
            raise SignInFailed("provider_unknown")
        redactor.learn_all(candidate.secrets.values())
        refusal = definition.refusal(detect_browser(request))
        if refusal:
            raise SignInFailed(refusal)
        if not definition.required_secrets <= candidate.secrets.keys():
            raise SignInFailed("secret_missing")
        sent = Start(
            state=state,
            nonce=new_random_text() if definition.nonce else "",
            language=get_language() or "",
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
        )
        redactor.learn(sent.nonce)
        party = TrialParty(candidate, callback_url=callback_url(request, trial.connection))
        exchanges = party.exchanges
        redirect = begin_at_provider(party, sent)
    except SignInFailed as failure:
        step = Step("redirect")
        step.fail(failure)
        store_result(trial, [*exchange_steps(exchanges, redactor), step], failure)
        return "", start.claim
    redactor.learn(redirect.pkce_verifier)
    last = redirect_step(redirect.url, redactor, has_document=definition.code_is_document)
    steps = [*exchange_steps(exchanges, redactor), last]
    kept = replace(start, pkce_verifier=redirect.pkce_verifier, nonce=sent.nonce)
    keep_start(trial, kept, [each.as_json() for each in steps])
    return redirect.url, start.claim


def end_trial(
    trial: Trial,
    parameters: Mapping[str, str],
    *,
    callback_url: str,
    repeated: Collection[str] = (),
    is_expired: bool,
) -> None:
    """Carry out the end of a trial that this callback has taken, and store its result."""
    steps = read_steps(trial.steps)
    redactor = Redactor([trial.pkce_verifier, trial.nonce])
    steps.append(return_step(trial.connection, parameters, redactor))
    try:
        if is_expired:
            raise SignInFailed("expired")
        candidate = open_candidate(trial)
        redactor.learn_all(candidate.secrets.values())
        if known_definition(candidate.connection) is None:
            raise SignInFailed("provider_unknown")
        check_callback(candidate.connection, parameters, repeated)
        callback = Callback(
            parameters=parameters, pkce_verifier=trial.pkce_verifier, nonce=trial.nonce
        )
        party = TrialParty(candidate, callback_url=callback_url)
        claims = read_claims(party, callback, redactor, steps)
        decision = decide_without_writing(candidate, claims)
    except SignInFailed as failure:
        step_of_failure(failure, steps).fail(failure)
        store_result(trial, steps, failure)
    else:
        store_result(trial, [*steps, decision_step(decision)], decision.refusal)


def read_claims(
    party: TrialParty, callback: Callback, redactor: Redactor, steps: list[Step]
) -> Claims:
    """Return the claims, and add what the provider was asked and has answered to the steps.

    Raises SignInFailed.
    """
    try:
        claims = call_provider(party.connection, lambda: party.claims(callback))
    except SignInFailed:
        steps += answer_steps(party, redactor)
        raise
    steps += [*answer_steps(party, redactor), profile_step(claims, redactor)]
    return claims


def end_in_another_browser(trial: Trial, *, has_key: bool) -> None:
    """Store that another browser has come back. The one of the trial may still do so."""
    received = {} if has_key else {"received": ""}
    failure = SignInFailed("other_browser", field=settings.BROWSER_COOKIE_NAME, **received)
    step = Step("return")
    step.fail(failure)
    store_result(trial, [*read_steps(trial.steps), step], failure)


def answer_steps(party: TrialParty, redactor: Redactor) -> list[Step]:
    """Return what the provider was asked and has answered, as far as it came."""
    exchanges = [each for each, _call in party.exchanges]
    # The protocols count all members of a token answer among them, such as WeChat's openid.
    public = public_values(exchanges)
    redactor.learn_all(each for each in party.temporary_secrets if each not in public)
    steps = exchange_steps(party.exchanges, redactor)
    token = id_token_step(id_token_of(exchanges), redactor)
    if token is not None:
        steps.append(token)
    if party.answer is not None:
        steps.append(claims_step(party.answer, redactor))
    return steps


def store_result(trial: Trial, steps: list[Step], failure: SignInFailed | None) -> None:
    """Store the steps, and the outcome that a sign-in would have had."""
    finish_trial(
        trial,
        outcome=outcome_of(trial.connection, failure),
        cause=failure.cause if failure else "",
        steps=[each.as_json() for each in steps],
    )


def open_candidate(trial: Trial) -> Candidate:
    """Return the values of the trial; raises SignInFailed."""
    try:
        return candidate_of(trial)
    except ValuesChanged:
        raise SignInFailed("values_changed") from None
    except KeysetError:
        log.error("a secret of connection %s does not open", trial.connection_id)
        raise SignInFailed("secret_unreadable") from None
