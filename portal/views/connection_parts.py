"""The parts of the pages about connections, made ready for the templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.forms import ConnectionForm
from connections.models import Connection, SignIn, StoredSecret
from connections.providers import catalogue
from connections.providers.definition import Definition, Group, Site, Step, Text
from connections.signin.buttons import ways_of
from connections.signin.failures import fault_of
from connections.signin.probing import Result, Verdict
from connections.signin.references import shown
from portal.views.history_parts import story_url
from portal.views.overtaken import overtaken
from portal.views.projects import sign_in_url
from projects.models import Project

LATEST = 10
is_enabled = attrgetter("enabled")
ENDS_SOON = timedelta(days=30)
SECRET_MISSING = ~Exists(StoredSecret.objects.filter(connection=OuterRef("pk")))


@dataclass(frozen=True)
class Row:
    """A connection in the list."""

    connection: Connection
    definition: Definition
    missing_secret: bool
    # Whether it can go up and down; where there is no other connection, or for viewers, neither.
    can_go_up: bool
    can_go_down: bool
    # The aliases of those with which it shares a button.
    shares_with: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    @property
    def updated_by_name(self) -> str:
        """Who changed it last."""
        return str(self.connection.updated_by or "")


@dataclass(frozen=True)
class Card:
    """A provider in the catalogue, and how many of it the project has."""

    definition: Definition
    url: str
    count: int
    # By these a script finds it; hidden is what the present search does not find.
    words: str
    hidden: bool


@dataclass(frozen=True)
class NumberedStep:
    """A step of the guide, with its number."""

    number: int
    step: Step

    def __getattr__(self, name: str) -> Any:
        return getattr(self.step, name)


@dataclass(frozen=True)
class Copy:
    """Something to copy to the provider, filled in."""

    id: str
    label: Text
    help: Text
    value: str
    # Where it can be opened, if it can.
    url: str = ""


@dataclass(frozen=True)
class Ending:
    """Something of the connection that ends on a day."""

    name: Text
    at: datetime
    has_ended: bool
    ends_soon: bool


@dataclass(frozen=True)
class Tested:
    """What a test of the credentials found out, as the page tells it."""

    level: str
    title: Text
    cause: Text = ""
    fix: Text = ""
    code: str = ""


@dataclass(frozen=True)
class Attempt:
    """A sign-in as the connection's page tells it."""

    at: datetime
    outcome: str
    outcome_label: str
    cause: Text
    fix: Text
    code: str
    trace: str
    reference_display: str
    story_url: str
    user_name: str


def rows(project: Project, *, can_move: bool) -> list[Row]:
    """Return the project's connections, in the order of their buttons."""
    connections = project.connections.select_related("project", "updated_by").annotate(
        missing_secret=SECRET_MISSING
    )
    known = [each for each in connections if catalogue.has(each.provider)]
    ways = {each: way for way in ways_of(filter(is_enabled, known)) for each in way}
    return [
        Row(
            connection=each,
            definition=each.definition,
            missing_secret=each.missing_secret,
            can_go_up=can_move and place > 1,
            can_go_down=can_move and place < len(known),
            shares_with=tuple(other.alias for other in ways.get(each, ()) if other != each),
        )
        for place, each in enumerate(known, start=1)
    ]


def groups(project: Project, query: str = "") -> list[dict[str, Any]]:
    """Return the catalogue by group; what the query does not find is there, but hidden."""
    counted = project.connections.order_by().values_list("provider").annotate(Count("pk"))
    counts: dict[str, int] = dict(counted)
    order = sorted(catalogue.every(), key=lambda each: list(Group).index(each.group))
    found = []
    for group, members in groupby([*order, *catalogue.more()], key=lambda each: each.group):
        cards = [card(project, each, counts, query) for each in members]
        hidden = all(each.hidden for each in cards)
        found.append(
            {
                "label": group.label,
                "providers": cards,
                "hidden": hidden,
                "count": sum(not each.hidden for each in cards),
                # What most people do not look for opens when it is asked for.
                "folded": group == Group.MORE,
                "open": bool(query) and not hidden,
            }
        )
    return found


def card(project: Project, definition: Definition, counts: dict[str, int], query: str) -> Card:
    """Return the provider's card."""
    return Card(
        definition=definition,
        url=reverse("portal:connection_add", args=[project.slug, definition.id]),
        count=counts.get(definition.id, 0),
        words=" ".join(definition.names).casefold(),
        hidden=not catalogue.matches(definition, query),
    )


def page_parts(
    request: HttpRequest,
    definition: Definition,
    form: ConnectionForm,
    connection: Connection | None,
) -> dict[str, Any]:
    """Return all that the connection's page shows beside the form."""
    project = form.project
    label = connection.label if connection else definition.button_label(request.LANGUAGE_CODE)
    return {
        "guide": numbered(definition.guide),
        "appendix": numbered(definition.appendix),
        "copies": copies(definition, form.site, saved=connection is not None),
        "endings": endings(definition, connection),
        "notices": notices(definition, form),
        "set_secrets": set_secrets(connection),
        "sign_in_url": sign_in_url(request, project),
        "preview": {"label": label},
        "sign_ins": attempts(connection, definition),
        "history_url": history_url(connection),
        "check_url": check_url(project, definition, connection),
        "overtaken": overtaken(form),
    }


VERDICTS: dict[str, tuple[str, Text]] = {
    Verdict.ACCEPTED: ("success", gettext_lazy("The provider accepts the credentials.")),
    Verdict.REFUSED: ("danger", gettext_lazy("Nobody can sign in with these credentials.")),
    Verdict.UNREACHABLE: ("warning", gettext_lazy("The provider could not be asked.")),
    Verdict.UNCLEAR: (
        "warning",
        gettext_lazy("The provider's answer does not say whether it accepts the credentials."),
    ),
}


def tested(definition: Definition, result: Result) -> Tested:
    """Return what the page says of a test."""
    level, title = VERDICTS[result.verdict]
    if not result.cause:
        return Tested(level, title)
    fault = fault_of(definition, result.cause)
    return Tested(level, title, fault.cause, fault.fix, result.code)


def numbered(steps: tuple[Step, ...]) -> list[NumberedStep]:
    """Return the steps with their numbers."""
    return [NumberedStep(number, step) for number, step in enumerate(steps, start=1)]


def copies(definition: Definition, site: Site, *, saved: bool) -> list[Copy]:
    """Return what is to be copied to the provider."""
    found = []
    for each in definition.copies:
        value = each.value(site)
        url = value if each.opens and saved else ""
        found.append(Copy(id=each.id, label=each.label, help=each.help, value=value, url=url))
    return found


def endings(definition: Definition, connection: Connection | None) -> list[Ending]:
    """Return what of the connection ends on a day, and what of it soon."""
    if connection is None:
        return []
    present = now()
    return [
        Ending(
            name=each.name,
            at=each.at,
            has_ended=each.at <= present,
            ends_soon=present < each.at <= present + ENDS_SOON,
        )
        for each in definition.expiries(connection.settings)
    ]


def notices(definition: Definition, form: ConnectionForm) -> list[dict[str, Text]]:
    """Return what to know before going on; a warning that waits for consent stands elsewhere."""
    warning = definition.site_warning(form.site)
    if not definition.endpoints_moved:
        asked = "all" in form.warnings
        return [{"level": "warning", "text": warning}] if warning and not asked else []
    told: list[Text] = [
        _("This installation talks to %(origin)s in place of the provider.")
        % {"origin": next(each.origin for each in definition.endpoints.values() if each.moved)}
    ]
    if warning:
        told.append(_("With the provider itself: %(warning)s") % {"warning": warning})
    return [{"level": "info", "text": text} for text in told]


def set_secrets(connection: Connection | None) -> dict[str, dict[str, Any]]:
    """Return what may be said of the secrets that are set."""
    if connection is None:
        return {}
    return {
        secret.field: {
            "set_at": secret.set_at,
            "set_by_name": str(secret.set_by or ""),
            "last4": secret.last4,
        }
        for secret in connection.secrets.select_related("set_by")
    }


def attempts(connection: Connection | None, definition: Definition) -> list[Attempt]:
    """Return the latest sign-ins by the connection."""
    if connection is None:
        return []
    latest = connection.sign_ins.select_related("user")[:LATEST]
    return [attempt(connection.project, each, definition) for each in latest]


def attempt(project: Project, sign_in: SignIn, definition: Definition) -> Attempt:
    """Return a sign-in with its cause and what mends it."""
    fault = fault_of(definition, sign_in.cause) if sign_in.cause else None
    return Attempt(
        at=sign_in.ended_at,
        outcome=sign_in.outcome,
        outcome_label=sign_in.get_outcome_display(),
        cause=fault.cause if fault else "",
        fix=fault.fix if fault else "",
        code=sign_in.provider_code,
        trace=sign_in.provider_trace,
        reference_display=shown(sign_in.reference),
        story_url=story_url(project, sign_in),
        user_name=sign_in.user.name if sign_in.user else "",
    )


def history_url(connection: Connection | None) -> str:
    """Return where all that happened to the connection is told."""
    if connection is None:
        return ""
    history = reverse("portal:history", args=[connection.project.slug])
    return f"{history}?{urlencode({'connection': connection.alias})}"


def check_url(project: Project, definition: Definition, connection: Connection | None) -> str:
    """Return where a single field is checked."""
    if connection is None:
        return reverse("portal:connection_add_check", args=[project.slug, definition.id])
    return reverse("portal:connection_check", args=[project.slug, connection.alias])
