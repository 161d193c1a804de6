"""Every regular expression of the program, and texts on which a slow one is slow.

`python -m tests.regular_expressions` is given patterns on its standard input and tries them; see
`slow_uses`. It is meant to be run as a process of its own, which the system ends where it must.
"""

from __future__ import annotations

import ast
import json
import pickle
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import permutations
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from types import FrameType
from typing import Any

from portal.devtools.child_environments import plain_environment
from portal.devtools.folders import ROOT

PACKAGES = ("portal", "signin", "applications", "connections", "projects", "core", "simulator")
METHODS = {"match", "fullmatch", "search", "sub", "subn", "findall", "finditer", "split"}
# Texts have a method of this name, too.
OF_TEXTS = {"split"}
# For the longest text. A shorter one may take its share: time never grows less than length.
SECONDS = 1.0
# All patterns together, in processor time, and the memory of the process.
MOST_SECONDS = 240
MOST_MEMORY = 4 * 1024**3

# The longest body of a form, and the longest answer of a provider.
LONGEST = 256 * 1024
# A longer text is tried only where a shorter one takes so long that a quadratic pattern needs
# half of SECONDS for the longest. Where it takes less, a cubic one is out of reach, too.
PARTS = tuple((part, SECONDS / part**2 / 2) for part in (64, 16, 4, 1))


@dataclass(frozen=True)
class Expression:
    """A pattern and how it is used."""

    where: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]


# --- finding the patterns ----------------------------------------------------------------------


@cache
def nodes(tree: ast.Module) -> list[ast.AST]:
    """Return every node of a syntax tree."""
    return list(ast.walk(tree))


@cache
def trees() -> dict[Path, ast.Module]:
    """Return the syntax tree of each file."""
    files = sorted(each for name in PACKAGES for each in (ROOT / name).rglob("*.py"))
    return {each: ast.parse(each.read_text(encoding="utf-8")) for each in files}


def every() -> list[Expression]:
    """Return the patterns of the code, of fields, of the addresses and of the settings."""
    return [*of_code(), *of_fields(), *of_addresses(), *of_settings()]


def of_fields() -> Iterator[Expression]:
    """Return the patterns of the providers' fields."""
    from connections.providers import catalogue

    for definition in map(catalogue.get, catalogue.PROVIDERS):
        for field in definition.fields:
            uses = [(each.pattern, "fullmatch") for each in (*field.mistakes, *field.doubts)]
            uses += [(field.shape.pattern, "fullmatch")] if field.shape else []
            uses += [(field.stray, "search")] if field.stray else []
            for pattern, use in uses:
                where = f"{definition.id}.{field.name}:{pattern.pattern}"
                yield Expression(where, pattern, frozenset({use}))


def of_code() -> Iterator[Expression]:
    """Return the patterns that calls of `re` have in the code."""
    uses = Uses(trees().values())
    for file, tree in trees().items():
        names = names_of_values(tree)
        for call in nodes(tree):
            if not isinstance(call, ast.Call) or not (kind := kind_of(call)):
                continue
            name = names.get(call, "")
            where = f"{file.relative_to(ROOT)}:{name or call.lineno}"
            methods = uses.of(name) if kind == "compile" else {kind}
            if is_argument(tree, call):
                continue
            yield Expression(where, evaluated(file, call), frozenset(methods))


def kind_of(call: ast.Call) -> str:
    """Return which function of `re` is called, and how a validator uses its pattern."""
    function = call.func
    if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "re":
        return function.attr if function.attr in {"compile", *METHODS} else ""
    if isinstance(function, ast.Name) and function.id in {"usual", "only"}:
        return "fullmatch"
    return "search" if ast.unparse(function).endswith("RegexValidator") else ""


def is_argument(tree: ast.Module, call: ast.Call) -> bool:
    """Whether the pattern came to a function as its argument: then it is found at each caller."""
    if not (isinstance(call.args[0], ast.Name) and ast.unparse(call.func).startswith("re.")):
        return False
    name = call.args[0].id
    return any(
        isinstance(each, ast.FunctionDef)
        and name in {argument.arg for argument in each.args.args}
        and call in ast.walk(each)
        for each in nodes(tree)
    )


@cache
def names_of_values(tree: ast.Module) -> dict[ast.AST, str]:
    """Return the name to which each value is assigned."""
    found: dict[ast.AST, str] = {}
    for node in nodes(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.value] = node.targets[0].id
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.value] = node.target.id
        elif isinstance(node, ast.keyword) and node.arg:
            found[node.value] = node.arg
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"Mistake", "Shape"}:
            found[node.args[0]] = "pattern"
    return found


class Uses:
    """The methods that are called on patterns, by name; one name means one use everywhere."""

    def __init__(self, every_tree: Iterable[ast.Module]) -> None:
        self.methods: dict[str, set[str]] = {}
        self.other_names: dict[str, set[str]] = {}
        patterns: set[str] = set()
        for tree in every_tree:
            for value, name in names_of_values(tree).items():
                if isinstance(value, ast.Call) and kind_of(value) == "compile":
                    patterns.add(name)
                elif isinstance(value, ast.Name):
                    self.other_names.setdefault(value.id, set()).add(name)
            for node in nodes(tree):
                if isinstance(node, ast.Attribute) and node.attr in METHODS:
                    name = ast.unparse(node.value).rpartition(".")[2]
                    self.methods.setdefault(name, set()).add(node.attr)
        patterns |= {other for name in patterns for other in self.other_names.get(name, ())}
        # What is done with a pattern that came as an argument can be done with any of them.
        self.of_arguments = {
            method
            for name, methods in self.methods.items()
            for method in methods
            if name not in {*patterns, "re"} and method not in OF_TEXTS
        }

    def of(self, name: str) -> set[str]:
        """Return how a pattern with this name is used."""
        names = {name, *self.other_names.get(name, ())}
        return self.of_arguments.union(*(self.methods.get(each, ()) for each in names))


def evaluated(file: Path, call: ast.Call) -> re.Pattern[Any]:
    """Return the pattern that a call is given; a part that only a running program knows is `x`."""
    module = import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    place = 4 if kind_of(call) in {"sub", "subn"} else 2
    if kind_of(call) == "compile":
        place = 1
    flags = [each.value for each in call.keywords if each.arg == "flags"] or call.args[place:]
    text = value_of(call.args[0], module)
    return re.compile(text, value_of(flags[0], module) if flags else 0)


def value_of(node: ast.expr, module: Any) -> Any:
    """Return what an expression of a module means; raises NameError where nobody can know it."""
    try:
        return eval(compile(ast.Expression(node), "<pattern>", "eval"), vars(module))
    except NameError:
        if isinstance(node, ast.JoinedStr):
            return "".join(map(str, (value_of(each, module) for each in node.values)))
        # What is put into a pattern at run time: escaped, or a name of our own.
        if isinstance(node, ast.FormattedValue):
            return "x"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.escape":
            return "x"
        raise


def of_addresses() -> Iterator[Expression]:
    """Return the patterns of both hosts' addresses."""
    from django.conf import settings
    from django.urls import URLPattern, URLResolver, get_resolver

    def walk(resolver: URLResolver) -> Iterator[re.Pattern[str]]:
        for each in resolver.url_patterns:
            yield each.pattern.regex
            if not isinstance(each, URLPattern):
                yield from walk(each)

    for conf in (settings.ROOT_URLCONF, settings.PROJECT_URLCONF):
        for pattern in walk(get_resolver(conf)):
            yield Expression(f"{conf}:{pattern.pattern}", pattern, frozenset({"search"}))


def of_settings() -> Iterator[Expression]:
    """Return the patterns that Django finds among the settings."""
    from django.conf import settings

    for text in settings.SECURE_REDIRECT_EXEMPT:
        yield Expression(f"settings:{text}", re.compile(text), frozenset({"search"}))


# --- attacking a pattern -----------------------------------------------------------------------

# Characters that end what a pattern repeats, and one that goes on where it should not.
ENDS = ("", "\0", "\n", "!")
MOST_PUMPS = 24


@dataclass(frozen=True)
class Attack:
    """A text of any length: a beginning, one or two parts again and again, and an end."""

    prefix: str
    pump: str
    end: str
    second: str = ""

    def text(self, length: int) -> str:
        """Return the text in about this length."""
        room = max(0, length - len(self.prefix) - len(self.end)) // (2 if self.second else 1)
        second = self.second * (room // len(self.second)) if self.second else ""
        return self.prefix + self.pump * (room // len(self.pump)) + second + self.end


def attacks(pattern: re.Pattern[Any]) -> list[Attack]:
    """Return texts that are made of what the pattern repeats."""
    found = Maker(pattern)
    made: list[Attack] = []
    pumps = found.pumps[:MOST_PUMPS]
    ends = dict.fromkeys((*ENDS, found.example[:-1][-20:], found.example[-1:]))
    for prefix, pump in pumps:
        made += (Attack(prefix, pump, end) for end in ends)
        # Many places at which a search begins.
        made += (Attack("", prefix + pump * 3 + end, "") for end in ENDS)
    for (prefix, one), (_prefix, other) in permutations(pumps[:8], 2):
        made += (Attack(prefix, one, end, second=other) for end in ("", "\0"))
        made.append(Attack(prefix, one + other, "\0"))
    made += (
        Attack("", text, end)
        for text in (found.example, found.example[:-1])
        if text
        for end in ENDS
    )
    return list(dict.fromkeys(made))


class Maker:
    """Reads a pattern: an example that it matches, and each repeated part with what precedes it."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        text = pattern.pattern
        text = text.decode("latin-1") if isinstance(text, bytes) else text
        tree = sre_parser.parse(text, pattern.flags & ~re.ASCII)
        self.groups: dict[int, str] = {}
        self.ignores_case = bool(pattern.flags & re.IGNORECASE)
        self.sets: list[Any] = []
        self.collect(tree)
        self.alphabet = sorted(
            {*" \n\taA0_-.:/@'\"é", *"".join(map(self.first_of, self.sets))} - {""}, key=self.rank
        )
        self.pumps: list[tuple[str, str]] = []
        self.example = self.read(tree, "")
        self.pumps = list(dict.fromkeys((prefix, pump) for prefix, pump in self.pumps if pump))

    def collect(self, tree: Any) -> None:
        """Note every set of characters in the tree."""
        for operator, value in tree:
            if operator in {sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN}:
                self.sets.append((operator, value))
            for each in parts(operator, value):
                self.collect(each)

    def rank(self, character: str) -> tuple[int, str]:
        """Characters that fit many parts of the pattern come first: they make it ambiguous."""
        return -sum(fits(each, character) for each in self.sets), character

    def first_of(self, node: Any) -> str:
        """Return some characters of a set: what it names, and the ends of its ranges."""
        operator, value = node
        if operator == sre.LITERAL:
            return chr(value)
        if operator != sre.IN:
            return ""
        named = [chr(each) for kind, each in value if kind == sre.LITERAL]
        ends = [chr(end) for kind, each in value if kind == sre.RANGE for end in each]
        return "".join([*named, *ends])

    def characters(self, node: Any) -> list[str]:
        """Return the characters of the alphabet that a set takes."""
        return [each for each in self.alphabet if fits(node, each)]

    def read(self, tree: Any, before: str) -> str:
        """Return an example of the tree; note each repeated part and what precedes it."""
        text = ""
        for operator, value in tree:
            text += self.read_part(operator, value, before + text)
        return text

    def read_part(self, operator: Any, value: Any, before: str) -> str:
        if operator in {sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN}:
            if operator == sre.LITERAL:
                return chr(value)
            return next(iter(self.characters((operator, value))), "a")
        if operator == sre.SUBPATTERN:
            group, _on, _off, inner = value
            self.groups[group] = self.read(inner, before)
            return self.groups[group]
        if operator == sre.GROUPREF:
            return self.groups.get(value, "")
        if operator == sre.BRANCH:
            return [self.read(each, before) for each in value[1]][0]
        if operator == sre.ATOMIC_GROUP:
            return self.read(value, before)
        if operator in {sre.ASSERT, sre.ASSERT_NOT}:
            self.read(value[1], before)
            return ""
        if operator in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            return self.read_repeat(value, before)
        return ""

    def read_repeat(self, value: Any, before: str) -> str:
        least, most, inner = value
        once = self.read(inner, before)
        if most > 1:
            if len(inner) == 1 and inner[0][0] in {sre.NOT_LITERAL, sre.ANY, sre.IN}:
                # Both characters that fit everywhere and such as fit nowhere else.
                fitting = self.characters(inner[0])
                self.pumps += [(before, each) for each in (*fitting[:4], *fitting[-2:])]
            else:
                self.pumps.append((before, once))
        return once * max(1, least)


def parts(operator: Any, value: Any) -> list[Any]:
    """Return the trees within a part of a tree."""
    if operator == sre.SUBPATTERN:
        return [value[3]]
    if operator == sre.BRANCH:
        return list(value[1])
    if operator in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
        return [value[2]]
    if operator in {sre.ASSERT, sre.ASSERT_NOT}:
        return [value[1]]
    return [value] if operator == sre.ATOMIC_GROUP else []


CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


@cache
def in_category(category: Any, character: str) -> bool:
    return re.fullmatch(CATEGORIES[category], character) is not None


def fits(node: Any, character: str) -> bool:
    """Whether a set of characters takes a character."""
    operator, value = node
    if operator == sre.ANY:
        return character != "\n"
    if operator in {sre.LITERAL, sre.NOT_LITERAL}:
        return (character == chr(value)) == (operator == sre.LITERAL)
    found = False
    for kind, each in value:
        if kind == sre.LITERAL:
            found |= character == chr(each)
        elif kind == sre.RANGE:
            found |= each[0] <= ord(character) <= each[1]
        elif kind == sre.CATEGORY:
            found |= in_category(each, character)
    return found != (value[0][0] == sre.NEGATE)


class TooSlow(Exception):
    """A pattern has used up its processor time."""


def seconds_of(
    pattern: re.Pattern[Any], method: str, text: str | bytes, *, most: float
) -> float | None:
    """Return the processor time that a use takes, or None where it takes more than the given."""
    if isinstance(pattern.pattern, bytes):
        text = text.encode("utf-8", "replace")
    began = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, most)
        use(pattern, method, text)
    except TooSlow:
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began


def stop(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def use(pattern: re.Pattern[Any], method: str, text: Any) -> None:
    if method in {"sub", "subn"}:
        getattr(pattern, method)(text[:0], text)
    elif method == "finditer":
        list(pattern.finditer(text))
    else:
        getattr(pattern, method)(text)


def slow_text(pattern: re.Pattern[Any], method: str) -> str:
    """Return the method and the text for which it takes too long, or nothing."""
    for attack in attacks(pattern):
        for part, seconds in PARTS:
            took = seconds_of(pattern, method, attack.text(LONGEST // part), most=SECONDS / part)
            if took is None:
                return f"{method}: {attack}"
            if took < seconds:
                break
    return ""


def slow_uses(expressions: Iterable[Expression]) -> dict[str, str]:
    """Return how each pattern can be made slow, found out by a process with bounded resources."""
    asked = {
        each.where: [(each.pattern, method) for method in sorted(each.methods)]
        for each in expressions
    }
    answer = subprocess.run(
        [sys.executable, "-m", __name__],
        cwd=ROOT,
        env=plain_environment(),
        input=pickle.dumps(asked),
        capture_output=True,
        check=True,
        # Others may be at work on the machine.
        timeout=4 * MOST_SECONDS,
    )
    found: dict[str, str] = json.loads(answer.stdout)
    return found


def main() -> None:
    """Answer `slow_uses`."""
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.signal(signal.SIGVTALRM, stop)
    # Patterns are compiled again here.
    asked: dict[str, list[tuple[re.Pattern[Any], str]]] = pickle.load(sys.stdin.buffer)
    found: dict[tuple[re.Pattern[Any], str], str] = {}
    for uses in asked.values():
        for pattern, method in uses:
            if (pattern, method) not in found:
                found[pattern, method] = slow_text(pattern, method)
    answer = {
        where: next(filter(None, (found[each] for each in uses)), "")
        for where, uses in asked.items()
    }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
