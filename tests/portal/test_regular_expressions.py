"""No text makes a regular expression of ours slow, whatever somebody sends."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from typing import Any

from django.conf import settings

from core.http.client import MAX_BODY_BYTES
from portal.devtools.folders import ROOT
from tests.regular_expressions import (
    LONGEST,
    Expression,
    Uses,
    every,
    nodes,
    slow_uses,
    trees,
)

# The first is in every textbook; the others the program once had.
SLOW = [
    ("(a+)+$", 0, "search"),
    (r"BEGIN ([A-Z0-9 ]+?) ?[-–—]+(.*?)[-–—]+ ?END \1", 0, "findall"),
    (r"[0-9A-Za-z_-]{20,}\.[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]{20,}", 0, "search"),
    (r"\s*callback\(\s*(\{.*\})\s*\)\s*;?\s*", int(re.DOTALL), "fullmatch"),
    (r".*(?:://|@).*", 0, "fullmatch"),
]


def test_67_no_pattern_of_the_program_is_slow() -> None:
    """One process for both halves: the slow patterns are found, and none of the program is."""
    slow = [
        Expression(f"slow:{text}", re.compile(text, flags), frozenset({method}))
        for text, flags, method in SLOW
    ]
    own = every()

    found = slow_uses([*slow, *own])

    assert len({each.where for each in own}) > 200
    assert {where for where, use in found.items() if use} == {each.where for each in slow}


def test_the_length_is_the_greatest_that_anybody_can_send() -> None:
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= LONGEST
    assert MAX_BODY_BYTES <= LONGEST


def test_every_pattern_in_memory_was_found_in_the_code() -> None:
    """However it was made, and wherever it is kept."""
    known = {each.pattern.pattern for each in every()}
    missing = []
    for file in trees():
        module = import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        kept = [
            vars(module),
            *(vars(each) for each in vars(module).values() if is_own(each, module)),
        ]
        missing += [each.pattern for names in kept for each in patterns_in(names.values())]
    assert set(missing) - known == set()


def is_own(value: Any, module: Any) -> bool:
    return isinstance(value, type) and value.__module__ == module.__name__


def patterns_in(values: Any) -> list[re.Pattern[Any]]:
    """Return the patterns among values, and in the tuples, lists and dictionaries among them."""
    found: list[re.Pattern[Any]] = []
    for each in values:
        if isinstance(each, re.Pattern):
            found.append(each)
        elif isinstance(each, tuple | list):
            found += patterns_in(each)
        elif isinstance(each, dict):
            found += patterns_in(each.values())
    return found


def test_what_is_used_of_re_can_be_found() -> None:
    for tree in trees().values():
        for node in nodes(tree):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in {"re", "regex"}
            if isinstance(node, ast.Import):
                assert {each.name: each.asname for each in node.names}.get("re") is None


def test_how_patterns_are_used_is_known() -> None:
    uses = Uses(trees().values())

    assert uses.of("ANY_SECRET") >= {"search"}
    assert uses.of("stray") >= {"search"}
    assert uses.of("pattern") == {"fullmatch"}
    assert "search" not in uses.of("CLIENT_ID")
    assert "fullmatch" in uses.of("")
