"""Style sheets are whole: a brace that is missing hides every rule behind it from browsers."""

from __future__ import annotations

import re
from pathlib import Path

from tests.rows import each_row

ROOT = Path(__file__).resolve().parent.parent
SHEETS = sorted([*ROOT.glob("static/css/*.css"), *ROOT.glob("simulator/**/*.css")])
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@each_row("sheet", SHEETS)
def test_every_rule_is_closed_before_the_next_one_begins(sheet: Path) -> None:
    assert unclosed_rules(sheet.read_text(encoding="utf-8")) == []


def unclosed_rules(text: str) -> list[str]:
    """Return the selectors that stand inside another rule, and what is left open at the end."""
    found: list[str] = []
    open_rules: list[str] = []
    for selector, brace in re.findall(r"([^{}]*)([{}])", COMMENT.sub("", text)):
        if brace == "}":
            if not open_rules:
                return [*found, "}"]
            open_rules.pop()
            continue
        if open_rules and not open_rules[-1].startswith("@"):
            found.append(selector.strip())
        # Declarations may precede a rule that is inside another one.
        open_rules.append(selector.rpartition(";")[2].strip())
    return [*found, *open_rules]


def test_a_missing_brace_is_found() -> None:
    assert unclosed_rules("a { color: red; } @media print { b { margin: 0; } }") == []
    assert unclosed_rules("a { color: red;\n\nb { margin: 0; }") == ["color: red;\n\nb", "a"]
    assert unclosed_rules("a { } }") == ["}"]
