"""What the History page can be asked: filters, a reference, and the place where a page begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connections.models import Outcome
from connections.timeline import Kind, Wanted
from projects.models import Action, Project

ANYTHING = ("", pgettext_lazy("filter", "All"))


class DayInput(forms.DateInput):
    """The browser's own control for a day, whose value is never localized."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day_field(label: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label, required=False, widget=DayInput(), input_formats=["%Y-%m-%d"]
    )


class HistoryForm(forms.Form):
    """The filters; one that makes no sense says so and does not filter."""

    kind = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("Changes and sign-ins")), *Kind.choices],
    )
    connection = forms.ChoiceField(label=_("Connection"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"), required=False, choices=[ANYTHING, *Outcome.choices]
    )
    action = forms.ChoiceField(
        label=_("Change"), required=False, choices=[ANYTHING, *Action.choices]
    )
    person = forms.CharField(
        label=_("Person"),
        required=False,
        max_length=150,
        help_text=_("The beginning of a name, or an operator's e-mail address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    since = day_field(_("From (UTC)"))
    until = day_field(_("To (UTC)"))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["connection"].choices = [ANYTHING, *aliases(project)]  # type: ignore[attr-defined]

    def clean(self) -> None:
        given = self.cleaned_data
        if given.get("outcome") and (given.get("action") or given.get("kind") == Kind.CHANGES):
            self.add_error("outcome", _("Only sign-ins have an outcome. Choose sign-ins alone."))
        if given.get("action") and given.get("kind") == Kind.SIGN_INS:
            self.add_error("action", _("A sign-in is no change. Choose changes alone."))
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day is before the first."))

    @property
    def wanted(self) -> Wanted:
        """What is asked for, without what was not understood."""
        self.full_clean()
        given = self.cleaned_data
        return Wanted(
            kind=given.get("kind", ""),
            action=given.get("action", ""),
            outcome=given.get("outcome", ""),
            alias=given.get("connection", ""),
            person=given.get("person", ""),
            since=moment(given.get("since"), time.min),
            until=moment(given.get("until"), time.max),
        )

    @property
    def is_used(self) -> bool:
        """Whether anything was filled in, understood or not."""
        return any(self.data.get(name) for name in self.fields)


class ReferenceForm(forms.Form):
    """Finding a sign-in by what an end user read to somebody."""

    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={
                "class": "mono",
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "XXXXX-XXXXX",
            }
        ),
    )


def aliases(project: Project) -> list[tuple[str, str]]:
    """Return the project's connections, and those that it had."""
    present = {each.alias: str(each) for each in project.connections.all()}
    deleted = project.events.filter(action=Action.CONNECTION_DELETED).order_by("target_name")
    gone = deleted.values_list("target_name", flat=True).distinct()
    return [
        *present.items(),
        *((alias, deleted_name(alias)) for alias in gone if alias not in present),
    ]


def deleted_name(alias: str) -> str:
    """Return how a connection is called that is no more."""
    return _now("%(alias)s (deleted)") % {"alias": alias}


def moment(day: date | None, clock: time) -> datetime | None:
    """Return the first or the last moment of a day, in the zone of the page."""
    return datetime.combine(day, clock, tzinfo=UTC) if day else None
