"""The buttons of a sign-in page, for the kind of browser that shows it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from connections.configured import button_label, definition_of, known_definition
from connections.models import Connection
from connections.providers import catalogue
from connections.values.browsers import Browser
from projects.models import Project

# So many fit on the screen of a phone.
MOST_UNFOLDED = 5

# Connections that share a button, in the project's order.
ConnectionGroup = list[Connection]


@dataclass(frozen=True)
class Button:
    """A button as the sign-in page draws it: it starts a sign-in or explains how to start one."""

    label: str
    icon: SafeString
    alias: str
    # The aliases of all connections that share it.
    aliases: frozenset[str]
    start_url: str = ""
    fallback_url: str = ""
    # Whether this browser used one of them last.
    is_last_used: bool = False


@dataclass(frozen=True)
class Buttons:
    """The buttons that a project offers in one kind of browser."""

    shown: list[Button]
    # Whether buttons are missing because their providers refuse such a browser.
    some_refused: bool

    @property
    def unfolded(self) -> list[Button]:
        """The first ones, and the one that this browser used last."""
        return [
            each
            for place, each in enumerate(self.shown)
            if place < MOST_UNFOLDED or each.is_last_used
        ]

    @property
    def folded(self) -> list[Button]:
        """The others."""
        return [each for each in self.shown[MOST_UNFOLDED:] if not each.is_last_used]

    @property
    def aliases(self) -> frozenset[str]:
        """The aliases of all connections that the buttons stand for."""
        return frozenset[str]().union(*(each.aliases for each in self.shown))


@dataclass(frozen=True)
class BetterWay:
    """What to do in a browser in place of a sign-in by the connection that was asked for."""

    # Another one with the same users.
    connection: Connection | None = None
    # The one whose page says how to go on in another browser.
    explained_by: Connection | None = None


def buttons_of(
    project: Project,
    browser: Browser,
    *,
    allowed: Collection[str] = (),
    only: str = "",
    last_used: str = "",
) -> Buttons:
    """Return the project's buttons in its order, without reading any secret.

    `allowed` are the aliases to which an application restricts its people; all if it is empty.
    `only` is the alias whose button is the only one, or "". `last_used` is the alias of the
    connection that the browser used last, or "".
    """
    connections = [
        each for each in available_connections(project) if not allowed or each.alias in allowed
    ]
    ways = [
        way
        for way in group_connections(connections)
        if not only or only in {each.alias for each in way}
    ]
    offered = [way for way in ways if not is_refused_as_embedded(way, browser)]
    return Buttons(
        shown=[build_button(way, browser, last_used=last_used) for way in offered],
        some_refused=len(offered) < len(ways),
    )


def is_refused_as_embedded(way: ConnectionGroup, browser: Browser) -> bool:
    """Whether its providers refuse browsers that are part of another app."""
    return all(definition_of(each).refusal(browser) == "embedded" for each in way)


def find_better_way(
    connection: Connection, browser: Browser, *, allows: Callable[[str], bool]
) -> BetterWay:
    """Return what the connection's button would do in this browser, if it is anything else.

    `allows` says of an alias whether it may be used. One statement, for few connections.
    """
    definition = known_definition(connection)
    if definition is None or not connection.enabled or browser in definition.preferred_browsers:
        return BetterWay()
    if not (definition.one_button(connection.settings) or definition.browser_fallback):
        return BetterWay()
    allowed = [each for each in available_connections(connection.project) if allows(each.alias)]
    way = next((each for each in group_connections(allowed) if connection in each), [connection])
    picked = pick_connection(way, browser)
    if picked is None:
        return BetterWay(explained_by=fallback_connection(way))
    return BetterWay(connection=picked if picked != connection else None)


def available_connections(project: Project) -> list[Connection]:
    """Return the enabled connections whose providers this release has."""
    enabled = project.connections.filter(enabled=True)
    return [each for each in enabled if catalogue.has(each.provider)]


def group_connections(connections: Iterable[Connection]) -> list[ConnectionGroup]:
    """Return the connections in groups that share a button. A provider is in each group once."""
    ways: list[ConnectionGroup] = []
    shared: dict[str, ConnectionGroup] = {}
    for connection in connections:
        common = definition_of(connection).one_button(connection.settings)
        way = shared.get(common, [])
        if way and connection.provider not in {each.provider for each in way}:
            way.append(connection)
            continue
        ways.append([connection])
        if common:
            shared.setdefault(common, ways[-1])
    return ways


def build_button(way: ConnectionGroup, browser: Browser, *, last_used: str) -> Button:
    """Return the button of a group. Its label is that of the group's first connection."""
    first, aliases = way[0], frozenset(each.alias for each in way)
    picked = pick_connection(way, browser)
    explaining = None if picked else fallback_connection(way)
    return Button(
        label=button_label(first),
        icon=mark_safe(definition_of(first).icon),  # noqa: S308 - a file of ours
        alias=first.alias,
        aliases=aliases,
        start_url=(picked or first).start_path,
        fallback_url=explaining.browser_fallback_path if explaining else "",
        is_last_used=last_used in aliases,
    )


def pick_connection(way: ConnectionGroup, browser: Browser) -> Connection | None:
    """Return the group's connection that works in the browser, or None if a page explains more."""
    if len(way) == 1:
        (only,) = way
        explains = definition_of(only).browser_fallback and definition_of(only).refusal(browser)
        return None if explains else only
    return next((each for each in way if browser in definition_of(each).preferred_browsers), None)


def fallback_connection(way: ConnectionGroup) -> Connection | None:
    """Return the group's connection whose provider has a fallback page for other browsers."""
    return next((each for each in way if definition_of(each).browser_fallback), None)


def find_usable_sibling(
    connection: Connection, browser: Browser, *, allows: Callable[[str], bool] | None = None
) -> Connection | None:
    """Return another connection of the same button that works in the browser, or None.

    `allows` says of an alias whether it may be used.
    """
    enabled = [
        each
        for each in available_connections(connection.project)
        if each == connection or allows is None or allows(each.alias)
    ]
    way = next((each for each in group_connections(enabled) if connection in each), [])
    others = (each for each in way if each != connection)
    return next((each for each in others if not definition_of(each).refusal(browser)), None)
