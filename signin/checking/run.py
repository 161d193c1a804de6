"""A whole check of a connection: its values, the provider, and the project's own host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connections.candidates import Candidate, live_candidate
from connections.checking.steps import CheckStep, StepName, has_stopped
from connections.configured import definition_of
from connections.models import Connection, StepVerdict
from connections.protocols.oidc.discovery_cache import bypass_cache
from connections.values.failures import SignInFailed
from connections.values.sites import Site
from core.http.client import calling_own_origin
from core.keyring.keyset import KeysetError
from core.limits.concurrency import FORMS
from signin.checking.own_host import check_own_host
from signin.checking.provider import check_at_provider, check_values
from signin.flow import call_provider
from signin.relying_party import RelyingParty

NOTHING: Mapping[str, Any] = {}


def check_live(connection: Connection, *, scheme: str, own_host: bool = True) -> list[CheckStep]:
    """Check what sign-ins use. Without `own_host`, only at the provider."""
    try:
        candidate = live_candidate(connection)
    except KeysetError:
        return [CheckStep(StepName.VALUES, StepVerdict.FAILED, "secret_unreadable")]
    served = connection.settings
    return check_candidate(candidate, scheme=scheme, served=served if own_host else None)


def check_candidate(
    candidate: Candidate, *, scheme: str, served: Mapping[str, Any] | None = NOTHING
) -> list[CheckStep]:
    """Check a candidate. Waits for other servers, at most for two deadlines.

    `served` are the live settings of the connection, {} if it is not saved; None leaves out what is
    checked at the project's own host.
    """
    connection = candidate.connection
    steps = [check_values(candidate)]
    if not has_stopped(steps):
        steps += check_provider(candidate, scheme=scheme)
    if served is not None:
        steps += check_host(connection, scheme=scheme, served=served)
    return steps


def check_provider(candidate: Candidate, *, scheme: str) -> list[CheckStep]:
    """Return the steps at the provider."""
    connection = candidate.connection
    names = definition_of(connection).secret_names
    party = RelyingParty(
        connection,
        callback_url=f"{scheme}://{connection.project.host}{connection.callback_path}",
        secrets={name: value for name, value in candidate.secrets.items() if name in names},
    )

    def check() -> list[CheckStep]:
        with bypass_cache():
            return check_at_provider(candidate, party)

    try:
        return call_provider(connection, check, share=FORMS)
    except SignInFailed:
        return [CheckStep(StepName.REACHABLE, StepVerdict.DOUBTFUL, "check_busy")]


def check_host(
    connection: Connection, *, scheme: str, served: Mapping[str, Any]
) -> list[CheckStep]:
    """Return the steps at the project's own host."""
    host = connection.project.host
    site = Site(scheme, host, connection.callback_path)

    def check() -> list[CheckStep]:
        with calling_own_origin(f"{scheme}://{host}".lower()):
            return check_own_host(site, entered=connection.settings, served=served)

    try:
        return call_provider(connection, check, share=FORMS)
    except SignInFailed:
        return [CheckStep(StepName.CALLBACK, StepVerdict.DOUBTFUL, "check_busy")]
