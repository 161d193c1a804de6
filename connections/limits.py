"""How often somebody may try: counted in PostgreSQL, exactly, over all workers and machines."""

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

WINDOW_SECONDS = 600
# Providers lock out whoever sends wrong codes all the time.
TESTS = 10
IPV6_PREFIX = 64
NOWHERE = "nowhere"
# What is longer is easier to understand in minutes.
MOST_SECONDS = 90


class TooMany(Exception):
    """Too many attempts; one more is possible after so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Allowance:
    """What one somebody may do: so many attempts at once, which come back one by one.

    That is the generic cell rate algorithm. All it needs to remember of somebody is one moment, at
    which every attempt will be there again, so that "when to try again" is exact, too.
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


# For a WITH: a row where there was an attempt left, which is now taken; else none. The clock is
# asked after the row is locked, since others may have been waited for.
COUNTED = """
counted AS (
    INSERT INTO connections_attempts AS known (key, whole_at)
    VALUES (%(allowance)s, clock_timestamp() + make_interval(secs => %(allowance_step)s))
    ON CONFLICT (key) DO UPDATE
    SET whole_at = GREATEST(known.whole_at, clock_timestamp())
        + make_interval(secs => %(allowance_step)s)
    WHERE known.whole_at + make_interval(secs => %(allowance_step)s)
        <= clock_timestamp() + make_interval(secs => %(allowance_window)s)
    RETURNING true
)"""

# For a WITH: of those who have all their attempts again, a few are forgotten.
FORGOTTEN = """
forgotten AS (
    DELETE FROM connections_attempts WHERE key = ANY(ARRAY(
        SELECT key FROM connections_attempts WHERE whole_at < now()
        LIMIT %(sweep)s FOR UPDATE SKIP LOCKED))
)"""


def starts(request: HttpRequest, project_id: UUID) -> Allowance:
    """Pressing a button on a sign-in page, by address and project."""
    return _of("start", project_id, address_of(request), amount=settings.MENKOU_LIMIT_STARTS)


def callbacks(request: HttpRequest, project_id: UUID) -> Allowance:
    """Coming back from a provider, by address and project."""
    return _of("callback", project_id, address_of(request), amount=settings.MENKOU_LIMIT_CALLBACKS)


def changes(operator_id: UUID) -> Allowance:
    """Sending something to the portal, by operator."""
    return _of("change", operator_id, amount=settings.MENKOU_LIMIT_CHANGES)


def tests(connection_id: UUID) -> Allowance:
    """Trying out a connection's credentials, by connection."""
    return _of("test", connection_id, amount=TESTS)


def spend(allowance: Allowance) -> None:
    """Take one attempt; raises TooMany where none is left."""
    with database.cursor() as cursor:
        cursor.execute(f"WITH {COUNTED} SELECT FROM counted", allowance.parameters)
        within = bool(cursor.rowcount)
    if not within:
        raise too_many(allowance)


def too_many(allowance: Allowance) -> TooMany:
    """Return the refusal, with the seconds until one attempt is there again, rounded up."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM whole_at - clock_timestamp())::float"
            " + %(allowance_step)s - %(allowance_window)s"
            " FROM connections_attempts WHERE key = %(allowance)s",
            allowance.parameters,
        )
        row = cursor.fetchone()
    # Somebody may have waited for us to look.
    return TooMany(max(1, math.ceil(row[0])) if row else 1)


def again_in(seconds: int) -> str:
    """Say when to try again, in the reader's language."""
    if seconds <= MOST_SECONDS:
        return ngettext(
            "Try again in %(count)d second.", "Try again in %(count)d seconds.", seconds
        ) % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    return _("Try again in %(minutes)d minutes (%(seconds)d seconds).") % {
        "minutes": minutes,
        "seconds": seconds,
    }


def address_of(request: HttpRequest) -> str:
    """Return the network that the request came from: an IPv4 address, or the /64 of an IPv6 one.

    With so many proxies of ours in front, the address is the one that the outermost of them
    saw. What stands before it in the header, whoever asks may have written there.
    """
    given = request.META.get("REMOTE_ADDR", "")
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if count and len(seen) >= count:
        given = seen[-count]
    return network_of(given.strip())


def network_of(address: str) -> str:
    """Return what counts as one place, or the same word for everything that is no address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return NOWHERE
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_PREFIX), strict=False))


def _of(*whose: object, amount: int) -> Allowance:
    # Nobody's address is stored: only what is made of it with our secret.
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    words = "|".join(map(str, whose)).encode()
    digest = hashlib.blake2b(words, key=secret, person=b"menkou:limits", digest_size=16).digest()
    return Allowance(UUID(bytes=digest), amount)
