"""References, as they are made and as people write them down."""

from __future__ import annotations

from signin.references import ALPHABET, format_reference, new_reference, parse_reference
from tests.rows import each_row


def test_a_new_one_is_read_back_from_how_it_is_shown() -> None:
    reference = new_reference()
    assert (len(reference), set(reference) - set(ALPHABET)) == (10, set())
    assert parse_reference(format_reference(reference)) == reference
    assert new_reference() != reference


@each_row(
    "typed",
    [
        "7K3QX0M91D",
        "7K3QX-0M91D",
        "7k3qx-0m91d",
        " 7K3QX 0M91D\n",
        "7K3QX–0M91D",
        "7 K 3 Q X 0 M 9 1 D",
        "7K3QX-OM9ID",
        "7k3qx-om9ld",
        "７Ｋ３ＱＸ－０Ｍ９１Ｄ",
    ],
)
def test_it_is_read_however_somebody_writes_it(typed: str) -> None:
    assert parse_reference(typed) == "7K3QX0M91D"


@each_row(
    "typed",
    ["", "7K3QX", "7K3QX0M91DD", "7K3QX0M91U", "七七七七七七七七七七", "'; DROP TABLE", "0" * 60],
)
def test_what_cannot_be_one_is_none(typed: str) -> None:
    assert parse_reference(typed) == ""
