"""Reads expiry dates from secrets, and warns of those that are probably wrong."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext, pgettext

from connections.fields.dates import expiry_name, read_expiry
from connections.fields.field import Check, Issue, Level

# With less time left, a date that was kept beside a new secret is probably that of the old one.
DOUBTFUL = timedelta(days=30)


def check_expiry_dates(found: Check) -> None:
    """Fill in what secrets say of themselves, and warn of other days.

    Those are days in the past, and days that were kept although the secret is new.
    """
    today = localdate()
    for secret in found.fields:
        name = expiry_name(secret.name)
        typed = found.values.get(secret.name)
        if name in found.values and secret.is_secret and typed and (end := read_expiry(typed)):
            found.values[name] = end.isoformat()
            found.notice(name, gettext("Read from the secret."))
        value = found.values.get(name)
        if not value:
            continue
        day = date.fromisoformat(value)
        shown = {"day": date_format(day, pgettext("date format", "j M Y"))}
        if found.has_changed(name):
            if day < today:
                text = gettext("%(day)s is in the past. Check the date.")
                found.warn(name, "past", text % shown)
        elif typed and day <= today + DOUBTFUL:
            text = gettext(
                "You entered a new secret, but its expiry date is still %(day)s. Enter the date of "
                "the new secret."
            )
            found.issues.append(Issue(name, "kept", text % shown, Level.WARNING))
