"""The list of abuse and faults, and the tests that prove each case: docs/security-cases.md.

A test carries the numbers of its cases at the beginning of its name. After a change of either,
`python -m tests.abuse` writes the page anew.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from portal.running.places import ROOT

PAGE = ROOT / "docs" / "security-cases.md"
FOLDERS = ("connections", "portal", "projects", "server", "journeys")
# Letters with two figures are vectors of WeChat's own list.
NUMBER = re.compile(r"(a?[1-9]\d?|[b-z]\d\d)_")

HEAD = """# Abuse and faults

Each case says what is tried and what must come of it; the tests beside it carry its number in
their names. `python -m tests.abuse` writes this page, and a test compares it. Numbers that are
missing belong to what does not exist here: signing in to other programs with accounts of Menkou,
exports, domains of one's own.
"""
COLUMNS = "| case | what is tried | what must come of it | tests |\n|---|---|---|---|\n"

# Number: what is tried, and what must come of it.
CASES = {
    "The form of a connection": {
        "1": (
            "Addresses of private networks in every disguise; redirects; names that change",
            "an error at the field, and nobody is asked",
        ),
        "4": (
            "Another address, Client ID or way of authentication, and an empty secret",
            "the secret is asked for again, and the saved one is sent nowhere",
        ),
        "5": ("The same, while a field is only checked", "no secret leaves"),
        "7": ("NUL, a megabyte, half a surrogate pair, an emoji", "400, 413 or an error; no 500"),
        "8": ("An issuer that is another one, or not encrypted", "refused"),
        "9": ("Two people save at once", "one does; the other is told, and nothing is lost"),
    },
    "Secrets": {
        "11": ("Everything an owner can see, and all that is stored", "no secret, the last four"),
        "12": ("The same as a viewer", "no secret, the last four"),
        "13": ("Ciphertexts of two rows swapped", "a failed sign-in and an alarm; nothing is sent"),
        "16": ("Changing members, deleting, signed in for long", "to be confirmed first"),
        "18": ("DEBUG in production", "does not start"),
        "19": ("Wrong or missing keys", "does not start, or is not ready; nothing is overwritten"),
    },
    "Tenants": {
        "20": ("Every address of a project, as a stranger", "the 404 of what does not exist"),
        "21": ("One project in the path, another in the body", "the body counts for nothing"),
        "22": ("A session carried to another host", "nobody, and valid at home"),
        "23": ("The same person in two projects", "two end users"),
        "24": ("A connection or a state of one project at another", "not found, refused"),
    },
    "Coming back from the provider": {
        "28": ("No, unknown, foreign, used or old state", "refused, and the provider is not asked"),
        "30": ("The state of one connection at another", "refused, and nobody is asked"),
        "31": ("Another issuer in the callback", "refused before the code is sent"),
        "32": ("No nonce, or a foreign one", "refused"),
        "33": ("Token and profile of two people", "refused"),
        "34": ("An address that is not proved by JSON's true", "proves nothing, joins nobody"),
        "36": ("WeChat's errors, another openid, a unionid later", "a page; the person stays one"),
        "38": ("Another name at the provider", "the same account"),
        "39": ("A connection switched off in between", "refused"),
        "40": ("Cancelling, with markup in the provider's words", "a page, and another try works"),
    },
    "The sign-in page": {
        "42": ("`auth_params`, `scope`, `process` in the query", "ignored"),
        "43": ("A start that the page did not send", "no redirect to the provider"),
        "44": ("`next` in hostile forms", "a page of our own"),
        "45": ("A frame around it", "refused, and the button still leads to the provider"),
        "47": ("A thousand tries at once, forged headers", "the limit is exact"),
    },
    "The portal": {
        "55": ("A role that was changed in another session", "counts with the next request"),
        "57": ("The last owner leaves; the second step is passed by", "neither happens"),
    },
    "Database, providers, keys": {
        "58": (
            "Backends ended, PostgreSQL away, its disk full, kill -9",
            "what was acknowledged is there; what was not says so, and works afterwards",
        ),
        "59": ("A provider that hangs, breaks off, lies, floods", "a page in time, for it alone"),
        "60": ("Keys turned, releases changed, in full use", "no sign-in fails, no damage"),
    },
    "What plain django-allauth lets pass": {
        "A1": ('`"email_verified": "false"`, a string', "proves nothing"),
        "A2": ("Another `sub` in the profile", "refused"),
        "A3": ("A foreign nonce", "refused"),
        "A4": ("Parameters of the request in the redirect", "none"),
        "A5": ("One tenant's cookie at another", "nobody"),
        "A6": ("One address in two projects", "two end users"),
        "A7": ("Parallel callbacks with one state", "one succeeds"),
        "A8": ("`errcode` with status 200", "a page, no 500"),
        "A9": ("Names in UTF-8 under another label", "read as UTF-8"),
        "A10": ("Openids of two apps", "never compared; the unionid counts where there is one"),
        "A11": ("Another openid in the profile", "refused"),
        "A12": ("Claims of odd types and lengths", "a page, no 500"),
        "A13": ("NUL in a claim or a field", "400 or a page, no 500"),
        "A14": ("A profile of 10 MB", "cut off, stored nowhere"),
        "A15": ("Discovery that fails or is no discovery", "a page; kept copies serve for a day"),
        "A16": ("A provider that hangs, with a crowd", "everybody else is served"),
        "A17": ("Redirects and private addresses", "not followed, not asked"),
        "A18": ("Secrets in allauth's own tables", "they stay empty"),
        "A19": ("Several apps of one provider, none of another", "told apart by alias, or a 404"),
    },
}


def names(file: Path) -> Iterator[str]:
    """Return the tests of a file, in their order."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name


def numbers(name: str) -> list[str]:
    """Return the cases that a test's name begins with."""
    found, rest = [], name.removeprefix("test_")
    while match := NUMBER.match(rest):
        found.append(match[1].upper())
        rest = rest[match.end() :]
    return [each for each in found if not re.fullmatch(r"[B-Z]\d\d", each)]


def tests() -> dict[str, list[str]]:
    """Return the tests of each case, as folder/file::name."""
    found: dict[str, list[str]] = {}
    for folder in FOLDERS:
        for file in sorted((ROOT / "tests" / folder).glob("test_*.py")):
            for name in names(file):
                for number in numbers(name):
                    found.setdefault(number, []).append(f"{folder}/{file.stem}::{name}")
    return found


def page() -> str:
    """Return the page's Markdown."""
    found = tests()
    parts = [HEAD]
    for title, cases in CASES.items():
        rows = [
            f"| {number} | {tried} | {outcome} | {listed(found.get(number, []))} |\n"
            for number, (tried, outcome) in cases.items()
        ]
        parts.append(f"\n## {title}\n\n{COLUMNS}{''.join(rows)}")
    return "".join(parts)


def listed(found: list[str]) -> str:
    return "<br>".join(f"`{each}`" for each in sorted(found))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
