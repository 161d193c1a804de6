"""Metrics of sign-ins; no label identifies a project or a person."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

from connections.models import Connection, SignIn
from connections.providers import catalogue

# Up to the deadline of a callback.
BUCKETS_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0)

sign_ins = Counter("menkou_sign_ins", "Sign-ins that ended.", ["provider", "outcome", "cause"])
junk_callbacks = Counter(
    "menkou_junk_callbacks", "Callbacks that belonged to no sign-in.", ["provider"]
)
provider_calls = Histogram(
    "menkou_provider_call_seconds",
    "Seconds that a provider took for a call.",
    ["provider", "call", "result"],
    buckets=BUCKETS_SECONDS,
)


def provider_label(connection: Connection) -> str:
    """Return the provider's id, or "unknown" if this release does not have it."""
    return connection.provider if catalogue.has(connection.provider) else "unknown"


def count_sign_in(connection: Connection, sign_in: SignIn) -> None:
    """Count a sign-in by outcome and cause."""
    sign_ins.labels(provider_label(connection), str(sign_in.outcome), sign_in.cause or "none").inc()


def count_junk_callback(connection: Connection) -> None:
    """Count a callback that belongs to no sign-in. It is not recorded."""
    junk_callbacks.labels(provider_label(connection)).inc()


def count_call(connection: Connection, call: str, result: str, seconds: float) -> None:
    """Count and time a call to the provider, by its result."""
    provider_calls.labels(provider_label(connection), call, result).observe(seconds)
