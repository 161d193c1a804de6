"""A sign-in from the press of the button to the end user, and the record that it leaves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone

from connections import identities, limits
from connections.browsers import browser_of
from connections.claims import Claims
from connections.keyset import KeysetError
from connections.metrics import count_sign_in, junk_callbacks, provider_of
from connections.models import Connection, Outcome, PendingSignIn, SignIn
from connections.outside import deadline
from connections.providers.definition import Definition
from connections.secrets import SecretMissing, open_sealed
from connections.signin import posted, state
from connections.signin.failures import SignInFailed, fault_of, said_by_provider
from connections.signin.places import NoPlace, places
from connections.signin.references import new_reference
from connections.signin.relying_party import Redirect, RelyingParty
from connections.waiting import let_go_of_database
from projects.models import User
from projects.requests import TenantRequest

Answer = TypeVar("Answer")
log = logging.getLogger("menkou.signin")

CANCEL_WORDS = frozenset({"access_denied", "user_cancelled", "user_denied"})


@dataclass(frozen=True)
class Begun:
    """A sign-in on its way: where the browser goes, and the key that it must keep."""

    url: str
    browser: str


@dataclass(frozen=True)
class Ended:
    """A sign-in that came back: somebody, or the reason why nobody."""

    sign_in: SignIn
    user: User | None = None
    next_path: str = ""


class Junk(Exception):
    """A callback that belongs to no sign-in of this browser; it is only counted."""


def begin(
    request: HttpRequest, connection: Connection, *, has_secret: bool, next_path: str, mode: str
) -> Begun:
    """Return where the browser goes; raises SignInFailed where the connection cannot be used."""
    definition = usable(connection)
    refusal = definition.refusal(browser_of(request))
    if refusal:
        raise SignInFailed(refusal)
    if not has_secret:
        raise SignInFailed("secret_missing")
    value, browser = state.new_value(), state.browser_key(request)
    party = RelyingParty(request, connection)
    secret = opened(connection, sealed_secret(connection)) if definition.signs_requests else ""
    redirect = within_limits(party, lambda: party.begin(value, secret=secret))
    kept = state.keep(
        connection,
        state=value,
        browser=browser,
        pkce_verifier=redirect.pkce_verifier,
        nonce=redirect.nonce,
        next_path=next_path,
        mode=mode,
    )
    if not kept:
        # It was switched off or deleted at this moment.
        raise SignInFailed("disabled")
    return Begun(url=redirect.url, browser=browser)


def finish(request: TenantRequest, returned: state.Returned) -> Ended:
    """Return who came back, or why nobody did; raises Junk without a good state."""
    connection, pending = returned.connection, returned.pending
    if pending is None:
        count_junk(connection)
        raise Junk
    party = RelyingParty(request, connection, returned_at=timezone.now())
    try:
        return conclude(party, pending, ask(party, pending, returned.client_secret))
    except SignInFailed as failure:
        return Ended(sign_in=record_failure(party, pending.started_at, failure))


@transaction.atomic
def conclude(party: RelyingParty, pending: PendingSignIn, claims: Claims) -> Ended:
    """Return who it is, with the record of it; raises SignInFailed.

    The connection may have been switched off or deleted while the provider was asked.
    """
    if not hold(party.connection, locks=identities.locks_of(party.connection, claims)):
        raise SignInFailed("disabled")
    user = identities.recognise(party.connection, claims)
    sign_in = leave_record(party, pending.started_at, user=user)
    return Ended(sign_in=sign_in, user=user, next_path=pending.next)


def hold(connection: Connection, *, locks: Sequence[int] = ()) -> bool | None:
    """Return whether the connection is on, None where it is gone; it stays so until we are done.

    Once it is held, the locks are taken, too, in their order.
    """
    with database.cursor() as cursor:
        cursor.execute(
            "WITH held AS MATERIALIZED "
            "(SELECT enabled FROM connections_connection WHERE id = %s FOR SHARE) "
            "SELECT enabled, (SELECT count(pg_advisory_xact_lock(number)) "
            "FROM unnest(%s::bigint[]) AS number) FROM held",
            [connection.pk, list(locks)],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def hold_project(connection: Connection) -> bool:
    """Return whether the connection's project is there; it stays so until we are done."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT FROM projects_project WHERE id = %s FOR KEY SHARE", [connection.project_id]
        )
        return bool(cursor.rowcount)


def find(request: TenantRequest, alias: str) -> tuple[Connection, bool]:
    """Return the connection that somebody wants to sign in by, and whether it has a secret.

    Counts the attempt. Raises limits.TooMany, or Connection.DoesNotExist.
    """
    allowance = limits.starts(request, request.project.pk)
    return state.find(request.project, alias, allowance=allowance)


def come_back(request: TenantRequest, alias: str) -> state.Returned:
    """Return what this callback ends, made unusable for any other; counts and raises as `find`."""
    value = request.GET.get("state", "")
    returned = state.consume(
        request.project,
        alias,
        state=value,
        browser=request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""),
        allowance=limits.callbacks(request, request.project.pk),
    )
    definition, pending = known_definition(returned.connection), returned.pending
    if pending is None or definition is None or not definition.posts_back:
        return returned
    if pending.posted is None:
        # What stands in the address did not come from the provider.
        return replace(returned, pending=None)
    posted.unpack(request, bytes(pending.posted), value)
    return returned


def ask(party: RelyingParty, pending: PendingSignIn, sealed: bytes | None) -> Claims:
    """Return what the provider says; the database is let go of while we wait for it."""
    connection = party.connection
    definition = usable(connection)
    refuse_another_issuer(party.request, definition.issuer(connection.settings))
    refuse_cancelled(party.request, definition)
    secret = opened(connection, sealed)
    return asked(
        connection,
        lambda: party.claims(
            secret=secret, pkce_verifier=pending.pkce_verifier, nonce=pending.nonce
        ),
    )


def within_limits(party: RelyingParty, begin: Callable[[], Redirect]) -> Redirect:
    """Return the redirect; a provider that must be asked for it is asked with all limits."""
    if not party.connection.definition.asks_at_start:
        return begin()
    return asked(party.connection, begin)


def asked(connection: Connection, call: Callable[[], Answer]) -> Answer:
    """Return what a call gives that waits for a provider; raises SignInFailed."""
    let_go_of_database()
    try:
        # The wait for a place counts, too.
        with deadline(), places.take(connection.pk):
            return call()
    except NoPlace:
        raise SignInFailed("busy") from None


def usable(connection: Connection) -> Definition:
    """Return the connection's definition; raises SignInFailed where it is off or unknown."""
    if not connection.enabled:
        raise SignInFailed("disabled")
    try:
        return connection.definition
    except KeyError:
        raise SignInFailed("provider_unknown") from None


def refuse_another_issuer(request: HttpRequest, issuer: str) -> None:
    """Where the answer says who gave it (RFC 9207), it must be the one that was asked."""
    if issuer and request.GET.get("iss", issuer) != issuer:
        raise SignInFailed("issuer")


def refuse_cancelled(request: HttpRequest, definition: Definition) -> None:
    """WeChat's older way to cancel is a state without a code; others say access_denied."""
    error = request.GET.get("error", "")
    if error in CANCEL_WORDS or not (error or request.GET.get(definition.code_parameter)):
        raise SignInFailed("cancelled")
    if error:
        raise said_by_provider(definition, error)


def sealed_secret(connection: Connection) -> bytes | None:
    """Return the connection's secret as the database has it."""
    stored = connection.secrets.filter(field="client_secret").first()
    return bytes(stored.ciphertext) if stored else None


def opened(connection: Connection, sealed: bytes | None) -> str:
    """Return the client secret; raises SignInFailed, and tells the log where keys are wrong."""
    try:
        return open_sealed(connection, "client_secret", sealed)
    except SecretMissing:
        raise SignInFailed("secret_missing") from None
    except KeysetError:
        log.error("the secret of connection %s does not open", connection.pk)
        raise SignInFailed("secret_unreadable") from None


@transaction.atomic
def record_failure(party: RelyingParty, started_at: datetime, failure: SignInFailed) -> SignIn:
    """Append an attempt that signed nobody in; the connection may be gone by now.

    Raises Http404 where the project is gone as well.
    """
    gone = hold(party.connection) is None
    if gone and not hold_project(party.connection):
        raise Http404
    return leave_record(party, started_at, failure=failure, gone=gone)


def leave_record(
    party: RelyingParty,
    started_at: datetime,
    *,
    failure: SignInFailed | None = None,
    user: User | None = None,
    gone: bool = False,
) -> SignIn:
    """Append the attempt to the project's record."""
    connection = party.connection
    sign_in = SignIn.objects.create(
        project=connection.project,
        connection=None if gone else connection,
        alias=connection.alias,
        provider=connection.provider,
        reference=new_reference(),
        outcome=outcome_of(connection, failure),
        cause=failure.cause if failure else "",
        provider_code=failure.code if failure else "",
        provider_trace=failure.trace if failure else "",
        user=user,
        started_at=started_at,
        returned_at=party.returned_at,
        durations=party.durations,
    )
    transaction.on_commit(lambda: count_sign_in(connection, sign_in), robust=True)
    return sign_in


def record_refusal(request: HttpRequest, connection: Connection, failure: SignInFailed) -> SignIn:
    """Append an attempt that ended before it left for the provider."""
    return record_failure(RelyingParty(request, connection), timezone.now(), failure)


def outcome_of(connection: Connection, failure: SignInFailed | None) -> Outcome:
    """Return how the attempt ended."""
    if failure is None:
        return Outcome.OK
    return fault_of(known_definition(connection), failure.cause).outcome


def known_definition(connection: Connection) -> Definition | None:
    """Return the definition, or None where this release has none."""
    try:
        return connection.definition
    except KeyError:
        return None


def count_junk(connection: Connection) -> None:
    """Count a callback that belongs to nobody, and keep nothing of it."""
    junk_callbacks.labels(provider_of(connection)).inc()
    with database.cursor() as cursor:
        cursor.execute(
            # Nothing where the connection is being deleted.
            "INSERT INTO connections_junkcallbacks AS junk (connection_id, day, count) "
            "SELECT id, %s, 1 FROM connections_connection WHERE id = %s FOR KEY SHARE "
            "ON CONFLICT ON CONSTRAINT one_junk_count_a_day DO UPDATE SET count = junk.count + 1",
            [timezone.now().date(), connection.pk],
        )
