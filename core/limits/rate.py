"""Rate limits, counted in PostgreSQL over all workers and machines."""

from __future__ import annotations

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection as database
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.limits.client_address import Address, read_address

WINDOW_SECONDS = 600
# Providers lock out clients that keep sending wrong codes.
CHECK_ATTEMPTS = 10
IPV6_PREFIX = 64
UNKNOWN_NETWORK = "nowhere"
# Longer waits are shown in minutes.
MAX_SECONDS_SHOWN = 90


class RateLimited(Exception):
    """Too many attempts; the next one is possible after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Allowance:
    """A rate limit for one key: `amount` attempts, refilled evenly over `seconds`.

    This is the generic cell rate algorithm. It stores one timestamp per key, at which all attempts
    are available again, so the time of the next possible attempt is exact.
    """

    key: UUID
    amount: int
    seconds: int = WINDOW_SECONDS

    @property
    def parameters(self) -> dict[str, Any]:
        """What COUNTED needs, beside the parameters of the statement around it."""
        return {
            "allowance": self.key,
            "allowance_step": self.seconds / self.amount,
            "allowance_window": self.seconds,
        }


# For a WITH clause: takes an attempt and returns a row, or returns no row if none is left. It uses
# clock_timestamp() because it may have waited for the row's lock.
TAKE_ATTEMPT_CTE = """
counted AS (
    INSERT INTO limits_ratelimitbucket AS known (key, full_at)
    VALUES (%(allowance)s, clock_timestamp() + make_interval(secs => %(allowance_step)s))
    ON CONFLICT (key) DO UPDATE
    SET full_at = GREATEST(known.full_at, clock_timestamp())
        + make_interval(secs => %(allowance_step)s)
    WHERE known.full_at + make_interval(secs => %(allowance_step)s)
        <= clock_timestamp() + make_interval(secs => %(allowance_window)s)
    RETURNING true
)"""

# For a WITH clause: deletes a few buckets that are full again.
SWEEP_BUCKETS_CTE = """
forgotten AS (
    DELETE FROM limits_ratelimitbucket WHERE key = ANY(ARRAY(
        SELECT key FROM limits_ratelimitbucket WHERE full_at < now()
        LIMIT %(sweep)s FOR UPDATE SKIP LOCKED))
)"""


def start_allowance(request: HttpRequest, project_id: UUID) -> Allowance:
    """Return the limit on starting sign-ins, per client and project."""
    return make_allowance(
        "start", project_id, client_ip(request), amount=settings.MENKOU_LIMIT_STARTS
    )


def callback_allowance(request: HttpRequest, project_id: UUID) -> Allowance:
    """Return the limit on callbacks, per client and project."""
    return make_allowance(
        "callback", project_id, client_ip(request), amount=settings.MENKOU_LIMIT_CALLBACKS
    )


def change_allowance(operator_id: UUID) -> Allowance:
    """Return the limit on POST requests to the portal, per operator."""
    return make_allowance("change", operator_id, amount=settings.MENKOU_LIMIT_CHANGES)


def check_allowance(*whose: UUID) -> Allowance:
    """Return the limit on checks of a connection.

    `whose` is the connection, or a project and the person who adds one.
    """
    return make_allowance("test", *whose, amount=CHECK_ATTEMPTS)


def take_attempt(allowance: Allowance) -> None:
    """Take one attempt; raises RateLimited if none is left."""
    with database.cursor() as cursor:
        cursor.execute(f"WITH {TAKE_ATTEMPT_CTE} SELECT FROM counted", allowance.parameters)
        within = bool(cursor.rowcount)
    if not within:
        raise rate_limited_error(allowance)


def return_attempt(allowance: Allowance) -> None:
    """Return one attempt that was taken and turned out not to count."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE limits_ratelimitbucket SET full_at = full_at"
            " - make_interval(secs => %(allowance_step)s) WHERE key = %(allowance)s",
            allowance.parameters,
        )


def reset_attempts(allowance: Allowance) -> None:
    """Make every attempt available again."""
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM limits_ratelimitbucket WHERE key = %(allowance)s", allowance.parameters
        )


def rate_limited_error(allowance: Allowance) -> RateLimited:
    """Return the error with the seconds until the next attempt, rounded up."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM full_at - clock_timestamp())::float"
            " + %(allowance_step)s - %(allowance_window)s"
            " FROM limits_ratelimitbucket WHERE key = %(allowance)s",
            allowance.parameters,
        )
        row = cursor.fetchone()
    # The row may have been deleted, or the wait may have passed, since the attempt.
    return RateLimited(max(1, math.ceil(row[0])) if row else 1)


def retry_after_text(seconds: int) -> str:
    """Return when to try again, as a sentence in the reader's language."""
    if seconds <= MAX_SECONDS_SHOWN:
        return ngettext(
            "Try again in %(count)d second.", "Try again in %(count)d seconds.", seconds
        ) % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    return _("Try again in %(minutes)d minutes (%(seconds)d seconds).") % {
        "minutes": minutes,
        "seconds": seconds,
    }


def client_ip(request: HttpRequest) -> str:
    """Return the client's IPv4 address, or the /64 network of its IPv6 address.

    Behind our own proxies it is the address that the outermost of them saw. Entries before it in
    X-Forwarded-For may be forged by the client.
    """
    return ip_network_of(read_address(request.META))


def ip_network_of(address: Address | None) -> str:
    """Return the network that counts as one client, or UNKNOWN_NETWORK for an invalid address."""
    if address is None:
        return UNKNOWN_NETWORK
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))


def make_allowance(*whose: object, amount: int, seconds: int = WINDOW_SECONDS) -> Allowance:
    """Return the allowance for a key; `whose` names the action and the client."""
    # No address is stored, only a keyed hash of it.
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    words = "|".join(map(str, whose)).encode()
    digest = hashlib.blake2b(words, key=secret, person=b"menkou:limits", digest_size=16).digest()
    return Allowance(UUID(bytes=digest), amount, seconds)
