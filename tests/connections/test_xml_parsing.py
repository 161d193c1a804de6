"""XML from outside is parsed in one place, which limits it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from portal.devtools.folders import ROOT

PARSERS = {"lxml", "onelogin", "xmlsec", "xml", "defusedxml", "pyexpat"}
# What each module may import: these write XML, or verify what `xml_parser` has read.
ALLOWED = {
    "connections/protocols/saml/xml_parser.py": {"lxml", "onelogin"},
    "connections/protocols/saml/request.py": {"lxml"},
    "connections/protocols/saml/response.py": {"onelogin"},
    # Quotes an attribute.
    "connections/protocols/saml/decryption.py": {"xml"},
}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_64_no_other_module_parses_xml() -> None:
    found = {}
    for package in ("connections", "portal", "projects", "simulator"):
        for file in (ROOT / package).rglob("*.py"):
            libraries = PARSERS & set(imported(ast.parse(file.read_text(encoding="utf-8"))))
            if libraries:
                found[str(file.relative_to(ROOT))] = libraries

    assert found == ALLOWED
    request = (ROOT / "connections/protocols/saml/request.py").read_text(encoding="utf-8")
    assert "fromstring" not in request
    assert "parse(" not in request
