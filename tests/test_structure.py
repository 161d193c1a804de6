"""The structure that docs/architecture.md describes, as far as a program can check it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.rows import each_row

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("portal", "signin", "applications", "connections", "projects", "core")
MOST_MODULES = 12
# One module per provider: as many as there are providers.
CATALOGUE = "connections/providers"
# Modules of django-allauth whose classes its documentation names: https://docs.allauth.org/. Any
# other may change with any release, and is imported by one module of each package only.
DOCUMENTED_IN_ALLAUTH = {
    "allauth.account.adapter",
    "allauth.account.auth_backends",
    "allauth.account.forms",
    "allauth.account.views",
    "allauth.mfa.adapter",
    "allauth.mfa.base.forms",
    "allauth.mfa.base.views",
    "allauth.mfa.models",
    "allauth.mfa.recovery_codes.views",
    "allauth.mfa.totp.forms",
    "allauth.mfa.totp.views",
    "allauth.mfa.webauthn.forms",
    "allauth.mfa.webauthn.views",
    "allauth.socialaccount.adapter",
}
ALLAUTH_INTERNALS = {
    "portal.allauth_internals",
    "connections.providers.derived.allauth_internals",
}
# What allauth adds to a request.
ALLAUTH_ATTRIBUTES = ("_login_stage",)
# Private attributes of urllib3, which one file overrides.
URLLIB3_ATTRIBUTES = {"_dns_host", "_new_conn", "_get_conn", "_put_conn"}
# Cycles that are meant to be there: the modules, and the reason.
CYCLES: dict[frozenset[str], str] = {}


@cache
def modules() -> dict[str, Path]:
    """Return the file of each module of ours, but for migrations."""
    found = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in file.parts:
                name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
                found[name.removesuffix(".__init__")] = file
    return found


@cache
def nodes(source: str) -> list[ast.AST]:
    """Return all nodes of a source."""
    return list(ast.walk(ast.parse(source)))


def imported_names(source: str) -> Iterator[str]:
    """Return the names that a source imports, wherever in it that is."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_by(source: str, known: frozenset[str]) -> Iterator[str]:
    """Return the modules among those known that a source imports."""
    for name in imported_names(source):
        if name in known:
            yield name
        elif (parent := name.rpartition(".")[0]) in known:
            yield parent


def undocumented(source: str) -> Iterator[str]:
    """Return what a source uses of django-allauth that its documentation does not name."""
    for name in imported_names(source):
        parent, _dot, last = name.rpartition(".")
        is_documented = not {name, parent}.isdisjoint(DOCUMENTED_IN_ALLAUTH)
        if name.startswith("allauth.") and (last.startswith("_") or not is_documented):
            yield name
    yield from (each for each in ALLAUTH_ATTRIBUTES if each in source)


@cache
def graph() -> dict[str, frozenset[str]]:
    """Return what each module imports, inside functions and under TYPE_CHECKING as well."""
    known = frozenset(modules())
    return {
        name: frozenset(imported_by(file.read_text(), known)) - {name}
        for name, file in modules().items()
    }


def cycles(imports: dict[str, frozenset[str]]) -> list[frozenset[str]]:
    """Return the groups of modules that import each other."""
    rest = {name: set(others) for name, others in imports.items()}
    # Take away what imports nothing, or is imported by nothing, until only cycles are left.
    while True:
        imported = set().union(*rest.values()) if rest else set()
        ends = {name for name, others in rest.items() if not others or name not in imported}
        if not ends:
            break
        rest = {name: others - ends for name, others in rest.items() if name not in ends}
    groups = []
    while rest:
        start = next(iter(rest))
        group = reached(start, rest) & {each for each in rest if start in reached(each, rest)}
        group |= {start}
        groups.append(frozenset(group))
        rest = {name: others - group for name, others in rest.items() if name not in group}
    return [group for group in groups if len(group) > 1]


def reached(start: str, imports: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = imports.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def test_no_modules_import_each_other() -> None:
    assert [sorted(each) for each in cycles(graph()) if each not in CYCLES] == []


def test_exceptions_are_cycles_that_are_still_there() -> None:
    assert CYCLES.keys() <= set(cycles(graph()))
    assert all(CYCLES.values()), "each exception has a reason"


@each_row(
    "imports, found",
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"a"}}, [{"a", "b"}]),
        (
            {"top": {"a"}, "a": {"b"}, "b": {"c"}, "c": {"a", "low"}, "low": set()},
            [{"a", "b", "c"}],
        ),
        # One that leads to another.
        ({"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"c"}}, [{"a", "b"}, {"c", "d"}]),
    ],
)
def test_cycles_are_found(imports: dict[str, set[str]], found: list[set[str]]) -> None:
    frozen = {name: frozenset(others) for name, others in imports.items()}
    assert {*cycles(frozen)} == {frozenset(each) for each in found}


@each_row(
    "source",
    [
        "import core.text",
        "from core import text",
        "from core.text import display_name",
        "def later():\n    from core.text import display_name",
        "if TYPE_CHECKING:\n    from core.text import display_name",
    ],
)
def test_every_way_to_import_counts(source: str) -> None:
    assert list(imported_by(source, frozenset({"core", "core.text"}))) == ["core.text"]


def test_no_folder_holds_too_many_modules() -> None:
    counts = Counter(
        file.parent.relative_to(ROOT).as_posix()
        for file in modules().values()
        if file.name != "__init__.py"
    )
    del counts[CATALOGUE]
    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


def test_protocols_and_providers_know_no_models() -> None:
    """A protocol gets values and returns values, so that it also works for an API or a command."""
    below = ("connections.protocols", "connections.providers", "connections.fields")
    exempt = "connections.providers.derived"  # django-allauth's classes import its own models
    known = {
        (name, other)
        for name, others in graph().items()
        if name.startswith(below) and not name.startswith(exempt)
        for other in others
        if other.endswith(".models") or ".models." in other
    }
    assert known == set()


def test_internals_of_allauth_stay_in_the_modules_for_them() -> None:
    used = {
        name: sorted(undocumented(file.read_text()))
        for name, file in modules().items()
        if name not in ALLAUTH_INTERNALS
    }
    assert {name: found for name, found in used.items() if found} == {}


def test_one_file_overrides_private_attributes_of_urllib3() -> None:
    users = {
        name
        for name, file in modules().items()
        if URLLIB3_ATTRIBUTES & attributes_and_functions(file.read_text())
    }
    assert users == {"core.http.client"}


def attributes_and_functions(source: str) -> set[str]:
    """Return the names of attributes and functions in a source."""
    return {
        getattr(node, "attr", getattr(node, "name", ""))
        for node in nodes(source)
        if isinstance(node, ast.Attribute | ast.FunctionDef)
    }


def test_no_request_is_rewritten_and_no_source_executed() -> None:
    faults = {
        f"{name}:{node.lineno}"
        for name, file in modules().items()
        for node in nodes(file.read_text())
        if rewrites_query(node) or executes_source(node)
    }
    # It gives allauth's view a new request, and leaves ours as it is.
    assert {each.partition(":")[0] for each in faults} == {"connections.providers.derived.login"}


def rewrites_query(node: ast.AST) -> bool:
    """Whether a statement sets the GET or POST of a request."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    else:
        return False
    return any(isinstance(each, ast.Attribute) and each.attr in {"GET", "POST"} for each in targets)


def executes_source(node: ast.AST) -> bool:
    """Whether a call runs a text as Python."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"exec", "eval"}
    )


@each_row(
    "statement, is_fault",
    [
        ("request.GET = {}", True),
        ("request.POST: dict = {}", True),
        ("exec(source)", True),
        ("eval('1')", True),
        ("given = request.GET", False),
        ("cursor.execute(source)", False),
    ],
)
def test_rewritten_requests_are_found(statement: str, *, is_fault: bool) -> None:
    found = [rewrites_query(each) or executes_source(each) for each in nodes(statement)]
    assert any(found) == is_fault


@each_row(
    "source, found",
    [
        ("from allauth.account.adapter import get_adapter", []),
        ("from allauth.account import views", []),
        ("from allauth_extra.internal import anything", []),
        ("from allauth.account.adapter import _private", ["allauth.account.adapter._private"]),
        ("from allauth.core import context", ["allauth.core.context"]),
        ("import allauth.mfa.internal.flows", ["allauth.mfa.internal.flows"]),
        ("def later():\n    from allauth.mfa.utils import encrypt", ["allauth.mfa.utils.encrypt"]),
        ("request._login_stage.login", ["_login_stage"]),
    ],
)
def test_undocumented_parts_are_found(source: str, found: list[str]) -> None:
    assert list(undocumented(source)) == found
