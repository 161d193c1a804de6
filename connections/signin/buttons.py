"""The ways in that a sign-in page shows, for the kind of browser that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from connections.browsers import Browser
from connections.models import Connection
from connections.providers import catalogue
from projects.models import Project

# Connections that share a button, in the project's order.
Way = list[Connection]


@dataclass(frozen=True)
class Button:
    """A way in, as the sign-in page draws it: it begins a sign-in, or says how to begin one."""

    label: str
    icon: SafeString
    alias: str
    start_url: str = ""
    elsewhere_url: str = ""


@dataclass(frozen=True)
class Buttons:
    """What a project offers in one kind of browser."""

    shown: list[Button]
    # Whether there are others, which their providers refuse in such a browser.
    some_refused: bool


def buttons_of(project: Project, browser: Browser) -> Buttons:
    """Return the project's buttons, in its order; nothing secret is read for them."""
    connections = known(project)
    offered = [each for each in connections if each.definition.refusal(browser) != "embedded"]
    return Buttons(
        shown=[button_of(way, browser) for way in ways_of(offered)],
        some_refused=len(offered) < len(connections),
    )


def known(project: Project) -> list[Connection]:
    """Return the connections that are on and whose providers this release has."""
    enabled = project.connections.filter(enabled=True)
    return [each for each in enabled if catalogue.has(each.provider)]


def ways_of(connections: Iterable[Connection]) -> list[Way]:
    """Return the connections in groups that share a button, a provider once in each."""
    ways: list[Way] = []
    shared: dict[str, Way] = {}
    for connection in connections:
        common = connection.definition.one_button(connection.settings)
        way = shared.get(common, [])
        if way and connection.provider not in {each.provider for each in way}:
            way.append(connection)
            continue
        ways.append([connection])
        if common:
            shared.setdefault(common, ways[-1])
    return ways


def button_of(way: Way, browser: Browser) -> Button:
    """Return the button of a way; its words are those of the connection that comes first."""
    first = way[0]
    picked = picked_for(way, browser)
    explaining = None if picked else explained_by(way)
    return Button(
        label=first.label,
        icon=mark_safe(first.definition.icon),  # noqa: S308 - a file of ours
        alias=first.alias,
        start_url=(picked or first).start_path,
        elsewhere_url=explaining.elsewhere_path if explaining else "",
    )


def picked_for(way: Way, browser: Browser) -> Connection | None:
    """Return the connection that works in such a browser, or None where a page explains more."""
    if len(way) == 1:
        (only,) = way
        explains = only.definition.elsewhere and only.definition.refusal(browser)
        return None if explains else only
    return next((each for each in way if browser in each.definition.at_home_in), None)


def explained_by(way: Way) -> Connection | None:
    """Return the connection whose provider says what to do in other browsers."""
    return next((each for each in way if each.definition.elsewhere), None)


def usable_here(connection: Connection, browser: Browser) -> Connection | None:
    """Return another connection of the same button that such a browser can use all the same."""
    enabled = known(connection.project)
    way = next((each for each in ways_of(enabled) if connection in each), [])
    others = (each for each in way if each != connection)
    return next((each for each in others if not each.definition.refusal(browser)), None)
