"""The steps of a trial in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.configured import definition_of
from connections.models import Connection, Trial
from connections.values.facts import LABELS
from connections.values.failures import find_fault
from portal.shell.sign_in_steps import FactGroup, ShownFact, ShownStep, Text
from projects.models import User
from signin.pages import brand_of, outcome_texts
from signin.trial.redaction import REMOVED
from signin.trial.steps import Step, read_steps

TITLES: dict[str, Promise] = {
    "redirect": gettext_lazy("The browser is sent to the provider"),
    "return": gettext_lazy("The browser comes back to the callback URL"),
    "id_token": gettext_lazy("Contents of the ID token"),
    "claims": gettext_lazy("User data from the provider"),
    "profile": gettext_lazy("Values used by the sign-in"),
    "decision": gettext_lazy("What would have happened"),
}
CALLS: dict[str, Promise] = {
    "token": gettext_lazy("The code is redeemed for tokens"),
    "userinfo": gettext_lazy("The profile is requested"),
    "discovery": gettext_lazy("The discovery document is requested"),
    "jwks": gettext_lazy("The provider's keys are requested"),
    "keys": gettext_lazy("The provider's keys are requested"),
    "metadata": gettext_lazy("The provider's metadata is requested"),
}
DECISIONS: dict[str, Promise] = {
    "new": gettext_lazy("A new user would have been created and signed in."),
    "known": gettext_lazy("This existing user would have been signed in."),
    "linked": gettext_lazy(
        "This existing user would have been recognized by another ID, and the new ID would have "
        "been linked to the account."
    ),
    "merged": gettext_lazy(
        "Two accounts of this person would have been merged, and the user signed in."
    ),
    "refused": gettext_lazy("The sign-in would have been refused."),
}
PROFILE: dict[str, Promise] = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("Email"),
    "email_verified": gettext_lazy("Email verified by the provider"),
    "picture": gettext_lazy("Picture"),
    "identifier": gettext_lazy("ID at the provider"),
    "namespace": gettext_lazy("Unique within"),
    "further_id": gettext_lazy("Other ID"),
    "tenant": gettext_lazy("Tenant"),
    "organization": gettext_lazy("Organization"),
}
WORDS: dict[str, Promise] = {"yes": gettext_lazy("Yes"), "no": gettext_lazy("No")}


def show_steps(trial: Trial) -> list[ShownStep]:
    """Return the steps of a trial; the last one says what a sign-in would have done."""
    connection = trial.connection
    steps = read_steps(trial.steps)
    people = find_people(connection, steps)
    shown = [show_step(connection, each, people) for each in steps]
    if trial.finished_at is not None and (not steps or steps[-1].key != "decision"):
        shown.append(failed_decision(connection, trial))
    return shown


def summarize(trial: Trial) -> str:
    """Return in one sentence what a sign-in would have done, or why it would have failed."""
    if trial.cause:
        return str(find_fault(definition_of(trial.connection), trial.cause).cause)
    steps = read_steps(trial.steps[-1:])
    return str(DECISIONS.get(steps[0].decision, "")) if steps else ""


def show_step(connection: Connection, step: Step, people: Mapping[str, User]) -> ShownStep:
    """Return one step."""
    fault = find_fault(definition_of(connection), step.cause) if step.cause else None
    user = people.get(step.user)
    facts = [
        ShownFact(label, step.facts[name]) for name, label in LABELS.items() if name in step.facts
    ]
    if step.key == "profile":
        facts += profile_facts(step)
    if merged := people.get(step.other_user):
        facts.append(ShownFact(_("Account that would be merged"), merged.shown_name))
    return ShownStep(
        title=title_of(step),
        note=DECISIONS.get(step.decision, ""),
        is_ok=step.is_ok,
        facts=facts,
        groups=[] if step.key == "profile" else groups_of(step),
        milliseconds=step.milliseconds,
        cause=fault.cause if fault else "",
        remedy=fault.remedy if fault else "",
        code=step.code,
        trace=step.trace,
        url=reverse("portal:user", args=[connection.project.slug, user.pk]) if user else "",
        url_label=user.shown_name if user else "",
    )


def title_of(step: Step) -> Text:
    """Return the title of a step."""
    if step.key == "exchange":
        return CALLS.get(step.call) or _("Request to the provider")
    return TITLES.get(step.key) or step.key


def groups_of(step: Step) -> list[FactGroup]:
    """Return what was sent and received."""
    received = _("Contents") if step.key in {"id_token", "claims"} else _("Received")
    return [
        FactGroup(_("Sent"), [shown_fact(*each) for each in step.sent]),
        FactGroup(received, [shown_fact(*each) for each in step.received]),
    ]


def shown_fact(name: str, text: str) -> ShownFact:
    """Return a parameter; of a secret only that it was there."""
    return ShownFact(name, _("(not shown)") if text == REMOVED else text)


def profile_facts(step: Step) -> list[ShownFact]:
    """Return the profile that a sign-in would have stored."""
    return [
        ShownFact(PROFILE.get(name, name), str(WORDS.get(text, text)))
        for name, text in step.received
        if text or name != "email_verified"
    ]


def failed_decision(connection: Connection, trial: Trial) -> ShownStep:
    """Return the last step of a trial that failed: what a user would have read."""
    fault = find_fault(definition_of(connection), trial.cause)
    title, text = outcome_texts(fault.outcome, brand_of(connection))
    return ShownStep(
        title=TITLES["decision"],
        note=_("Nobody would have been signed in. The user would have read: “%(title)s. %(text)s”")
        % {"title": title, "text": fault.user_message or text},
        is_ok=False,
    )


def find_people(connection: Connection, steps: Sequence[Step]) -> dict[str, User]:
    """Return the end users that steps name, by id, as far as they still exist."""
    named = {UUID(each) for step in steps for each in (step.user, step.other_user) if each}
    found = User.objects.filter(project_id=connection.project_id, pk__in=named) if named else ()
    return {str(each.pk): each for each in found}
