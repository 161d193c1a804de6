"""The forms of the History page: filters, and the search by reference."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from connections import events
from connections.timeline import EntryKind, TimelineFilter
from connections.values.outcomes import Outcome
from projects.audit.kinds import all_kinds
from projects.models import Project
from signin.references import LONGEST_TYPED

FOLDED = ("outcome", "action", "since", "until")
ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]{1,20}(?:/[A-Za-z0-9_+-]{1,30}){0,2}", re.ASCII)
ALL_CHOICE = ("", pgettext_lazy("filter", "All"))


class DayInput(forms.DateInput):
    """The browser's date control, whose value is never localised."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day_field(label: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label, required=False, widget=DayInput(), input_formats=["%Y-%m-%d"]
    )


def action_choices() -> list[tuple[str, Any]]:
    """Return the kinds of change; read for each form, since apps register their own."""
    return [ALL_CHOICE, *((kind.key, kind.name) for kind in all_kinds())]


class HistoryForm(forms.Form):
    """The filters; an invalid one shows an error and is ignored."""

    kind = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("Changes and sign-ins")), *EntryKind.choices],
    )
    connection = forms.ChoiceField(label=_("Connection"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"), required=False, choices=[ALL_CHOICE, *Outcome.choices]
    )
    action = forms.ChoiceField(label=_("Change"), required=False, choices=action_choices)
    person = forms.CharField(
        label=_("Person"),
        required=False,
        max_length=150,
        help_text=_("The start of a name, or a member's email address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    since = day_field(pgettext_lazy("first day", "From"))
    until = day_field(pgettext_lazy("last day", "To"))
    # A script fills in the reader's. It is ignored unless it is the name of a time zone.
    zone = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["connection"].choices = [ALL_CHOICE, *alias_choices(project)]  # type: ignore[attr-defined]

    def clean(self) -> None:
        given = self.cleaned_data
        if given.get("outcome") and (given.get("action") or given.get("kind") == EntryKind.CHANGES):
            self.add_error(
                "outcome", _("Only sign-ins have an outcome. Choose “Sign-ins” under “Show”.")
            )
        if given.get("action") and given.get("kind") == EntryKind.SIGN_INS:
            self.add_error(
                "action", _("This filter applies only to changes. Choose “Changes” under “Show”.")
            )
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", _("The end date must not be before the start date."))

    @property
    def timeline_filter(self) -> TimelineFilter:
        """The filter, without invalid values."""
        self.full_clean()
        given = self.cleaned_data
        return TimelineFilter(
            kind=given.get("kind", ""),
            action=given.get("action", ""),
            outcome=given.get("outcome", ""),
            alias=given.get("connection", ""),
            person=given.get("person", ""),
            since=day_boundary(given.get("since"), time.min, self.time_zone),
            until=day_boundary(given.get("until"), time.max, self.time_zone),
        )

    @property
    def time_zone(self) -> tzinfo:
        """The time zone in which the days are meant: the reader's, or else UTC."""
        return find_zone(self.data.get("zone", ""))

    @property
    def is_used(self) -> bool:
        """Whether any field was filled in."""
        return any(self.data.get(name) for name in self.fields if name != "zone")

    @property
    def given(self) -> dict[str, str]:
        """What was filled in, by the name of the field."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}

    @property
    def has_more(self) -> bool:
        """Whether a field was filled in that is folded at first."""
        return any(self.data.get(name) for name in FOLDED)

    @property
    def folded_fields(self) -> list[forms.BoundField]:
        """The fields behind More filters."""
        return [self[name] for name in FOLDED]


class ExportFormat(models.TextChoices):
    """The formats of an export."""

    CSV = "csv", "CSV"
    JSON_LINES = "jsonl", "JSON Lines"


class ExportForm(HistoryForm):
    """The filters of an export, and its format."""

    format = forms.ChoiceField(choices=ExportFormat.choices)


class ReferenceForm(forms.Form):
    """Search for a sign-in by the reference shown to an end user."""

    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=LONGEST_TYPED,
        widget=forms.TextInput(
            attrs={
                "class": "mono",
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "XXXXX-XXXXX",
            }
        ),
    )


def alias_choices(project: Project) -> list[tuple[str, str]]:
    """Return choices for the project's current and deleted connections."""
    present = {each.alias: str(each) for each in project.connections.all()}
    deleted = project.events.filter(action=events.CONNECTION_DELETED.key).order_by("target_name")
    gone = deleted.values_list("target_name", flat=True).distinct()
    return [
        *present.items(),
        *((alias, deleted_name(alias)) for alias in gone if alias not in present),
    ]


def deleted_name(alias: str) -> str:
    """Return the label of a deleted connection."""
    return gettext("%(alias)s (deleted)") % {"alias": alias}


def find_zone(name: str) -> tzinfo:
    """Return the time zone of this name, such as Asia/Shanghai; UTC for any other text."""
    if not ZONE_NAME.fullmatch(name):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return UTC


def day_boundary(day: date | None, clock: time, zone: tzinfo) -> datetime | None:
    """Return the first or the last moment of a day in a zone."""
    if day is None:
        return None
    try:
        return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, clock, tzinfo=UTC)
