"""Every case of the list of abuse has a test that carries its number, and the page says which."""

from __future__ import annotations

import pytest

from tests import abuse
from tests.rows import each_row

KNOWN = [number for cases in abuse.CASES.values() for number in cases]


@pytest.fixture(scope="module")
def tests() -> dict[str, list[str]]:
    return abuse.tests()


@each_row("number", KNOWN)
def test_the_case_has_a_test(tests: dict[str, list[str]], number: str) -> None:
    assert tests.get(number)


def test_no_test_carries_a_number_that_is_not_on_the_list(tests: dict[str, list[str]]) -> None:
    assert {each: tests[each] for each in sorted(set(tests) - set(KNOWN))} == {}


@each_row(
    "name, numbers",
    [
        ("test_38_a_new_name_is_the_same_person", ["38"]),
        ("test_a2_33_a12_a_profile_of_somebody_else", ["A2", "33", "A12"]),
        ("test_i03_a10_36_a_person_gets_the_unionid", ["A10", "36"]),
        ("test_e001_production_refuses", []),
        ("test_a_state_is_good_once", []),
    ],
)
def test_numbers_are_read_from_the_beginning_of_a_name(name: str, numbers: list[str]) -> None:
    assert abuse.numbers(name) == numbers


def test_the_page_follows_the_tests() -> None:
    assert abuse.PAGE.read_text(encoding="utf-8") == abuse.page(), "run python -m tests.abuse"
