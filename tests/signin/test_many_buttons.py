"""Which buttons of a sign-in page are folded."""

from __future__ import annotations

import pytest

from connections.values.browsers import Browser
from projects.models import Project
from signin.buttons import buttons_of
from tests.cast import make_connection

ALL = [f"c{number}" for number in range(8)]


@pytest.mark.parametrize(
    ("number", "last_used", "allowed", "unfolded"),
    [
        (5, "", (), ALL[:5]),
        (6, "", (), ALL[:5]),
        (8, "c2", (), ALL[:5]),
        # It stays in its order, after the first ones.
        (8, "c6", (), [*ALL[:5], "c6"]),
        (6, "c5", (), ALL[:6]),
        (8, "made_up", (), ALL[:5]),
        # An application that allows the folded ones only.
        (8, "c0", ("c5", "c6", "c7"), ["c5", "c6", "c7"]),
        (8, "c7", ALL[1:], [*ALL[1:6], "c7"]),
    ],
)
def test_the_first_five_and_the_last_used_one_are_not_folded(
    project: Project, number: int, last_used: str, allowed: tuple[str, ...], unfolded: list[str]
) -> None:
    for alias in ALL[:number]:
        make_connection(project, alias=alias, client_id=f"wx-{alias}")

    buttons = buttons_of(project, Browser.DESKTOP, allowed=allowed, last_used=last_used)

    assert [each.alias for each in buttons.unfolded] == unfolded
    rest = [each for each in ALL[:number] if each in (allowed or ALL) and each not in unfolded]
    assert [each.alias for each in buttons.folded] == rest
    marked = [each.alias for each in buttons.unfolded if each.is_last_used]
    assert marked == [last_used] * (last_used in (allowed or ALL[:number]))
