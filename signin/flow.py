"""A sign-in from the start to the end user, and the record of it."""

from __future__ import annotations

import logging
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from connections.configured import definition_of, known_definition
from connections.identities import users
from connections.models import Connection, SignIn
from connections.protocols.messages import provider_message
from connections.protocols.protocol import NO_SECRETS, Callback, Redirect, Start
from connections.providers.definition import Definition
from connections.secrets import open_sealed
from connections.sessions.rows import FederatedSignIn
from connections.values.browsers import detect_browser
from connections.values.claims import Claims
from connections.values.facts import describe_json
from connections.values.failures import SignInFailed, find_fault, provider_error
from connections.values.outcomes import Outcome
from core.http.client import deadline
from core.http.resolver import on_behalf_of
from core.keyring.keyset import KeysetError
from core.limits import rate as limits
from core.limits.concurrency import SIGN_INS, LimiterFull, Share, limiter
from core.postgresql.release import release_db_connection
from core.postgresql.retry import retry_on_lost_connection
from core.random_text import hash_text, new_random_text
from projects.models import User
from projects.requests import TenantRequest
from signin import form_post, state
from signin.metrics import count_junk_callback, count_sign_in
from signin.references import new_reference
from signin.relying_party import RelyingParty, callback_url

Result = TypeVar("Result")
log = logging.getLogger("menkou.signin")

CANCEL_WORDS = frozenset({"access_denied", "user_cancelled", "user_denied"})
# WeChat's app sends this as the code when the user declines.
CANCEL_CODE = "authdeny"
# As long as the longest token that a provider may send.
LONGEST_PARAMETER = 16_384
# Seconds between two looks at a sign-in that another request finishes.
SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 0.4
LINE_BREAKS = "\t\r\n"


# The join makes PostgreSQL lock the connection before the pending sign-in, as a deletion does.
LOCK_SQL = """
WITH held AS MATERIALIZED
    (SELECT enabled FROM connections_connection WHERE id = %(connection)s FOR SHARE),
ended AS (
    UPDATE connections_pendingsignin AS pending SET
        reference = COALESCE(NULLIF(pending.reference, ''), %(reference)s),
        expires_at = CASE pending.reference
            WHEN '' THEN now() + make_interval(secs => %(repeat)s) ELSE pending.expires_at END,
        pkce_verifier = '', nonce = '', posted = NULL
    FROM held WHERE pending.state_hash = %(state)s
    RETURNING pending.reference
)
SELECT enabled, COALESCE((SELECT reference FROM ended), %(reference)s),
    (SELECT count(pg_advisory_xact_lock(number)) FROM unnest(%(locks)s::bigint[]) AS number)
FROM held
"""


@dataclass(frozen=True)
class StartedSignIn:
    """A started sign-in: the URL for the browser, and the browser key that goes into its cookie."""

    url: str
    browser: str


@dataclass(frozen=True)
class ReceivedCallback:
    """A callback: its connection, and its pending sign-in or None."""

    connection: Connection
    sealed_secrets: state.Sealed
    pending: state.Pending | None
    # The provider's parameters, from the query or from a form.
    parameters: Mapping[str, str]
    # The names of those that were sent more than once.
    repeated: Collection[str] = ()
    # The state if another request of this browser has taken the sign-in.
    taken_state: str = ""
    # The sign-in if another browser has started it.
    stray: state.Stray | None = None


@dataclass(frozen=True)
class FinishedSignIn:
    """A finished sign-in: its record, and the user if it succeeded."""

    sign_in: SignIn
    user: User | None = None
    # None if another request, or an earlier attempt of this one, has received them.
    claims: Claims | None = None


@dataclass
class Attempt:
    """What the record needs to know about a sign-in before its end."""

    connection: Connection
    started_at: datetime
    # None where the browser was not sent to the provider.
    returned_at: datetime | None = None
    # Milliseconds by call to the provider.
    durations: Mapping[str, int] = field(default_factory=dict)
    # Of the pending sign-in; empty if there is none.
    state_hash: str = ""


@dataclass(frozen=True)
class LockedConnection:
    """A connection that cannot be changed until the end of the transaction."""

    enabled: bool
    # The reference of the sign-in's record: the proposed one, or that of an earlier end.
    reference: str


# --- the start ------------------------------------------------------------------------------------


def find_connection(request: TenantRequest, alias: str) -> tuple[Connection, frozenset[str]]:
    """Return the connection to sign in with, and the names of its secrets.

    Counts the attempt. Raises RateLimited or Connection.DoesNotExist.
    """
    allowance = limits.start_allowance(request, request.project.pk)
    return state.find_connection(request.project, alias, allowance=allowance)


def begin(
    request: HttpRequest,
    connection: Connection,
    *,
    secret_names: frozenset[str],
    next_path: str,
    reauthenticate: bool = False,
    login_hint: str = "",
) -> StartedSignIn:
    """Return the URL for the browser; raises SignInFailed if the connection cannot be used.

    `reauthenticate` tells the provider to ask again who the user is, and `login_hint` who it
    probably is, each if the provider documents a way.
    """
    definition = usable_definition(connection)
    refusal = definition.refusal(detect_browser(request))
    if refusal:
        raise SignInFailed(refusal)
    if not definition.required_secrets <= secret_names:
        raise SignInFailed("secret_missing")
    start = Start(
        state=new_random_text(),
        nonce=new_random_text() if definition.nonce else "",
        language=get_language() or "",
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        reauthenticate=reauthenticate,
        login_hint=login_hint,
    )
    party = RelyingParty(
        connection,
        callback_url=callback_url(request, connection),
        secrets=(
            open_secrets(connection, sealed_secrets(connection))
            if definition.signs_requests
            else NO_SECRETS
        ),
    )
    redirect = begin_at_provider(party, start)
    browser = state.browser_key(request)
    kept = state.save_pending(
        connection,
        state=start.state,
        browser=browser,
        pkce_verifier=redirect.pkce_verifier,
        nonce=start.nonce,
        next_path=next_path,
    )
    if not kept:
        # The connection was turned off or deleted at this moment.
        raise SignInFailed("disabled")
    return StartedSignIn(url=redirect.url, browser=browser)


def begin_at_provider(party: RelyingParty, start: Start) -> Redirect:
    """Return the redirect. If it takes a call to the provider, all limits apply."""
    if not definition_of(party.connection).calls_provider_at_start:
        return party.begin(start)
    return call_provider(party.connection, lambda: party.begin(start))


# --- the callback ---------------------------------------------------------------------------------


def receive(request: TenantRequest, alias: str) -> ReceivedCallback:
    """Consume the pending sign-in that this callback belongs to, also if it has expired.

    Counts the attempt, and raises as `find_connection` does.
    """
    sent = [(name, value) for name, values in request.GET.lists() for value in values]
    values = request.GET.getlist("state")
    # Nobody knows which of two states is meant.
    value = values[0] if len(values) == 1 else ""
    found = state.consume_pending(
        request.project,
        alias,
        state=value,
        browser=request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""),
        attempt=uuid4(),
        allowance=limits.callback_allowance(request, request.project.pk),
    )
    connection, pending = found.connection, found.pending
    definition = known_definition(connection)
    if pending is not None and definition is not None and definition.posts_back:
        # The query did not come from the provider.
        if pending.posted is not None:
            sent = form_post.unseal(pending.posted, value)
        elif not pending.is_expired:
            state.release_pending(pending)
            pending = None
    is_recorded = pending is not None or (found.stray is not None and not found.stray.reference)
    if not (is_recorded or found.is_repeated):
        count_junk_callback(connection)
    counts = Counter(name for name, _value in sent)
    repeated = frozenset(name for name, count in counts.items() if count > 1)
    return ReceivedCallback(
        connection,
        found.sealed_secrets,
        pending,
        dict(sent),
        repeated,
        taken_state=value if found.is_repeated else "",
        stray=found.stray,
    )


def finish(
    connection: Connection,
    pending: state.Pending,
    parameters: Mapping[str, str],
    *,
    sealed_secrets: state.Sealed,
    callback_url: str,
    repeated: Collection[str] = (),
) -> FinishedSignIn:
    """Return the user, or the reason for the failure; both are recorded.

    `parameters` are the provider's, from the query or from a form. `repeated` names those that were
    sent more than once.
    """
    attempt = Attempt(
        connection,
        pending.started_at,
        returned_at=timezone.now(),
        state_hash=pending.state_hash,
    )
    try:
        if pending.is_expired:
            raise SignInFailed("expired")
        usable_definition(connection)
        check_callback(connection, parameters, repeated)
        secrets = open_secrets(connection, sealed_secrets)
        party = RelyingParty(connection, callback_url=callback_url, secrets=secrets)
        attempt.durations = party.durations
        callback = Callback(
            parameters=parameters, pkce_verifier=pending.pkce_verifier, nonce=pending.nonce
        )
        claims = call_provider(connection, lambda: party.claims(callback))
        return complete(attempt, claims)
    except SignInFailed as failure:
        return finished(record_failure(attempt, failure))


def finished(sign_in: SignIn) -> FinishedSignIn:
    """Return the finished sign-in of a record. The user of a failed one gets no session."""
    return FinishedSignIn(sign_in, sign_in.user if sign_in.outcome == Outcome.OK else None)


def session_sign_in(connection: Connection, ended: FinishedSignIn, user: User) -> FederatedSignIn:
    """Return what the user's session keeps of the sign-in.

    The ids are those of the claims, or of the user's identities if the claims are gone. Raises
    SignInFailed if the user is deleted, or the provider unknown.
    """
    definition = usable_definition(connection)
    claims = ended.claims or users.stored_claims(connection, user)
    namespace, subject = claims.primary
    return FederatedSignIn(
        user=user,
        connection=connection,
        namespace=namespace,
        subject=subject,
        claims=definition.identity_claims(claims, connection.settings),
        returned_at=ended.sign_in.returned_at or ended.sign_in.ended_at,
    )


def cause_of_no_session(user: User) -> str:
    """Return why a user who has just signed in gets no session: they are blocked, or deleted."""
    is_blocked = User.objects.filter(pk=user.pk, is_active=False).exists()
    return "person_inactive" if is_blocked else "state"


@dataclass(frozen=True)
class Repetition:
    """The outcome of a sign-in that another request of the same browser has taken."""

    ended: FinishedSignIn
    next_path: str
    # Whether it was so short ago that the browser may have it again.
    is_current: bool


def repeat(connection: Connection, taken_state: str) -> Repetition:
    """Return the outcome of a sign-in that another request has taken.

    Waits while it is running. Raises SignInFailed if there is no outcome, or if the user could not
    sign in any more.
    """
    taken = state.find_taken(taken_state)
    if taken is not None and not taken.reference:
        taken = wait_for_outcome(connection, taken_state)
    if taken is None:
        raise SignInFailed("state")
    is_current = taken.is_current
    if taken.reference:
        sign_in = find_sign_in(taken.reference)
    else:
        is_current = True
        attempt = Attempt(
            connection,
            taken.started_at,
            returned_at=taken.taken_at,
            state_hash=hash_text(taken_state),
        )
        sign_in = record_failure(attempt, SignInFailed("interrupted"))
    if sign_in.outcome == Outcome.OK and is_current:
        if sign_in.user is None:
            raise SignInFailed("state")
        if not connection.enabled:
            raise SignInFailed("disabled")
        if not sign_in.user.is_active:
            raise SignInFailed("person_inactive")
    return Repetition(finished(sign_in), taken.next_path, is_current)


def wait_for_outcome(connection: Connection, taken_state: str) -> state.Taken | None:
    """Return the sign-in once it has ended or is overdue, or None if it is gone.

    The wait takes one of the connection's slots, and no database connection.
    """
    pause = SHORTEST_PAUSE
    release_db_connection()
    try:
        with limiter.acquire(connection.pk):
            while True:
                taken = state.find_taken(taken_state)
                if taken is None or taken.reference or taken.is_overdue:
                    return taken
                release_db_connection()
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
    except LimiterFull:
        raise SignInFailed("busy") from None


def check_callback(
    connection: Connection, parameters: Mapping[str, str], repeated: Collection[str]
) -> None:
    """Raise SignInFailed if the parameters cannot be used, or report an error."""
    definition = definition_of(connection)
    refuse_unusable_parameters(parameters, repeated, definition)
    refuse_another_issuer(parameters, definition.issuer(connection.settings))
    refuse_error(parameters, definition)


def refuse_unusable_parameters(
    parameters: Mapping[str, str], repeated: Collection[str], definition: Definition
) -> None:
    """Raise SignInFailed if a parameter is repeated, empty or too long, or has control characters.

    An error may come with an empty code.
    """
    code = definition.code_parameter
    for name in (code, "error", "iss"):
        value = parameters.get(name)
        if value is None:
            continue
        is_document = name == code and definition.code_is_document
        if name in repeated:
            expected = "one value"
        elif not value and not (name == code and parameters.get("error")):
            expected = "not empty"
        elif len(value) > LONGEST_PARAMETER and not is_document:
            expected = f"at most {LONGEST_PARAMETER} characters"
        elif has_control_characters(value, allowed=LINE_BREAKS if is_document else ""):
            expected = "no control characters"
        else:
            continue
        raise SignInFailed(
            "callback_parameter", field=name, received=describe_json(value), expected=expected
        )


def has_control_characters(value: str, *, allowed: str = "") -> bool:
    """Whether the text has other control characters than the allowed ones."""
    return any(unicodedata.category(each) == "Cc" for each in set(value) - set(allowed))


def refuse_another_issuer(parameters: Mapping[str, str], issuer: str) -> None:
    """Raise SignInFailed if the callback has an `iss` of another provider (RFC 9207)."""
    if issuer and parameters.get("iss", issuer) != issuer:
        raise SignInFailed("issuer", field="iss", received=parameters["iss"], expected=issuer)


def refuse_error(parameters: Mapping[str, str], definition: Definition) -> None:
    """Raise SignInFailed if the callback reports an error or a cancellation.

    After 取消, WeChat used to send a state without a code. Others send access_denied.
    """
    error = parameters.get("error", "")
    code = parameters.get(definition.code_parameter, "")
    if not error and code and code != CANCEL_CODE:
        return
    message = provider_message(parameters, secrets=[parameters.get("state", ""), code])
    if error in CANCEL_WORDS or not error:
        raise SignInFailed("cancelled", code=error, message=message)
    raise provider_error(definition, error, message=message)


@retry_on_lost_connection
@transaction.atomic
def complete(attempt: Attempt, claims: Claims) -> FinishedSignIn:
    """Return the user with the record of the sign-in; raises SignInFailed.

    The connection may have been turned off or deleted while the provider was called. A sign-in that
    was ended before keeps its outcome.
    """
    connection, reference = attempt.connection, new_reference()
    locks = users.advisory_locks(connection, claims)
    locked = lock_connection(
        connection, locks=locks, state_hash=attempt.state_hash, reference=reference
    )
    if locked is not None and locked.reference != reference:
        return finished(find_sign_in(locked.reference))
    if locked is None or not locked.enabled:
        raise SignInFailed("disabled")
    user, claims = users.get_or_create_user(connection, claims)
    return FinishedSignIn(record_attempt(attempt, reference, user=user), user, claims)


# --- shared by both -------------------------------------------------------------------------------


def usable_definition(connection: Connection) -> Definition:
    """Return the connection's definition; raises SignInFailed if it is turned off or unknown."""
    if not connection.enabled:
        raise SignInFailed("disabled")
    definition = known_definition(connection)
    if definition is None:
        raise SignInFailed("provider_unknown")
    return definition


def sealed_secrets(connection: Connection) -> state.Sealed:
    """Return the connection's encrypted secrets by name."""
    return dict(connection.secrets.values_list("field", "ciphertext"))


def open_secrets(connection: Connection, sealed: state.Sealed) -> dict[str, str]:
    """Return the decrypted secrets by name; raises SignInFailed and logs if a key is wrong."""
    definition = definition_of(connection)
    if not definition.required_secrets <= sealed.keys():
        raise SignInFailed("secret_missing")
    names = definition.secret_names & sealed.keys()
    try:
        return {name: open_sealed(connection, name, sealed[name]) for name in names}
    except KeysetError:
        log.error("the secret of connection %s does not open", connection.pk)
        raise SignInFailed("secret_unreadable") from None


def call_provider(
    connection: Connection, call: Callable[[], Result], *, share: Share = SIGN_INS
) -> Result:
    """Return the result of a call to a provider; raises SignInFailed.

    The database connection is released during the call. Each connection has a share of the slots
    for sign-ins, and each project has a share of the others.
    """
    release_db_connection()
    key = connection.pk if share is SIGN_INS else connection.project_id
    hosts = definition_of(connection).fixed_hosts
    try:
        # The wait for a slot counts toward the deadline.
        with (
            deadline(),
            limiter.acquire(key, share),
            on_behalf_of(connection.project_id, fixed_hosts=hosts),
        ):
            return call()
    except LimiterFull:
        raise SignInFailed("busy") from None


# --- the record -----------------------------------------------------------------------------------


def record_refusal(connection: Connection, failure: SignInFailed) -> SignIn:
    """Record an attempt that ended before the redirect to the provider."""
    return record_failure(Attempt(connection, timezone.now()), failure)


@retry_on_lost_connection
@transaction.atomic
def record_failure(attempt: Attempt, failure: SignInFailed) -> SignIn:
    """Record an attempt that failed, or return the record of its earlier end.

    The connection may be deleted by now. Raises Http404 if the project is deleted as well.
    """
    reference = new_reference()
    locked = lock_connection(attempt.connection, state_hash=attempt.state_hash, reference=reference)
    if locked is None and not lock_project(attempt.connection):
        raise Http404
    if locked is not None and locked.reference != reference:
        return find_sign_in(locked.reference)
    user = lock_user(attempt.connection, failure.person) if failure.person else None
    return record_attempt(attempt, reference, failure=failure, user=user, gone=locked is None)


def record_stray(connection: Connection, stray: state.Stray, *, has_key: bool) -> str:
    """Record a callback that another browser than the one of the sign-in has sent.

    Only the first one of a sign-in is recorded. Returns its reference, or "" if the sign-in is
    gone. `has_key` says whether the browser sent a key at all.
    """
    if stray.reference:
        return stray.reference
    received = {} if has_key else {"received": ""}
    failure = SignInFailed("other_browser", field=settings.BROWSER_COOKIE_NAME, **received)
    return _record_stray(connection, stray, failure)


@retry_on_lost_connection
@transaction.atomic
def _record_stray(connection: Connection, stray: state.Stray, failure: SignInFailed) -> str:
    reference = new_reference()
    # The connection is locked before the pending sign-in, as a deletion does.
    if lock_connection(connection) is None:
        return ""
    kept = state.keep_stray_reference(stray, reference)
    if kept == reference:
        attempt = Attempt(connection, stray.started_at, returned_at=timezone.now())
        record_attempt(attempt, reference, failure=failure)
    return kept


def find_sign_in(reference: str) -> SignIn:
    """Return the record with this reference, and its user."""
    return SignIn.objects.select_related("user").get(reference=reference)


def record_attempt(
    attempt: Attempt,
    reference: str,
    *,
    failure: SignInFailed | None = None,
    user: User | None = None,
    gone: bool = False,
) -> SignIn:
    """Add the attempt to the project's record."""
    connection = attempt.connection
    sign_in = SignIn.objects.create(
        project=connection.project,
        connection=None if gone else connection,
        alias=connection.alias,
        provider=connection.provider,
        reference=reference,
        outcome=outcome_of(connection, failure),
        cause=failure.cause if failure else "",
        provider_code=failure.code if failure else "",
        provider_trace=failure.trace if failure else "",
        facts=failure.facts if failure else {},
        user=user,
        started_at=attempt.started_at,
        returned_at=attempt.returned_at,
        durations=attempt.durations,
    )
    transaction.on_commit(lambda: count_sign_in(connection, sign_in), robust=True)
    return sign_in


def outcome_of(connection: Connection, failure: SignInFailed | None) -> Outcome:
    """Return the outcome of an attempt with this failure."""
    if failure is None:
        return Outcome.OK
    return find_fault(known_definition(connection), failure.cause).outcome


def lock_connection(
    connection: Connection,
    *,
    locks: Sequence[int] = (),
    state_hash: str = "",
    reference: str = "",
) -> LockedConnection | None:
    """Lock the connection, or return None if it is deleted.

    Then gives the pending sign-in this reference, unless it has one, and takes the advisory locks
    in their order.
    """
    with database.cursor() as cursor:
        cursor.execute(
            LOCK_SQL,
            {
                "connection": connection.pk,
                "state": state_hash,
                "reference": reference,
                "repeat": state.REPEAT_SECONDS,
                "locks": list(locks),
            },
        )
        row = cursor.fetchone()
    return LockedConnection(row[0], row[1]) if row else None


def lock_user(connection: Connection, person: UUID) -> User | None:
    """Lock the end user of the connection's project and return them, or None if they are gone."""
    theirs = User.objects.filter(pk=person, project_id=connection.project_id)
    return theirs.select_for_update(no_key=True).first()


def lock_project(connection: Connection) -> bool:
    """Lock the project and return whether it exists."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT FROM projects_project WHERE id = %s FOR KEY SHARE", [connection.project_id]
        )
        return bool(cursor.rowcount)
