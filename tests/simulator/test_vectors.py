"""Every vector of websites and service accounts has a test that is named after it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rows import each_row

HERE = Path(__file__).parent

# Letter and number of vectors: the QR code page, polls, redirects, tokens, refreshing, people's
# data, WeChat's own browser, faults and control. Those of mini programs are not served.
VECTORS = {"Q": 21, "P": 10, "R": 7, "T": 23, "F": 6, "U": 12, "W": 7, "X": 12}


def names() -> Iterator[str]:
    """The names of tests, and the ids of their parameters."""
    for file in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@pytest.fixture(scope="module")
def tested() -> set[str]:
    named = re.compile(r"(?:^test_|^|[_-])([QPRTFUWX]\d\d)(?=$|[_-])", re.IGNORECASE)
    return {found.upper() for name in names() if " " not in name for found in named.findall(name)}


@each_row(
    "vector", [f"{letter}{n:02}" for letter, last in VECTORS.items() for n in range(1, last + 1)]
)
def test_the_vector_has_a_test(vector: str, tested: set[str]) -> None:
    assert vector in tested
