"""The order of a project's buttons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from django.db import transaction

from connections import events
from connections.models import Connection
from connections.services import bump_version
from projects.audit.log import record_event
from projects.models import Project, User


@transaction.atomic
def reorder_connections(
    project: Project, *, moved: str, order: Sequence[str], actor: User
) -> list[Connection]:
    """Return the connections after one of them was moved; raises Connection.DoesNotExist.

    `order` has the aliases of the submitted form. It may be outdated: connections that others
    moved, added or deleted meanwhile stay as they are. Only positions are written, so this causes
    no edit conflicts.
    """
    bump_version(project)
    present = list(Connection.objects.filter(project=project))
    aliases = [each.alias for each in present]
    if moved not in aliases:
        raise Connection.DoesNotExist
    wanted = move_in_order(aliases, moved, order)
    if wanted == aliases:
        return present
    by_alias = {each.alias: each for each in present}
    ordered = [by_alias[alias] for alias in wanted]
    save_positions(ordered)
    record_event(
        events.CONNECTION_MOVED,
        project=project,
        actor=actor,
        target=by_alias[moved],
        changes={"order": (aliases, wanted)},
    )
    return ordered


def move_in_order(present: Sequence[str], moved: str, order: Sequence[str]) -> list[str]:
    """Return the present aliases with `moved` placed after its nearest predecessor in `order`.

    Aliases in `order` that no longer exist are ignored; others keep their position.
    """
    if moved not in order:
        return list(present)
    others = [alias for alias in present if alias != moved]
    known = set(others)
    preceding = takewhile(lambda alias: alias != moved, order)
    before = [alias for alias in preceding if alias in known]
    place = others.index(before[-1]) + 1 if before else 0
    return [*others[:place], moved, *others[place:]]


def save_positions(ordered: Sequence[Connection]) -> None:
    """Save the positions that have changed."""
    changed = []
    for position, connection in enumerate(ordered):
        if connection.position != position:
            connection.position = position
            changed.append(connection)
    Connection.objects.bulk_update(changed, ["position"])


def step_in_order(order: Sequence[str], moved: str, by: int) -> list[str]:
    """Return the order with one alias moved a step up (-1) or down (1), if possible."""
    stepping = list(order)
    if moved in stepping:
        place = stepping.index(moved)
        stepping.insert(max(0, place + by), stepping.pop(place))
    return stepping
