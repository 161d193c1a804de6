"""How many people were sent to a provider and never came back, for the connection's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from django.utils.timezone import now
from django.utils.translation import gettext as _

from connections.models import Connection
from connections.values.provider_names import with_provider
from signin.pages import brand_of

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MOST_HOURS = 48

# Those who are not counted yet have been away for more than ten minutes, and may still come back.
COUNTS = """
SELECT hour, sum(count)::int FROM (
    SELECT hour, count FROM connections_unreturnedsignins
    WHERE connection_id = %(connection)s AND hour >= %(since)s
    UNION ALL
    SELECT date_trunc('hour', started_at, 'UTC'), count(*) FROM connections_pendingsignin
    WHERE connection_id = %(connection)s AND expires_at < now() AND taken_at IS NULL
    AND stray_reference = '' GROUP BY 1
) AS counted (hour, count) GROUP BY hour ORDER BY hour DESC
"""


@dataclass(frozen=True)
class HourlyCount:
    """How many people of one hour never came back."""

    hour: datetime
    count: int


@dataclass(frozen=True)
class Unreturned:
    """The sums of a day and of a week, and the latest hours, newest first."""

    brand: str
    day: int
    week: int
    hours: list[HourlyCount]

    @property
    def title(self) -> str:
        """The provider, and how many never came back from it."""
        text = _("Sent to %(provider)s, never returned: %(count)s")
        return with_provider(text, self.brand, count=str(self.week))

    @property
    def explanation(self) -> str:
        """What usually causes it."""
        text = _(
            "These sign-ins were started, but the browser did not come back from %(provider)s. "
            "Some people change their mind. If most sign-ins end like this, %(provider)s probably "
            "shows an error page of its own. Start a sign-in yourself and read what it says there. "
            "Then check:"
        )
        return with_provider(text, self.brand)


def count_unreturned(connection: Connection | None) -> Unreturned | None:
    """Return the counts of the last seven days, or None if everybody came back."""
    if connection is None:
        return None
    present = now()
    with database.cursor() as cursor:
        cursor.execute(COUNTS, {"connection": connection.pk, "since": present - WEEK})
        hours = [HourlyCount(*row) for row in cursor.fetchall()]
    if not hours:
        return None
    return Unreturned(
        brand=brand_of(connection),
        day=sum(each.count for each in hours if each.hour > present - DAY),
        week=sum(each.count for each in hours),
        hours=hours[:MOST_HOURS],
    )
