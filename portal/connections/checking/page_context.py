"""Template context of checks: what a step is called, what it found, and what it cannot find out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connections.checking.faults import find_check_fault
from connections.checking.results import latest_results
from connections.checking.state import find_failing
from connections.checking.steps import CheckStep, StepName, overall_verdict, read_steps
from connections.configured import definition_of
from connections.fields.field import Text
from connections.forms.connection_form import ConnectionForm
from connections.models import CheckedValues, CheckResult, Connection, StepVerdict
from connections.providers.definition import Definition
from connections.values.sites import Site
from core.text import join_names, join_sentences
from portal.history.rows import Fact, list_facts

TITLES: dict[StepName, Text] = {
    StepName.VALUES: pgettext_lazy("step of a check", "Required values"),
    StepName.REACHABLE: pgettext_lazy("step of a check", "Connection to the provider"),
    StepName.METADATA: pgettext_lazy("step of a check", "The provider's metadata"),
    StepName.KEYS: pgettext_lazy("step of a check", "The provider's signing keys"),
    StepName.CERTIFICATES: pgettext_lazy("step of a check", "Expiry dates"),
    StepName.CREDENTIALS: pgettext_lazy("step of a check", "Credentials"),
    StepName.CALLBACK: pgettext_lazy("step of a check", "Callback URL"),
    StepName.DOMAIN_FILE: pgettext_lazy("step of a check", "Domain verification file"),
}
# The values that were checked.
CHECKED: dict[CheckedValues, Text] = {
    CheckedValues.LIVE: pgettext_lazy("check", "Published values"),
    CheckedValues.DRAFT: pgettext_lazy("check", "Draft"),
    CheckedValues.TYPED: pgettext_lazy("check", "Values in the form, not saved"),
}
# What a step has shown where there is nothing to add.
PASSED: dict[StepName, Text] = {
    StepName.VALUES: _("All required values are present."),
    StepName.REACHABLE: _("The provider's servers answer."),
    StepName.METADATA: _("It can be read and belongs to this provider."),
    StepName.KEYS: _("They can be read."),
    StepName.CERTIFICATES: _("Nothing expires within 30 days."),
    StepName.CREDENTIALS: _("The provider accepted the credentials."),
    StepName.CALLBACK: _("This installation answers at the project's address."),
    StepName.DOMAIN_FILE: _("The provider can read it."),
}
LEVELS = {
    StepVerdict.PASSED: "success",
    StepVerdict.FAILED: "danger",
    StepVerdict.DOUBTFUL: "warning",
    StepVerdict.NOT_CHECKED: "",
}
SUMMARIES: dict[str, Text] = {
    StepVerdict.PASSED: pgettext_lazy("check", "Everything that was checked works."),
    StepVerdict.FAILED: pgettext_lazy("check", "Something does not work."),
    StepVerdict.DOUBTFUL: pgettext_lazy("check", "Something needs attention."),
    StepVerdict.NOT_CHECKED: pgettext_lazy("check", "Nothing could be checked."),
}


@dataclass(frozen=True)
class ShownCheckStep:
    """A step of a check."""

    title: Text
    verdict: StepVerdict
    text: Text = ""
    remedy: Text = ""
    code: str = ""
    facts: Sequence[Fact] = ()
    milliseconds: int | None = None
    links: Sequence[tuple[Text, str]] = ()

    @property
    def verdict_label(self) -> Text:
        """The verdict in words."""
        return self.verdict.label

    @property
    def level(self) -> str:
        """The color of the verdict: success, warning, danger or ""."""
        return LEVELS[self.verdict]

    @property
    def has_details(self) -> bool:
        """Whether there is something to fold."""
        return bool(self.code or self.facts)


@dataclass(frozen=True)
class ShownCheck:
    """A check, as pages show it."""

    verdict: StepVerdict
    steps: Sequence[ShownCheckStep]
    # What has to be looked up in the provider's console.
    unchecked: Sequence[ShownCheckStep] = ()
    checked_label: Text = ""
    is_scheduled: bool = False
    at: datetime | None = None
    person_name: str = ""
    revision: int | None = None

    @property
    def level(self) -> str:
        """The color of the verdict."""
        return LEVELS[self.verdict]

    @property
    def verdict_label(self) -> Text:
        """The verdict in a word."""
        return self.verdict.label

    @property
    def summary(self) -> Text:
        """The verdict as a sentence."""
        return SUMMARIES[self.verdict]


@dataclass(frozen=True)
class ShownFailure:
    """Since when a connection is failing, and why."""

    since: datetime
    step: ShownCheckStep


def show_check(
    definition: Definition,
    steps: Sequence[CheckStep],
    *,
    site: Site,
    checked: CheckedValues = CheckedValues.TYPED,
) -> ShownCheck:
    """Return a check that is not stored."""
    return ShownCheck(
        verdict=overall_verdict(steps),
        steps=[show_step(definition, each) for each in steps],
        unchecked=list_unchecked(definition, site),
        checked_label=CHECKED[checked],
    )


def show_result(definition: Definition, result: CheckResult, site: Site) -> ShownCheck:
    """Return a stored check."""
    checked = CheckedValues(result.checked)
    shown = show_check(definition, read_steps(result.steps), site=site, checked=checked)
    return replace(
        shown,
        unchecked=() if result.is_scheduled else shown.unchecked,
        is_scheduled=result.is_scheduled,
        at=result.at,
        person_name=str(result.person or ""),
        revision=result.revision,
    )


def show_step(definition: Definition, step: CheckStep) -> ShownCheckStep:
    """Return a step with its title, cause and remedy."""
    text: Text = PASSED[step.name] if step.verdict == StepVerdict.PASSED else ""
    remedy: Text = ""
    if step.cause:
        fault = find_check_fault(definition, step.cause)
        text, remedy = fault.cause, fault.remedy
    return ShownCheckStep(
        title=TITLES[step.name],
        verdict=step.verdict,
        text=text,
        remedy=remedy,
        code=step.code,
        facts=list_facts(name_fields(definition, step.facts)),
        milliseconds=step.milliseconds,
    )


def name_fields(definition: Definition, facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts with the labels of fields and of parts that expire, in place of names.

    A name that this release does not know stays as it is.
    """
    if "field" not in facts:
        return dict(facts)
    labels = {each.name: each.label for each in definition.fields}
    names = facts["field"].split(", ")
    return {**facts, "field": join_names(labels.get(each, each) for each in names)}


def list_unchecked(definition: Definition, site: Site) -> list[ShownCheckStep]:
    """Return what only the provider's console shows, and what only a sign-in shows."""
    found = []
    if definition.copies:
        registered = format_lazy(
            _("Only the provider's console shows whether it is registered there: {value}"),
            value=join_names(each.value(site) for each in definition.copies),
        )
        labels = join_names(each.label for each in definition.copies)
        found.append(ShownCheckStep(labels, StepVerdict.NOT_CHECKED, registered))
    # The steps of the guide that fill in no field say what has to be done in the console.
    found += [
        ShownCheckStep(
            each.title, StepVerdict.NOT_CHECKED, join_sentences(each.body), links=each.links
        )
        for each in definition.guide
        if not each.field
    ]
    sign_in = ShownCheckStep(
        pgettext_lazy("step of a check", "A whole sign-in"),
        StepVerdict.NOT_CHECKED,
        _("Consent and user data can be checked only with a real sign-in."),
    )
    return [*found, sign_in]


def list_checks(connection: Connection, site: Site) -> list[ShownCheck]:
    """Return the latest checks of a connection, the newest first."""
    definition = definition_of(connection)
    return [show_result(definition, each, site) for each in latest_results(connection)]


def check_context(form: ConnectionForm) -> dict[str, Any]:
    """Return what the connection's page shows of checks."""
    connection = form.connection
    slug = form.project.slug
    if connection is None:
        return {
            "check_form_url": reverse(
                "portal:connection_add_check", args=[slug, form.definition.id]
            )
        }
    return {
        "check_form_url": reverse("portal:connection_check", args=[slug, connection.alias]),
        "checks": list_checks(connection, form.site),
        "failing": describe_failure(connection),
    }


def describe_failure(connection: Connection) -> ShownFailure | None:
    """Return since when a connection is failing and why, or None."""
    found = find_failing(connection)
    if found is None:
        return None
    return ShownFailure(found.since, show_step(definition_of(connection), found.step))
