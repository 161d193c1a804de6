"""What the source of an allauth provider says of it: its settings, and what it does by itself.

The classes read their settings when they are loaded, from the deployment's own; so they are read
here once, and loaded again for each connection with the settings of that connection.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

# What every OAuth 2 class reads has a field of its own, or none.
GENERIC = {"scope", "auth_params", "oauth_pkce_enabled", "verified_email"}
# Where the loaded source finds the settings; see `loaded`.
INJECTED = "_providers"
# Calls that leave the machine, when they are made on these and not on a session of ours.
OWN_DOORS = {"requests", "urllib", "urllib3", "httpx", "http", "socket", "aiohttp", "urlopen"}
HARMLESS = {"HTTPBasicAuth", "RequestException", "HTTPError", "quote", "urlencode", "parse_qsl"}
CALLBACK = {"get_access_token_data", "complete_login", "parse_token"}
UNKNOWN = object()
# The default of a setting that may be left out, where the source computes it.
UNSAID = "-"


@dataclass(frozen=True)
class Setting:
    """A setting that a class reads: its names, what it is without, and what kind it is."""

    name: str
    spellings: tuple[str, ...]
    default: str = ""
    # A flag puts this value in place; what is typed into any other setting is its value.
    flag: str | bool | None = None

    @property
    def field(self) -> str:
        """The name of the form's field."""
        return f"setting_{self.name.lower()}"

    @property
    def required(self) -> bool:
        """Whether nothing works without it: there is no default, or one that is an example."""
        return self.flag is None and (not self.default or "example." in self.default)

    @property
    def is_address(self) -> bool:
        """Whether it is a whole web address, by what it is without, or by its name."""
        unsaid = self.default == UNSAID and "URL" in self.name.split("_")
        return unsaid or self.default.startswith("https://")

    @property
    def says_where(self) -> bool:
        """Whether it says where the provider is, by its name."""
        return not {"URL", "SERVER", "DOMAIN", "HOST"}.isdisjoint(self.name.split("_"))

    @property
    def shown_default(self) -> str:
        """What it is without, as far as one can say."""
        return "" if self.required or self.default == UNSAID else self.default


@dataclass(frozen=True)
class Source:
    """The modules of a package, parsed."""

    trees: tuple[ast.Module, ...]

    @classmethod
    def of(cls, module: ModuleType) -> Source:
        """Return the source of an adapter's module and its package; raises OSError."""
        own = Path(module.__file__ or "")
        others = (each for each in sorted(own.parent.glob("*.py")) if each != own)
        files = [own, *(each for each in others if not each.name.startswith("test"))]
        return cls(tuple(parsed(each) for each in files))

    @classmethod
    def of_text(cls, text: str) -> Source:
        """Return what a text says."""
        return cls((injecting(text),))

    @property
    def nodes(self) -> Iterator[ast.AST]:
        """Every part of every module."""
        for tree in self.trees:
            yield from ast.walk(tree)

    @property
    def goes_its_own_way(self) -> bool:
        """Whether it calls other servers by itself, or keeps something in a browser's session."""
        return any(
            (isinstance(node, ast.Call) and own_call(node.func)) or is_session(node)
            for node in self.nodes
        )

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The settings that its class reads, each once; the adapter's module is the first."""
        found: dict[str, Setting] = {}
        for number, tree in enumerate(self.trees):
            # Only the adapter's module is loaded again with a connection's settings.
            if number and any(getattr(node, "id", "") == INJECTED for node in ast.walk(tree)):
                continue
            for each in settings_of(tree):
                known = found.get(each.name)
                found[each.name] = merged(known, each) if known else each
        return tuple(found.values())

    @property
    def reads_key(self) -> bool:
        """Whether it needs the app's key, a third value beside id and secret."""
        return any(isinstance(node, ast.Attribute) and is_app_key(node) for node in self.nodes)

    @property
    def callback_parameters(self) -> frozenset[str]:
        """What it reads of a callback's address beside the code."""
        methods = (each for each in self.nodes if isinstance(each, ast.FunctionDef))
        return frozenset(
            name
            for method in methods
            if method.name in CALLBACK
            for node in ast.walk(method)
            for name in parameters_of(node)
        )

    def names_in(self, function: str) -> frozenset[str]:
        """Return the texts that a function mentions, such as the names in an answer."""
        methods = (each for each in self.nodes if isinstance(each, ast.FunctionDef))
        return frozenset(
            node.value
            for method in methods
            if method.name == function
            for node in ast.walk(method)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )


@cache
def compiled(path: Path) -> CodeType:
    """Return the module with its reads of the deployment's settings turned to the injected."""
    tree = parsed(path)
    return compile(ast.fix_missing_locations(tree), str(path), "exec")


def parsed(path: Path) -> ast.Module:
    """Return a module's source, as `compiled` has it."""
    return injecting(path.read_text(encoding="utf-8"))


def injecting(text: str) -> ast.Module:
    """Return a source that takes settings and app from the connection."""
    tree: ast.Module = Injecting().visit(ast.parse(text))
    return tree


class Injecting(ast.NodeTransformer):
    """Has the settings and the app taken from the connection instead of the deployment."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """`app_settings.PROVIDERS`."""
        if node.attr == "PROVIDERS":
            return ast.Name(INJECTED, ast.Load())
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`getattr(settings, "SOCIALACCOUNT_PROVIDERS", {})` and `get_adapter().get_app(…)`."""
        if any(value_of(each) == "SOCIALACCOUNT_PROVIDERS" for each in node.args):
            return ast.Name(INJECTED, ast.Load())
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get_app":
            return ast.parse("self.get_provider().app", mode="eval").body
        return self.generic_visit(node)


def settings_of(tree: ast.Module) -> Iterator[Setting]:
    """Return each read of a setting, in order."""
    constants = constants_of(tree)
    flags = dict(flags_of(tree))
    optional = set(asked_for(tree))
    for node in ast.walk(tree):
        name, default = read_of(node)
        if not name or name.lower() in GENERIC:
            continue
        value = constants.get(default.id) if isinstance(default, ast.Name) else value_of(default)
        if isinstance(value, bool) or (value is None and name in flags):
            yield Setting(name.upper(), (name,), flag=flags.get(name, True))
        elif name in optional:
            yield Setting(name.upper(), (name,), default=UNSAID)
        elif value is None or isinstance(value, str):
            yield Setting(name.upper(), (name,), default=value or "")


def merged(known: Setting, other: Setting) -> Setting:
    """Return a setting that is read in two places."""
    spellings = tuple(dict.fromkeys(known.spellings + other.spellings))
    flag = known.flag if known.flag is not None else other.flag
    return Setting(known.name, spellings, known.default or other.default, flag)


def read_of(node: ast.AST) -> tuple[str, ast.AST | None]:
    """Return the name of the setting that is read here, and its default; "" for none."""
    if isinstance(node, ast.Subscript) and is_settings(node.value):
        return text_of(node.slice), ast.Constant(None)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and node.args
        and is_settings(node.func.value)
    ):
        default = node.args[1] if len(node.args) > 1 else ast.Constant(None)
        return text_of(node.args[0]), default
    return "", None


def text_of(node: ast.AST) -> str:
    """Return the text that a constant is, or ""."""
    value = value_of(node)
    return value if isinstance(value, str) else ""


def is_settings(node: ast.AST) -> bool:
    """Whether an expression is the settings of the provider, by what it is called."""
    text = ast.unparse(node)
    return text.endswith(("settings", "get_settings()")) or text.startswith(f"{INJECTED}.get(")


def flags_of(tree: ast.Module) -> Iterator[tuple[str, str | bool]]:
    """Return the settings that only switch something, with the value that switches it on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp):
            test = node.test
            if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq):
                value = value_of(test.comparators[0])
                name = read_of(test.left)[0]
            else:
                value, name = True, read_of(test)[0]
            if name and isinstance(value, str | bool):
                yield name, value


def asked_for(tree: ast.Module) -> Iterator[str]:
    """Return the settings of which the source asks whether they are there: none of them must be."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
            name = value_of(node.left)
            if isinstance(name, str) and is_settings(node.comparators[0]):
                yield name


def constants_of(tree: ast.Module) -> dict[str, Any]:
    """Return the names that stand for a text, a number or a truth value."""
    return {
        node.targets[0].id: value_of(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def value_of(node: ast.AST | None) -> Any:
    """Return the value of a constant; UNKNOWN for anything else."""
    return node.value if isinstance(node, ast.Constant) else UNKNOWN


def own_call(func: ast.expr) -> bool:
    """Whether a call goes out by another door than ours."""
    if isinstance(func, ast.Name):
        return func.id in OWN_DOORS
    if not isinstance(func, ast.Attribute) or func.attr in HARMLESS:
        return False
    return ast.unparse(func).split(".")[0] in OWN_DOORS


def is_session(node: ast.AST) -> bool:
    """Whether this is the session of a request, or one of a class's own making."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr.endswith("session")
        and ast.unparse(node.value).endswith("request")
    )


def is_app_key(node: ast.Attribute) -> bool:
    """Whether this is `app.key`."""
    return node.attr == "key" and ast.unparse(node.value).split(".")[-1] == "app"


def parameters_of(node: ast.AST) -> Iterable[str]:
    """Return the parameter of the request that is read here."""
    text = ast.unparse(node) if isinstance(node, ast.Call | ast.Subscript) else ""
    if isinstance(node, ast.Call) and "get_request_param(" in text[:40] and len(node.args) > 1:
        return [value_of(node.args[1])]
    if isinstance(node, ast.Call) and "request.GET.get(" in text[:30] and node.args:
        return [value_of(node.args[0])]
    if isinstance(node, ast.Subscript) and "request.GET[" in text[:30]:
        return [value_of(node.slice)]
    return []
