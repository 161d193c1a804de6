"""The sections and cards of the page on which a provider is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from connections.fields.field import Text
from connections.providers import catalogue
from connections.providers.definition import Definition, Group
from projects.models import Project

POPULAR = _("Popular")


@dataclass(frozen=True)
class ProviderCard:
    """A provider in the catalogue, with the number of its connections in the project."""

    definition: Definition
    url: str
    count: int
    # `words` is for the search script; `hidden` marks cards that the current query does not match.
    words: str
    hidden: bool


@dataclass(frozen=True)
class Section:
    """A section of the page."""

    label: Text
    providers: list[ProviderCard]
    # Whether the section is collapsed until something in it is searched.
    folded: bool
    open: bool

    @property
    def count(self) -> int:
        """How many cards are shown."""
        return sum(not each.hidden for each in self.providers)

    @property
    def hidden(self) -> bool:
        """Whether no card is shown."""
        return self.count == 0


def list_sections(project: Project, query: str = "") -> list[Section]:
    """Return the catalogue: what is popular, then each group, in the order for the reader."""
    counted = project.connections.order_by().values_list("provider").annotate(Count("pk"))
    counts: dict[str, int] = dict(counted)
    found = []
    for label, definitions in ordered_sections():
        cards = [make_card(project, each, counts, query) for each in definitions]
        folded = label == Group.MORE.label
        opened = bool(query) and any(not each.hidden for each in cards)
        found.append(Section(label, cards, folded=folded, open=opened))
    return found


def ordered_sections() -> Iterator[tuple[Text, list[Definition]]]:
    """Return the definitions by section. China is first for readers of Chinese."""
    groups = sorted(Group, key=comes_later)
    popular = sorted(catalogue.popular_providers(), key=lambda each: comes_later(each.group))
    yield POPULAR, popular
    rest = [each for each in catalogue.all_providers() if each.id not in catalogue.POPULAR]
    for group in groups:
        yield group.label, list(of_group([*rest, *catalogue.derived_providers()], group))


def comes_later(group: Group) -> bool:
    """Whether a group follows China for readers of Chinese; for others the order is the list's."""
    return (get_language() or "").startswith("zh") and group is not Group.CHINA


def of_group(definitions: Iterable[Definition], group: Group) -> Iterator[Definition]:
    """Return the definitions of a group."""
    return (each for each in definitions if each.group == group)


def make_card(
    project: Project, definition: Definition, counts: dict[str, int], query: str
) -> ProviderCard:
    """Return the provider's card."""
    return ProviderCard(
        definition=definition,
        url=reverse("portal:connection_add", args=[project.slug, definition.id]),
        count=counts.get(definition.id, 0),
        words=catalogue.searched_names(definition),
        hidden=not catalogue.matches(definition, query),
    )
