"""The fields of a connection as values, from which forms, validation and docs are built."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connections.values.sites import Site

Text = str | Promise

# The code of the issue that a secret was entered in a field which would show it again.
STRAY = "secret_in_wrong_field"
STRAY_SECRET = _(
    "This looks like the {secret}, so it was not saved. Enter it in the field of that name."
)


class Kind(StrEnum):
    """What a field holds, which decides its control and how its value is cleaned."""

    TEXT = "text"  # one line, copied from a provider's console
    LINES = "lines"  # several lines, such as certificates
    NAME = "name"  # words that people read on a page
    SECRET = "secret"  # noqa: S105 - one line; sealed, never shown again
    # Several lines, such as a private key; sealed, never shown again.
    SECRET_LINES = "secret_lines"  # noqa: S105 - the name of a kind
    MADE_SECRET = "made_secret"  # noqa: S105 - a secret that no control has: `complete` makes it
    CHOICE = "choice"
    CHOICES = "choices"  # any number of the listed values
    FLAG = "flag"
    DATE = "date"  # a day, as YYYY-MM-DD; "" if none was entered
    FILE = "file"  # a text file whose content fills another field
    COMPUTED = "computed"  # a setting that no control has: the check or the look-up finds it


SECRET_KINDS = frozenset({Kind.SECRET, Kind.SECRET_LINES, Kind.MADE_SECRET})
# Values that are computed, not entered.
FOUND_KINDS = frozenset({Kind.COMPUTED, Kind.MADE_SECRET})


class Section(StrEnum):
    """The section of the connection's page that has a field."""

    CREDENTIALS = "credentials"
    BUTTON = "button"
    ACCESS = "access"


@dataclass(frozen=True)
class Mistake:
    """A known mistake: a pattern, and the message that explains it."""

    pattern: re.Pattern[str]
    text: Text


@dataclass(frozen=True)
class Shape:
    """The usual format of a value, and the message for other values.

    A mismatch is a warning that can be overruled, unless the provider documents the format.
    """

    pattern: re.Pattern[str]
    text: Text
    is_error: bool = False


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a connection."""

    name: str
    label: Text
    help: Text = ""
    kind: Kind = Kind.TEXT
    required: bool = True
    max_length: int = 200
    initial: Any = ""
    choices: tuple[tuple[str, Text], ...] = ()
    rows: int = 5
    # Only for files: the types offered by the browser, and the field that takes the content.
    accept: str = ""
    fills: str = ""
    section: Section = Section.CREDENTIALS
    # Shown under advanced settings.
    advanced: bool = False
    # False: only used for validation, not stored in the settings.
    is_setting: bool = True
    # False: an empty value is not stored, as if the field did not exist.
    is_kept_empty: bool = True
    # It decides where a secret is sent, so a new value requires the secrets again.
    moves_secrets: bool = False
    lower_case: bool = False
    mistakes: tuple[Mistake, ...] = ()
    # Values that are possible, but probably a mistake: each is a warning that can be overruled.
    doubts: tuple[Mistake, ...] = ()
    # Names of fields whose value this one never has, nor one of their shape in place of its own.
    differs_from: tuple[str, ...] = ()
    shape: Shape | None = None
    # A rule in code: takes the value, returns the cleaned value or raises ValidationError.
    check: Callable[[Check, Any], Any] | None = None
    # Only for files: raises ValidationError if the text of the file is not usable.
    check_file: Callable[[str], None] = lambda text: None
    # Only for secrets: a pattern that only such a secret matches, and the message if it was entered
    # in another field.
    stray: re.Pattern[str] | None = None
    stray_text: Text = STRAY_SECRET
    # Only for secrets: whether the provider's console shows a day on which it expires.
    shows_expiry: bool = False

    @property
    def is_entered(self) -> bool:
        """Whether a person or a program gives the value."""
        return self.kind not in FOUND_KINDS

    @property
    def is_secret(self) -> bool:
        """Whether the value is sealed and never shown again."""
        return self.kind in SECRET_KINDS

    @property
    def is_stored(self) -> bool:
        """Whether the value becomes a setting of the connection."""
        return self.is_setting and not self.is_secret and self.kind != Kind.FILE

    @property
    def stray_sentence(self) -> str:
        """The sentence for a secret of this kind in another field, in the reader's language."""
        return str(self.stray_text).format(secret=self.label)


class Level(StrEnum):
    """What an issue means for saving."""

    ERROR = "error"  # cannot be saved
    WARNING = "warning"  # can be saved once somebody accepts it
    NOTICE = "notice"  # says what was changed in the value


@dataclass(frozen=True)
class Issue:
    """A message about a field, or about the whole form if `field` is ""."""

    field: str
    code: str
    message: Text
    level: Level = Level.ERROR


@dataclass(frozen=True)
class Sibling:
    """Another connection of the project, as far as a check may compare with it."""

    alias: str
    provider: str
    settings: Mapping[str, Any]
    # The button labels that were entered, by language.
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a check knows besides the values."""

    # The provider's id.
    provider: str
    site: Site
    siblings: Sequence[Sibling] = ()
    # The edited connection's values by field, None for a new connection.
    before: Mapping[str, Any] | None = None
    saved_secrets: frozenset[str] = frozenset()
    # Whether secrets may be missing, as in a draft.
    may_lack_secrets: bool = False


@dataclass
class Check:
    """The validation of one mapping, with its values and issues."""

    fields: tuple[Field, ...]
    context: Context
    values: dict[str, Any] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    # The field whose rule is running.
    current: str = ""

    # --- for the rules of a provider --------------------------------------------------------------

    def error(self, field: str, code: str, message: Text) -> None:
        """Refuse the field's value."""
        self.issues.append(Issue(field, code, message))
        self.values.pop(field, None)

    def warn(self, field: str, code: str, message: Text) -> None:
        """Add a warning to a field if its value has changed."""
        if not field or self.has_changed(field):
            self.issues.append(Issue(field, code, message, Level.WARNING))

    def notice(self, field: str, message: Text) -> None:
        """Add a notice about a value that was converted."""
        self.issues.append(Issue(field, "changed", message, Level.NOTICE))

    def has_changed(self, field: str) -> bool:
        """Whether the value differs from the saved one; a secret that was entered always does."""
        before = self.context.before
        if before is None or field not in before:
            return True
        return bool(self.values.get(field) != before[field])

    def failed(self, *fields: str) -> bool:
        """Whether one of the fields has an error; without arguments, any field."""
        return any(not fields or each.field in fields for each in self.errors)

    # --- results ----------------------------------------------------------------------------------

    @property
    def errors(self) -> list[Issue]:
        """The issues that prevent saving."""
        return [each for each in self.issues if each.level is Level.ERROR]

    @property
    def warnings(self) -> list[Issue]:
        """The issues that must be accepted before saving."""
        return [each for each in self.issues if each.level is Level.WARNING]

    @property
    def withheld(self) -> set[str]:
        """The fields that held a secret of another field; they are rendered empty."""
        return {each.field for each in self.issues if each.code == STRAY}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings to save, of values that have no error."""
        return {
            each.name: self.values[each.name]
            for each in self.fields
            if each.is_stored and (each.is_kept_empty or self.values[each.name])
        }

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets that were entered or made."""
        names = [each.name for each in self.fields if each.is_secret]
        return {name: self.values[name] for name in names if self.values.get(name)}


@dataclass(frozen=True)
class LookUp:
    """A request to the provider before a connection is saved, such as OpenID Connect discovery.

    `ask` takes the values and returns further ones to save with them. It raises SignInFailed, whose
    cause is then explained at `field`, or a ValidationError by field. It is not called while one of
    the fields in `needs` has an error.
    """

    field: str
    needs: tuple[str, ...]
    fetch: Callable[[Mapping[str, Any], Context], Mapping[str, Any]]
