"""Metrics of requests. All labels have a limited set of values."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import django
from prometheus_client import Counter, Gauge, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
TOO_MANY_REQUESTS = 429
# From a cached page to a provider that uses its full seven seconds.
BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 8.0)

requests = Counter("menkou_requests", "Requests that were answered.", ["route", "method", "status"])
request_seconds = Histogram(
    "menkou_request_seconds",
    "Seconds from a request to its answer.",
    ["route"],
    buckets=BUCKETS_SECONDS,
)
rate_limited = Counter("menkou_rate_limited", "Requests refused by a rate limit.", ["route"])
page_cache_requests = Counter(
    "menkou_kept_pages", "Sign-in pages asked for, by whether the page was kept.", ["result"]
)
page_cache_hit, page_cache_miss = (
    page_cache_requests.labels("hit"),
    page_cache_requests.labels("miss"),
)

build_info = Gauge(
    "menkou_build_info",
    "The release that answers.",
    ["version", "python", "django"],
    multiprocess_mode="livemax",
)
workers = Gauge("menkou_workers", "Processes that answer.", multiprocess_mode="livesum")
pool_connections = Gauge(
    "menkou_database_pool_connections",
    "Connections of the pools to the database.",
    ["state"],
    multiprocess_mode="livesum",
)
pool_waiting = Gauge(
    "menkou_database_pool_waiting",
    "Threads that wait for a connection to the database.",
    multiprocess_mode="livesum",
)
listener_up = Gauge(
    "menkou_listener_up",
    "1 while every process hears of changes, 0 while one of them asks for each page.",
    multiprocess_mode="livemin",
)
clock_offset = Gauge(
    "menkou_clock_offset_seconds",
    "How far this machine's clock is ahead of the database's, as /readyz last saw it.",
    multiprocess_mode="livemostrecent",
)
keyset_wrong = Gauge(
    "menkou_keyset_wrong",
    "1 while the keyset file does not open this database's secrets, as /readyz last saw it.",
    multiprocess_mode="livemostrecent",
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    known = method if method in METHODS else "other"
    total, duration = request_metrics(route, known, f"{status // 100}xx")
    total.inc()
    duration.observe(seconds)
    if status == TOO_MANY_REQUESTS:
        rate_limited.labels(route).inc()


@cache
def request_metrics(route: str, method: str, status: str) -> tuple[Counter, Histogram]:
    """Return the metrics of such a request; cached because the lookup costs more than counting."""
    return requests.labels(route, method, status), request_seconds.labels(route)


def set_build_info() -> None:
    """Set the metric with the release, Python and Django versions."""
    build_info.labels(installed_release(), platform.python_version(), django.__version__).set(1)


def installed_release() -> str:
    """Return the installed release, or "clone" in a clone that is not installed."""
    try:
        return version("menkou")
    except PackageNotFoundError:
        return "clone"
