"""What of a connection expires: dates that were entered, and certificates that are read.

Nothing here makes requests to other servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.timezone import localdate, now
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from connections.configured import known_definition
from connections.fields.dates import EXPIRY_SUFFIX, expiry_name
from connections.fields.field import Text
from connections.models import Connection
from connections.providers.catalogue import WITH_CERTIFICATES
from connections.providers.definition import Definition
from projects.models import Project

# From so many days before it expires, something needs attention.
ATTENTION_DAYS = 30
# From so many days before, every page of the project says so.
BANNER_DAYS = 7


@dataclass(frozen=True)
class ExpiringPart:
    """A secret or certificate of a connection that expires on a day."""

    connection: Connection
    # What tells it from the connection's other parts, in every language.
    key: str
    name: Text
    on: date
    # Negative once the day has passed.
    days_left: int
    has_expired: bool
    # False if the day is read from a certificate, which says more than the day.
    is_entered: bool
    # What to do before that day.
    remedy: Text
    # The form field that takes its replacement, "" if there is none.
    field: str = ""
    # False if the provider may have replaced it meanwhile, so that nobody need be reminded.
    is_current: bool = True

    @property
    def needs_attention(self) -> bool:
        """Whether it has expired or soon will."""
        return self.is_current and (self.has_expired or self.days_left <= ATTENTION_DAYS)

    @property
    def sentence(self) -> str:
        """What expires and when, in the reader's language."""
        day = date_format(self.on, pgettext("date format", "j M Y"))
        if self.has_expired:
            text = gettext("%(name)s expired on %(day)s.")
        elif self.days_left <= 0:
            text = gettext("%(name)s expires today.")
        else:
            text = ngettext(
                "%(name)s expires in %(days)d day, on %(day)s.",
                "%(name)s expires in %(days)d days, on %(day)s.",
                self.days_left,
            )
        return text % {"name": self.name, "day": day, "days": self.days_left}

    @property
    def url(self) -> str:
        """The page on which it is replaced, at its field."""
        return self.connection.get_absolute_url() + self.anchor

    @property
    def anchor(self) -> str:
        """The link to the field on its page, "" if there is none."""
        return f"#id_{self.field}" if self.field else ""


def list_expiries(connection: Connection, *, at: datetime | None = None) -> list[ExpiringPart]:
    """Return what of the connection expires, the first to expire first."""
    definition = known_definition(connection)
    found = [] if definition is None else [*find_parts(connection, definition, at or now())]
    return sorted(found, key=lambda each: each.on)


def list_expiring(
    project: Project, within_days: int = ATTENTION_DAYS, *, at: datetime | None = None
) -> list[ExpiringPart]:
    """Return what has expired, or will within so many days, of the project's connections in use.

    The first to expire comes first. One statement.
    """
    connections = list(
        project.connections.alias(text=Cast("settings", TextField()))
        .filter(enabled=True)
        .filter(Q(provider__in=WITH_CERTIFICATES) | Q(text__contains=EXPIRY_SUFFIX))
    )
    for each in connections:
        each.project = project
    found = (part for each in connections for part in list_expiries(each, at=at))
    wanted = [each for each in found if each.is_current and each.days_left <= within_days]
    return sorted(wanted, key=lambda each: each.on)


def first_needing_attention(parts: Sequence[ExpiringPart]) -> ExpiringPart | None:
    """Return the part that is the first to expire, if it has expired or soon will."""
    return next((each for each in parts if each.needs_attention), None)


def find_parts(
    connection: Connection, definition: Definition, at: datetime
) -> Iterator[ExpiringPart]:
    """Return what expires, in the order of the fields."""
    today = localdate(at)
    for secret in definition.fields:
        entered = connection.settings.get(expiry_name(secret.name)) if secret.is_secret else None
        if not entered:
            continue
        day = date.fromisoformat(entered)
        yield ExpiringPart(
            connection=connection,
            key=secret.name,
            name=secret.label,
            on=day,
            days_left=(day - today).days,
            # It may still be valid on that day.
            has_expired=day < today,
            is_entered=True,
            remedy=_(
                "Create a new one in the provider's console, and enter it together with its expiry "
                "date. The old one is used until you save."
            ),
            field=secret.name,
        )
    for part in definition.expiries(connection.settings):
        day = localdate(part.at)
        yield ExpiringPart(
            connection=connection,
            key=part.key,
            name=part.name,
            on=day,
            days_left=(day - today).days,
            has_expired=part.at <= at,
            is_entered=False,
            remedy=part.remedy,
            field=part.field,
            is_current=part.is_current,
        )
