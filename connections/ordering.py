"""The order of a project's buttons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from django.db import transaction

from connections.models import Connection
from connections.services import raise_version
from projects.history import record
from projects.models import Action, Project, User


@transaction.atomic
def reorder_connections(
    project: Project, *, moved: str, order: Sequence[str], actor: User
) -> list[Connection]:
    """Return the connections after one of them was moved; raises Connection.DoesNotExist.

    `order` is the aliases as the person left them. They may be old: somebody else may have moved,
    added or deleted connections meanwhile, and none of that is undone. Those that stay have not
    changed, so nobody who edits one of them is disturbed.
    """
    raise_version(project)
    present = list(Connection.objects.filter(project=project))
    aliases = [each.alias for each in present]
    if moved not in aliases:
        raise Connection.DoesNotExist
    wanted = placed(aliases, moved, order)
    if wanted == aliases:
        return present
    by_alias = {each.alias: each for each in present}
    ordered = [by_alias[alias] for alias in wanted]
    number(ordered)
    record(
        Action.CONNECTION_MOVED,
        project=project,
        actor=actor,
        target=by_alias[moved],
        changes={"order": (aliases, wanted)},
    )
    return ordered


def placed(present: Sequence[str], moved: str, order: Sequence[str]) -> list[str]:
    """Return what is there with one alias put behind the nearest that precedes it in an order.

    Whatever the order names besides is gone, and what it does not name keeps its place.
    """
    if moved not in order:
        return list(present)
    others = [alias for alias in present if alias != moved]
    preceding = takewhile(lambda alias: alias != moved, order)
    before = [alias for alias in preceding if alias in others]
    place = others.index(before[-1]) + 1 if before else 0
    return [*others[:place], moved, *others[place:]]


def number(ordered: Sequence[Connection]) -> None:
    """Write down the places, where they are not so already."""
    changed = []
    for position, connection in enumerate(ordered):
        if connection.position != position:
            connection.position = position
            changed.append(connection)
    Connection.objects.bulk_update(changed, ["position"])


def stepped(order: Sequence[str], moved: str, by: int) -> list[str]:
    """Return an order in which one alias has gone a step up (-1) or down (1), if it can."""
    stepping = list(order)
    if moved in stepping:
        place = stepping.index(moved)
        stepping.insert(max(0, place + by), stepping.pop(place))
    return stepping
