"""Fields and mistakes that many providers share, and the fields that every connection has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.fields.field import Check, Field, Kind, Mistake, Section, Shape, Text
from projects.project_ids import check_not_reserved

# Both patterns take the value after it was cleaned: one line, at most `max_length` characters.
URL_OR_EMAIL = Mistake(
    re.compile(r".*(?:://|@).*", re.DOTALL),
    _("This is a web or email address, not a value from the provider's console."),
)
KEY_OR_CERTIFICATE = Mistake(
    re.compile(r"-----BEGIN.*", re.DOTALL | re.IGNORECASE),
    _("This is a key or a certificate, not the value that is asked for here."),
)
COMMON_MISTAKES = (URL_OR_EMAIL, KEY_OR_CERTIFICATE)
CLIENT_ID = _("Client ID")
CLIENT_SECRET = _("Client Secret")


# A regular expression that the whole value matches, and the sentence for such a value.
Sentences = Mapping[str | re.Pattern[str], Text]


def known_mistakes(sentences: Sentences) -> tuple[Mistake, ...]:
    """Return the mistakes that a field names."""
    return tuple(mistake(pattern, text) for pattern, text in sentences.items())


def mistake(pattern: str | re.Pattern[str], text: Text) -> Mistake:
    """Return a mistake, from the pattern that the whole value matches."""
    return Mistake(re.compile(pattern), text)


def usual(pattern: str | re.Pattern[str]) -> Shape:
    """Return what a value usually looks like; another one may be saved all the same."""
    return Shape(
        re.compile(pattern),
        _("This does not look like the usual value. Check that you copied the right one, whole."),
    )


def only(pattern: str | re.Pattern[str], text: Text) -> Shape:
    """Return the only form that a value has, by the provider's documentation."""
    return Shape(re.compile(pattern), text, is_error=True)


def text_field(
    name: str,
    label: Text,
    help: Text = "",
    *,
    mistakes: Sentences | None = None,
    doubts: Sentences | None = None,
    **options: Any,
) -> Field:
    """Return a field that must be filled in, unless the options say otherwise."""
    options["mistakes"] = known_mistakes(mistakes or {})
    options["doubts"] = known_mistakes(doubts or {})
    return Field(name=name, label=label, help=help, **options)


def advanced(name: str, label: Text, help: Text, **options: Any) -> Field:
    """Return a field that most people leave empty."""
    return text_field(name, label, help, required=False, advanced=True, **options)


def flag(name: str, label: Text, help: Text, **options: Any) -> Field:
    """Return a box that most people leave empty."""
    return advanced(name, label, help, kind=Kind.FLAG, initial=False, **options)


def choice(
    name: str, label: Text, choices: tuple[tuple[str, Text], ...], help: Text, **options: Any
) -> Field:
    """Return a choice of values; the first one is chosen at the beginning."""
    standard = {"kind": Kind.CHOICE, "choices": choices, "initial": choices[0][0]}
    return Field(name=name, label=label, help=help, **{**standard, **options})


def provider_id(
    name: str, label: Text, help: Text = "", *, mistakes: Sentences | None = None, **options: Any
) -> Field:
    """Return the field for an id from a provider's console; URLs and emails are mistakes."""
    shared: Sentences = {each.pattern: each.text for each in COMMON_MISTAKES}
    return text_field(name, label, help, mistakes={**(mistakes or {}), **shared}, **options)


def scopes(default: str = "", *, openid: bool = False, **options: Any) -> Field:
    """Return the field for scopes, separated by spaces, without duplicates."""

    def check(found: Check, value: str) -> str:
        words = (value or default).split()
        if openid and "openid" not in words:
            raise ValidationError(
                _("Add openid: without it the provider does not identify the user."), code="openid"
            )
        return " ".join(dict.fromkeys(words))

    shared = {"initial": default, "required": False, "advanced": True, "check": check}
    return Field(name="scopes", label=_("Scopes"), **{**shared, **options})


def client_id(label: Text = CLIENT_ID, help: Text = "", **options: Any) -> Field:
    """Return the field for the client id; a new value requires new secrets."""
    return provider_id("client_id", label, help, **{"moves_secrets": True, **options})


def client_secret(label: Text = CLIENT_SECRET, help: Text = "", **options: Any) -> Field:
    """Return the field for a client secret of one line."""
    standard = {"kind": Kind.SECRET, "differs_from": ("client_id",)}
    return provider_id("client_secret", label, help, **{**standard, **options})


def hex_secret(length: int, label: Text = CLIENT_SECRET, help: Text = "", **options: Any) -> Field:
    """Return the field for a client secret that is a hexadecimal number of so many digits."""
    standard = {
        "stray": re.compile(rf"(?<![0-9a-fA-F])[0-9a-fA-F]{{{length}}}(?![0-9a-fA-F])"),
        "shape": usual(rf"[0-9a-f]{{{length}}}"),
    }
    usual_help = format_lazy(_("{length} digits or letters a to f."), length=length)
    return client_secret(label, help or usual_help, **{**standard, **options})


ALIAS = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")


def label_languages() -> dict[str, str]:
    """Return the language code of each button label field."""
    return {f"label_{code.replace('-', '_')}": code for code, _name in settings.LANGUAGES}


def check_alias(found: Check, value: str) -> str:
    """Return the alias; raises ValidationError unless it is free and fit for an address."""
    if not ALIAS.fullmatch(value):
        raise ValidationError(
            _(
                "Use up to 40 lower-case letters, digits, hyphens and underscores; "
                "begin and end with a letter or a digit."
            ),
            code="shape",
        )
    if value == "add":
        # Its page would have the URL of the catalogue.
        raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")
    # What is reserved on hosts is free below /sso/ for the provider of that name.
    if value != found.context.provider:
        check_not_reserved(value)
    if any(each.alias == value for each in found.context.siblings):
        raise ValidationError(
            _("Another connection of this project has this alias. Choose another one."),
            code="taken",
        )
    return value


def common_fields() -> tuple[Field, ...]:
    """Return the fields, in the order of the page; a new language adds one."""
    names: dict[str, Any] = dict(settings.LANGUAGES)
    labels = [
        Field(
            name=name,
            label=format_lazy(_("Button label in {language}"), language=names[code]),
            kind=Kind.NAME,
            max_length=40,
            required=False,
            is_setting=False,
            section=Section.BUTTON,
        )
        for name, code in label_languages().items()
    ]
    return (
        *labels,
        Field(
            name="alias",
            label=_("Alias"),
            max_length=40,
            check=check_alias,
            help=_("Part of the callback URL. It cannot be changed after the connection is saved."),
            is_setting=False,
            section=Section.BUTTON,
        ),
        Field(
            name="enabled",
            label=_("Show the button on the sign-in page"),
            kind=Kind.FLAG,
            required=False,
            initial=True,
            is_setting=False,
            section=Section.BUTTON,
        ),
    )
