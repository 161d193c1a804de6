"""A test over rows fails as each of its rows would."""

from __future__ import annotations

import pytest

from projects.models import Project
from tests.rows import each_row


def test_every_row_is_tried_and_all_that_fail_are_named() -> None:
    tried = []

    @each_row("number, word", [(1, "one"), (2, "zwei"), (3, "three"), (4, "")])
    def rule(number: int, word: str) -> None:
        tried.append(number)
        assert word in {"one", "three"}

    with pytest.raises(ExceptionGroup) as raised:
        rule()
    assert tried == [1, 2, 3, 4]
    assert [each.__notes__ for each in raised.value.exceptions] == [
        ["Row: {'number': 2, 'word': 'zwei'}"],
        ["Row: {'number': 4, 'word': ''}"],
    ]


def test_no_row_is_left_out_in_silence() -> None:
    @each_row("number", [1, 2])
    def rule(number: int) -> None:
        if number == 1:
            pytest.skip()

    with pytest.raises(AssertionError, match="cannot be skipped"):
        rule()
    with pytest.raises(AssertionError, match="no rows"):
        each_row("number", [])


@each_row("slug", ["acme", "acme", "acme"], undo=True)
def test_a_row_finds_nothing_of_the_one_before(db: None, slug: str) -> None:
    assert not Project.objects.exists()
    Project.objects.create(slug=slug)
