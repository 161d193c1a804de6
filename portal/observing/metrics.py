"""What is counted of requests; every label has as many values as our own code has names."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import django
from prometheus_client import Counter, Gauge, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
TOO_MANY_REQUESTS = 429
# From a kept page to a provider that has used up its seven seconds.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 8.0)

requests = Counter("menkou_requests", "Requests that were answered.", ["route", "method", "status"])
request_seconds = Histogram(
    "menkou_request_seconds", "Seconds from a request to its answer.", ["route"], buckets=SECONDS
)
rate_limited = Counter("menkou_rate_limited", "Requests refused by a rate limit.", ["route"])
kept_pages = Counter(
    "menkou_kept_pages", "Sign-in pages asked for, by whether the page was kept.", ["result"]
)
kept_hit, kept_miss = kept_pages.labels("hit"), kept_pages.labels("miss")

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


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    known = method if method in METHODS else "other"
    total, duration = of_request(route, known, f"{status // 100}xx")
    total.inc()
    duration.observe(seconds)
    if status == TOO_MANY_REQUESTS:
        rate_limited.labels(route).inc()


@cache
def of_request(route: str, method: str, status: str) -> tuple[Counter, Histogram]:
    """Return where such a request is counted; to look that up costs more than to count."""
    return requests.labels(route, method, status), request_seconds.labels(route)


def tell_build() -> None:
    """Say which release this process is."""
    build_info.labels(release(), platform.python_version(), django.__version__).set(1)


def release() -> str:
    """Return the release that is installed, or that there is only a clone."""
    try:
        return version("menkou")
    except PackageNotFoundError:
        return "clone"
