"""What people paste is cleaned by one routine, in every field of every provider."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from connections.fields.cleaning import clean_secret, clean_text
from connections.fields.field import Check, Context, Field, Kind
from connections.forms.validation import check_values
from connections.providers import catalogue
from connections.providers.definition import Definition
from connections.values.sites import Site
from tests.rows import each_row
from tests.samples.sample import sample_of

SITE = Site("https", "acme.login.test", "/sso/oauth2/callback/mine")
OWN = catalogue.PROVIDERS
LINES = (Kind.LINES, Kind.SECRET_LINES)
Wrap = Callable[[Field, str], str]


def full_width(value: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in value)


# Around every value, of whatever kind; all of it disappears without a word.
SILENT: dict[str, Wrap] = {
    "spaces": lambda field, value: f" \t{value}\u00a0\u3000",
    "line breaks": lambda field, value: f"\r\n{value}\n\n",
    "byte order mark": lambda field, value: f"\ufeff{value}\u200b\u2060",
}
# Around ids and addresses; what was removed is said.
NOTICED: dict[str, Wrap] = {
    "straight quotes": lambda field, value: f'"{value}"',
    "curly quotes": lambda field, value: f"\u201c{value}\u201d",
    "backticks": lambda field, value: f"`{value}`",
    "angle brackets": lambda field, value: f"<{value}>",
    "corner brackets": lambda field, value: f"\u300c{value}\u300d",
    "comma": lambda field, value: f"{value},",
    "semicolon": lambda field, value: f"'{value}';",
    "label": lambda field, value: f"{field.label}: {value}",
    "full-width colon": lambda field, value: f"{field.label}\uff1a{value}",
}
# Inside ids and addresses; it disappears without a word.
INSIDE: dict[str, Wrap] = {
    "line break": lambda field, value: f"{value[:3]}\n{value[3:]}",
    "zero-width space": lambda field, value: f"{value[:3]}\u200b{value[3:]}",
    "full width": lambda field, value: full_width(value),
}


def typed(definition: Definition) -> dict[str, Any]:
    return {**sample_of(definition.id).filled_in, "alias": "mine", "enabled": True}


def pasted(definition: Definition, wrap: Wrap, *kinds: Kind) -> Check:
    """Check what a provider's sample fills in, with something around each value of some kinds."""
    values = typed(definition)
    for each in definition.fields:
        if each.kind in kinds and values.get(each.name) and each.name != "scopes":
            values[each.name] = wrap(each, values[each.name])
    return check_values(definition, values, Context(provider=definition.id, site=SITE))


def clean_values(definition: Definition) -> dict[str, Any]:
    context = Context(provider=definition.id, site=SITE)
    return check_values(definition, typed(definition), context).values


EVERY = each_row("definition", [each for each in map(catalogue.get, OWN) if each.fields])


@EVERY
def test_what_surrounds_a_value_is_removed_in_every_field(definition: Definition) -> None:
    expected = clean_values(definition)
    for name, wrap in SILENT.items():
        found = pasted(definition, wrap, Kind.TEXT, Kind.SECRET, *LINES)
        assert found.values == expected, name
        assert not found.errors, name


@EVERY
def test_what_does_not_belong_to_an_id_is_removed_in_every_field(definition: Definition) -> None:
    expected = clean_values(definition)
    for name, wrap in (NOTICED | INSIDE).items():
        found = pasted(definition, wrap, Kind.TEXT)
        assert found.values == expected, name
        assert not found.errors, name


@EVERY
@each_row("name", INSIDE)
def test_nothing_inside_a_secret_is_changed(definition: Definition, name: str) -> None:
    secrets = [each for each in definition.fields if each.kind is Kind.SECRET]

    found = pasted(definition, INSIDE[name], Kind.SECRET)

    refused = {each.field: each.code for each in found.errors}
    entered = {each.name for each in secrets if typed(definition).get(each.name)}
    assert {*refused} >= entered
    assert set(refused.values()) <= {"pasted", "secret_in_wrong_field"}


@EVERY
@each_row("name", [each for each in NOTICED if "colon" not in each])
def test_quotes_around_a_secret_are_doubted_and_a_label_is_removed(
    definition: Definition, name: str
) -> None:
    expected = clean_values(definition)

    found = pasted(definition, NOTICED[name], Kind.SECRET)

    for each in definition.fields:
        if each.kind is not Kind.SECRET or not typed(definition).get(each.name):
            continue
        if name == "label":
            assert found.values[each.name] == expected[each.name]
        else:
            codes = {one.code for one in found.issues if one.field == each.name}
            assert codes & {"pasted", "known_mistake"}, each.name


@EVERY
@each_row("name", ["straight quotes", "curly quotes", "backticks", "comma"])
def test_what_surrounds_a_key_is_removed(definition: Definition, name: str) -> None:
    found = pasted(definition, NOTICED[name], *LINES)

    if not any(each.name == "metadata_xml" for each in definition.fields):
        assert not found.errors
        assert found.values == clean_values(definition)


# --- single values ----------------------------------------------------------------------------


@each_row(
    "text, value",
    [
        ("Client ID: abc", "abc"),
        ("client_id=abc", "abc"),
        ('"client_id": "abc",', "abc"),
        ("App ID：wx1", "wx1"),
        ("Issuer URL: https://idp.example/x", "https://idp.example/x"),
        ("https://idp.example/x", "https://idp.example/x"),
        ("urn:example:idp", "urn:example:idp"),
        ("http://schemas.example/claims/name", "http://schemas.example/claims/name"),
        ("“abc”,", "abc"),
        ("<https://idp.example/x>", "https://idp.example/x"),
        ('a"b"c', 'a"b"c'),
        ("ａｂｃ", "abc"),
        ("", ""),
        ('"', '"'),
        ('""', ""),
        (",", ""),
    ],
)
def test_a_value_of_one_line(text: str, value: str) -> None:
    assert clean_text(text, "Issuer URL").value == value


@each_row(
    "secret",
    ["a b", "p\u00e4ss", "pa\u0308ss", "x;y,z", "\ufb01", "key=value==", "secret: x", "a<b>"],
)
def test_a_secret_with_unusual_characters_stays_as_it_is(secret: str) -> None:
    found = clean_secret(f"  {secret}\n", "Client Secret")

    assert (found.value, found.notices, found.warning, found.error) == (secret, (), "", "")


def test_what_is_said_about_a_secret_does_not_quote_it() -> None:
    found = clean_secret("“hidden-value”", "Client Secret")

    assert "hidden" not in json.dumps([str(found.warning), str(found.error)])
    assert found.value == "“hidden-value”"
