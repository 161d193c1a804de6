"""The list of abuse and faults, and the tests that prove each case: docs/security-cases.md.

A test carries the numbers of its cases at the beginning of its name. After a change of either,
`python -m tests.abuse` writes the page anew.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from portal.devtools.folders import ROOT

PAGE = ROOT / "docs" / "security-cases.md"
FOLDERS = (
    "core",
    "signin",
    "applications",
    "connections",
    "portal",
    "projects",
    "server",
    "journeys",
    "running",
    "fuzz",
)
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
        "47": ("Hundreds of tries at once, forged headers", "the limit is exact"),
    },
    "The portal": {
        "55": ("A role that was changed in another session", "counts with the next request"),
        "57": ("The last owner leaves; the second step is passed by", "neither happens"),
        "82": (
            "Wrong passwords from another address, from many, in another spelling",
            "limited, and the owner can sign in",
        ),
        "83": (
            "The cookie of a known browser, used up, forged, or of another account",
            "signs nobody in; counted like a stranger",
        ),
        "84": (
            "Wrong codes by somebody who knows the password",
            "limited, and the owner can go on",
        ),
        "85": ("Password resets that a stranger asks for", "few emails; the owner can ask"),
        "86": ("Words of a log line, sent as cookies, codes and passwords", "the line stays whole"),
        "87": (
            "More connections, members, projects and passkeys than there may be, also at once",
            "a message, and no row",
        ),
        "88": ("A project ID like an encoded international name", "refused beside its field"),
    },
    "Database, providers, keys": {
        "58": (
            "Backends ended, PostgreSQL away, its disk full, kill -9",
            "what was acknowledged is there; what was not says so, and works afterwards",
        ),
        "59": ("A provider that hangs, breaks off, lies, floods", "a page in time, for it alone"),
        "60": ("Keys turned, releases changed, in full use", "no sign-in fails, no damage"),
        "77": (
            "A hundred host names whose name servers never answer, in one project",
            "four threads hang; other projects and the catalogue's providers are found at once",
        ),
        "78": (
            "A name that has another address by the time of the connection",
            "the address that was checked is reached, or none",
        ),
        "79": (
            "More saves than there are threads, at an issuer that does not answer",
            "a quarter of the threads waits; the others say to save again; visitors are served",
        ),
        "80": ("Field checks at an issuer that does not answer", "not checked, counted by person"),
        "81": ("Tests of connections whose provider does not answer", "a place of the forms"),
    },
    "SAML": {
        "61": (
            "Encrypted parts that refer to files, addresses, keys elsewhere, or hold XPath or XSLT",
            "refused before anything is opened or decrypted; the record names the element",
        ),
        "62": (
            "The same in signatures; HMAC, other transforms, several references",
            "refused before anything is verified",
        ),
        "63": ("The same in what is decrypted, and in metadata", "refused"),
        "64": (
            "Documents without end: deep, wide, long, full of new names, entities",
            "refused within limits, in little time; no memory is kept",
        ),
        "65": (
            "Many keys, keys and contents of odd lengths",
            "at most one key is tried, and one answer for all that does not decrypt",
        ),
        "66": ("A response without a sign-in of this browser", "not parsed, nothing recorded"),
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
    "Long texts": {
        "67": ("A text made for each regular expression, as long as any request", "read quickly"),
        "68": (
            "Combining marks, dashes, pieces of keys, keys that take long to check and the like in "
            "every field, query and header",
            "an error of the field in less than a second; what was typed is kept",
        ),
        "69": ("A passkey of nested lists, or a number of many digits", "not accepted; no 500"),
    },
    "What a provider sends": {
        "71": ("Addresses that are endless, not ASCII or ambiguous", "refused before being parsed"),
        "72": (
            "JSON that is deep, full of values, or holds NaN, 1e999 or 5,000 digits",
            "an error at the field or a page, no 500",
        ),
        "73": (
            "Keys: thousands, with a private half, of 16,384 bits, with odd exponents or curves",
            "left out at once; a good key beside them counts",
        ),
        "74": (
            "ID tokens with `crit`, `zip`, a huge `kid`, or times that are none",
            "refused before a key is tried",
        ),
        "75": (
            "NUL, half a surrogate pair and endless texts in each value of each provider",
            "a page or a person without it, no 500",
        ),
        "76": (
            "Keys or certificates replaced under the same name; forged signatures in numbers",
            "the next sign-in works; the provider is asked once in ten seconds",
        ),
        "99": (
            "Trailers, small chunks or answers of status 100 without an end",
            "cut off where an answer is too long, before they cost a second",
        ),
    },
    "The installation": {
        "89": ("A foreign Host at the proxy, or another name", "no page and no certificate"),
        "90": ("Bodies that arrive slowly, through the proxy", "they reach no node unfinished"),
        "91": (
            "Workers killed with requests that they had not read",
            "the proxy repeats what changes nothing; a POST that was sent is never repeated",
        ),
        "92": (
            "A statement that fails, with a session key in it",
            "the key is neither in PostgreSQL's log nor in ours",
        ),
        "93": (
            "A keyset file that is damaged, replaced, opened to others or gone while it is in use",
            "not ready within a second, and the log says why; the process goes on with its keys",
        ),
        "94": ("Secrets in the environment of children", "each has only what it needs"),
        "95": ("Production that was not told of its proxies", "does not start, and says why"),
        "98": (
            "A Content-Type with an encoding for bytes, an unknown one, or a new one each time",
            "400 and one line in the log; the names are not kept in memory",
        ),
    },
    "Whatever comes": {
        "96": (
            "Hostile callbacks, SAML responses and metadata, and texts in every field of a form",
            "an answer in time, in little memory, without a secret; no 500",
        ),
        "97": (
            "Hostile answers of every provider: tokens, profiles, discovery, keys, metadata",
            "an answer in time, in little memory, without a secret; no 500",
        ),
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
