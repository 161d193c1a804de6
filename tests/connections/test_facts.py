"""Facts about a failure are one cleaned line each, in their order."""

from __future__ import annotations

from typing import Any

import pytest

from connections.values.facts import LONGEST, clean_facts, describe_json
from connections.values.failures import SignInFailed
from tests.rows import each_row


@each_row(
    "value, text",
    [
        ("HS256", "HS256"),
        ("two\nlines\u202e", "two lines"),
        ("x" * 1000, "x" * LONGEST),
        (["RS256", "ES256"], "RS256, ES256"),
        ({"b", "a"}, "a, b"),
        ([str(number) for number in range(1000)], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        (None, "null"),
        (True, "true"),
        (42, "42"),
        ("", ""),
    ],
)
def test_a_fact_is_one_line(value: object, text: str) -> None:
    assert SignInFailed("malformed", received=value).facts == {"received": text}


def test_facts_come_in_their_order() -> None:
    assert [*clean_facts({"expected": "b", "field": "a"})] == ["field", "expected"]


def test_a_fact_without_a_label_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="secret"):
        clean_facts({"secret": "x"})


@each_row(
    "value, text",
    [
        ("token", "string, length 5"),
        ([1, 2], "array, length 2"),
        ({"a": 1}, "object"),
        (1.5, "number"),
        (True, "true"),
        (None, "null"),
    ],
)
def test_a_value_that_may_be_secret_is_described(value: Any, text: str) -> None:
    assert describe_json(value) == text
