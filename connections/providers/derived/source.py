"""Facts from the source of an allauth provider: the settings it reads, and its own HTTP calls."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from django.utils.functional import cached_property

# Settings that every OAuth 2 class reads. They have a field already or need none.
GENERIC_SETTINGS = {"scope", "auth_params", "oauth_pkce_enabled", "verified_email"}
# Names for HTTP calls that do not use our session.
HTTP_NAMES = {"requests", "urllib", "urllib3", "httpx", "http", "socket", "aiohttp", "urlopen"}
HARMLESS_NAMES = {
    "HTTPBasicAuth",
    "RequestException",
    "HTTPError",
    "quote",
    "urlencode",
    "parse_qsl",
}
CALLBACK_METHODS = {"get_access_token_data", "complete_login", "parse_token"}
UNKNOWN = object()


@dataclass(frozen=True)
class Source:
    """The parsed modules of a package."""

    trees: tuple[ast.Module, ...]

    @classmethod
    def from_module(cls, module: ModuleType) -> Source:
        """Return the source of an adapter's module and its package; raises OSError."""
        own = Path(module.__file__ or "")
        others = (each for each in sorted(own.parent.glob("*.py")) if each != own)
        files = [own, *(each for each in others if not each.name.startswith("test"))]
        return cls(tuple(ast.parse(each.read_text(encoding="utf-8")) for each in files))

    @classmethod
    def from_text(cls, text: str) -> Source:
        """Return the source for a text."""
        return cls((ast.parse(text),))

    @cached_property
    def modules(self) -> tuple[tuple[ast.AST, ...], ...]:
        """The nodes of each module."""
        return tuple(tuple(ast.walk(tree)) for tree in self.trees)

    @property
    def nodes(self) -> Iterator[ast.AST]:
        """All nodes of all modules."""
        return chain.from_iterable(self.modules)

    @property
    def bypasses_session(self) -> bool:
        """Whether it makes HTTP calls itself, or stores something in the browser's session."""
        return any(
            (isinstance(node, ast.Call) and is_own_http_call(node.func)) or is_session(node)
            for node in self.nodes
        )

    @property
    def settings(self) -> frozenset[str]:
        """The names of the settings with a single value that it reads. "key" is the app's."""
        names = {name for nodes in self.modules for name in settings_read_in(nodes)}
        reads_key = any(isinstance(node, ast.Attribute) and is_app_key(node) for node in self.nodes)
        return frozenset(names | ({"key"} if reads_key else set()))

    @property
    def callback_parameters(self) -> frozenset[str]:
        """The callback parameters that it reads besides the code."""
        methods = (each for each in self.nodes if isinstance(each, ast.FunctionDef))
        return frozenset(
            name
            for method in methods
            if method.name in CALLBACK_METHODS
            for node in ast.walk(method)
            for name in parameters_read_in(node)
        )

    def strings_in(self, function: str) -> frozenset[str]:
        """Return the strings in a function, such as the names of a response's members."""
        methods = (each for each in self.nodes if isinstance(each, ast.FunctionDef))
        return frozenset(
            node.value
            for method in methods
            if method.name == function
            for node in ast.walk(method)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )


def settings_read_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Return the name of each setting that is read, unless its default is a list or a dict."""
    constants = assigned_constants(nodes)
    for node in nodes:
        name, default = read_setting(node)
        if not name or name.lower() in GENERIC_SETTINGS:
            continue
        value = (
            constants.get(default.id) if isinstance(default, ast.Name) else constant_value(default)
        )
        if value is None or isinstance(value, str | bool):
            yield name


def read_setting(node: ast.AST) -> tuple[str, ast.AST | None]:
    """Return the name and the default of the setting that is read here, or ""."""
    if isinstance(node, ast.Subscript) and is_settings(node.value):
        return constant_text(node.slice), ast.Constant(None)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and node.args
        and is_settings(node.func.value)
    ):
        default = node.args[1] if len(node.args) > 1 else ast.Constant(None)
        return constant_text(node.args[0]), default
    return "", None


def constant_text(node: ast.AST) -> str:
    """Return the string of a constant, or ""."""
    value = constant_value(node)
    return value if isinstance(value, str) else ""


def is_settings(node: ast.AST) -> bool:
    """Whether an expression is the provider's settings, by its name.

    The settings of all providers do not count: a provider's are read from them.
    """
    text = ast.unparse(node)
    of_all = "PROVIDERS.get(", "'SOCIALACCOUNT_PROVIDERS', {}).get("
    return text.endswith(("settings", "get_settings()")) or any(each in text for each in of_all)


def assigned_constants(nodes: Iterable[ast.AST]) -> dict[str, Any]:
    """Return the names that are assigned a string, a number or a boolean."""
    return {
        node.targets[0].id: constant_value(node.value)
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def constant_value(node: ast.AST | None) -> Any:
    """Return the value of a constant; UNKNOWN for anything else."""
    return node.value if isinstance(node, ast.Constant) else UNKNOWN


def is_own_http_call(func: ast.expr) -> bool:
    """Whether a call makes an HTTP request without our session."""
    if isinstance(func, ast.Name):
        return func.id in HTTP_NAMES
    if not isinstance(func, ast.Attribute) or func.attr in HARMLESS_NAMES:
        return False
    return ast.unparse(func).split(".")[0] in HTTP_NAMES


def is_session(node: ast.AST) -> bool:
    """Whether this is the browser session of a request."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr.endswith("session")
        and ast.unparse(node.value).endswith("request")
    )


def is_app_key(node: ast.Attribute) -> bool:
    """Whether this is `app.key`."""
    return node.attr == "key" and ast.unparse(node.value).split(".")[-1] == "app"


def parameters_read_in(node: ast.AST) -> Iterable[str]:
    """Return the parameter of the request that is read here."""
    text = ast.unparse(node) if isinstance(node, ast.Call | ast.Subscript) else ""
    if isinstance(node, ast.Call) and "get_request_param(" in text[:40] and len(node.args) > 1:
        return [constant_value(node.args[1])]
    if isinstance(node, ast.Call) and "request.GET.get(" in text[:30] and node.args:
        return [constant_value(node.args[0])]
    if isinstance(node, ast.Subscript) and "request.GET[" in text[:30]:
        return [constant_value(node.slice)]
    return []
