"""The Django form of a connection, built from its fields; `checking.check` validates it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from connections.access.sentences import access_sentence
from connections.fields.common import ALIAS, common_fields, label_languages
from connections.fields.field import (
    Check,
    Context,
    Field,
    Issue,
    Kind,
    Level,
    Section,
    Sibling,
    Text,
)
from connections.forms import validation
from connections.forms.aliases import propose_alias
from connections.forms.edit_base import EditBase
from connections.forms.equal_labels import warn_of_equal_labels
from connections.forms.excluded_people import warn_of_excluded_people
from connections.forms.text_files import TextFileField
from connections.identities import namespaces
from connections.providers.definition import Definition
from connections.values.sites import Site
from core.http import form_calls
from core.text import display_name
from projects.models import Project

if TYPE_CHECKING:
    from connections.models import Connection

# The first part of the code of the warning that people get new accounts.
NEW_ACCOUNTS = "new_accounts"
TYPED_SECRET_KEPT = _(
    "The value that you entered is kept for this form for an hour. Leave the field empty to save "
    "it, or enter another one."
)
COPIED_VALUE_ATTRIBUTES = {"autocomplete": "off", "spellcheck": "false", "class": "mono"}


@dataclass(frozen=True)
class Proposal:
    """The values of a valid form. `repr` leaves out the secrets."""

    alias: str
    labels: dict[str, str]
    enabled: bool
    settings: dict[str, Any]
    secrets: dict[str, str]
    # Whether somebody has agreed that people get new accounts, where the settings bring that about.
    accepts_new_accounts: bool = False

    def __repr__(self) -> str:
        return f"<Proposal {self.alias}>"


@dataclass(frozen=True)
class EditConflict:
    """A concurrent change to a field. For a secret, the values are fingerprints and not shown."""

    was: Any
    now: Any
    # What the person typed, or None if they did not change the field.
    mine: Any
    is_secret: bool
    who: str
    at: datetime
    by_same_person: bool

    @property
    def is_contested(self) -> bool:
        """Whether the person typed another value than the current one."""
        # The record leaves out a label that is empty.
        return self.mine is not None and (self.mine or "") != (self.now or "")


class SecretText(forms.Textarea):
    """A text area that is always rendered empty."""

    def format_value(self, value: Any) -> str:
        return ""


class TextControl(forms.CharField):
    """A text field whose value is compared and shown as it would be saved."""

    def __init__(self, field: Field, **options: Any) -> None:
        self.field = field
        super().__init__(max_length=field.max_length, **options)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return (
            validation.clean(self.field, text).value if len(text) <= self.field.max_length else text
        )


def form_field(field: Field) -> forms.Field:
    """Return the Django form field; it renders and compares values but validates nothing."""
    shared: dict[str, Any] = {
        "label": field.label,
        "help_text": field.help,
        "required": field.required,
        "initial": None if field.is_secret else field.initial,
    }
    match field.kind:
        case Kind.FLAG:
            return forms.BooleanField(**{**shared, "initial": bool(field.initial)})
        case Kind.CHOICE:
            return forms.ChoiceField(choices=field.choices, **shared)
        case Kind.CHOICES:
            return forms.MultipleChoiceField(choices=field.choices, **shared)
        case Kind.FILE:
            return TextFileField(
                fills=field.fills, longest=field.max_length, accept=field.accept, **shared
            )
        case Kind.SECRET:
            widget: forms.Widget = forms.PasswordInput(
                attrs=COPIED_VALUE_ATTRIBUTES, render_value=False
            )
        case Kind.SECRET_LINES:
            widget = SecretText(attrs={**COPIED_VALUE_ATTRIBUTES, "rows": field.rows})
        case Kind.LINES:
            widget = forms.Textarea(attrs={**COPIED_VALUE_ATTRIBUTES, "rows": field.rows})
        case Kind.DATE:
            # The browser's own calendar, whose value is the day as it is stored.
            widget = forms.TextInput(attrs={"type": "date"})
        case Kind.NAME:
            widget = forms.TextInput()
        case _:
            widget = forms.TextInput(attrs=COPIED_VALUE_ATTRIBUTES)
    return TextControl(field, widget=widget, **shared)


class ConnectionForm(forms.Form):
    """A provider's fields and the common ones.

    It starts from `base`, by default the connection's live values. `is_valid` makes no requests to
    other servers. Call `look_up` before saving `proposal`.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile[Any]] | None = None,
        *,
        definition: Definition,
        project: Project,
        connection: Connection | None = None,
        site_scheme: str = "https",
        base: EditBase | None = None,
        as_draft: bool = False,
        editor_address: str = "",
    ) -> None:
        self.definition = definition
        self.project = project
        self.connection = connection
        self.given_base = base
        # Whether the values are saved without being published.
        self.as_draft = as_draft
        self.site_scheme = site_scheme
        # Of the person who edits, for warnings.
        self.editor_address = editor_address
        self.label_languages = label_languages()
        self.by_name = {each.name: each for each in (*definition.fields, *common_fields())}
        self.checked: Check | None = None
        self.file_issues: list[Issue] = []
        self.file_notices: dict[str, Text] = {}
        # Whether the values are only looked at, so that no warning has to be accepted.
        self.skips_acceptance = False
        # The typed secrets that the server keeps because the form comes back.
        self.typed_secrets: frozenset[str] = frozenset()
        # Concurrent changes by others, by field.
        self.edit_conflicts: dict[str, EditConflict] = {}
        super().__init__(data, files)
        for name, each in self.by_name.items():
            if each.is_entered:
                self.fields[name] = form_field(each)
        self.initial = self.starting_values()
        self.prepare_fields()
        self.take_files()

    # --- initial state ----------------------------------------------------------------------------

    def starting_values(self) -> dict[str, Any]:
        """Return the initial values."""
        if self.saved_values is not None:
            return self.saved_values
        alias = self.definition.proposed_alias or self.definition.id
        return {
            "alias": propose_alias(alias, taken={each.alias for each in self.siblings}),
            **self.definition.starting_values(self.siblings),
        }

    def prepare_fields(self) -> None:
        """Set placeholders; for an existing connection drop the alias and relax saved secrets."""
        for name, language in self.label_languages.items():
            self.fields[name].widget.attrs["placeholder"] = self.definition.button_label(language)
        if self.connection is not None:
            del self.fields["alias"]
        for name in self.saved_secrets & set(self.fields):
            self.fields[name].required = False

    def take_files(self) -> None:
        """Copy the text of uploaded files into the fields they fill, or store their errors."""
        for name in self.file_names:
            if name not in self.files:
                continue
            control: Any = self.fields[name]
            file: Any = self.files[name]
            try:
                text = control.clean(file, None)
                validation.refuse_stray_secret(self.definition.fields, text)
                self.by_name[name].check_file(text)
            except ValidationError as error:
                code, text = error.code or "invalid", " ".join(error.messages)
                self.file_issues.append(Issue(name, code, text))
            else:
                self.data = replace_values(self.data, {control.fills: text})
                file_name = display_name(file.name, longest=100)
                self.file_notices[control.fills] = gettext("Taken from the file %(name)s.") % {
                    "name": file_name
                }
        self.files = MultiValueDict()

    # --- context of the validation ----------------------------------------------------------------

    @cached_property
    def siblings(self) -> list[Sibling]:
        """The project's other connections."""
        others = self.project.connections.all()
        if self.connection is not None:
            others = others.exclude(pk=self.connection.pk)
        return [
            Sibling(*row) for row in others.values_list("alias", "provider", "settings", "labels")
        ]

    @cached_property
    def base(self) -> EditBase | None:
        """What the form starts from, None for a new connection."""
        connection = self.connection
        if self.given_base or connection is None:
            return self.given_base
        return EditBase(
            connection.labels,
            connection.settings,
            connection.enabled,
            frozenset(connection.secrets.values_list("field", flat=True)),
        )

    @cached_property
    def saved_values(self) -> dict[str, Any] | None:
        """The values that the form starts from, by field; None for a new connection."""
        connection, base = self.connection, self.base
        if connection is None or base is None:
            return None
        return {
            **base.settings,
            **self.labels_by_field(base.labels),
            "alias": connection.alias,
            "enabled": base.enabled,
        }

    def labels_by_field(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return button labels by field."""
        return {name: labels.get(language, "") for name, language in self.label_languages.items()}

    @cached_property
    def values_before(self) -> dict[str, Any] | None:
        """The values against which a change causes a warning.

        Labels are compared with the live ones: another connection may have got the label of a draft
        since. So are access rules when they are published: only then somebody is excluded.
        """
        connection, saved = self.connection, self.saved_values
        if connection is None or saved is None:
            return None
        rules = [] if self.as_draft else self.names_in(Section.ACCESS)
        known = {
            name: saved[name]
            for name in saved
            if name not in rules and name not in self.label_languages
        }
        if connection.is_unpublished:
            return known
        live = {name: connection.settings[name] for name in rules if name in connection.settings}
        return {**known, **live, **self.labels_by_field(connection.labels)}

    @property
    def saved_secrets(self) -> frozenset[str]:
        """The names of the secrets that need not be typed."""
        return self.base.secrets if self.base else frozenset()

    @property
    def site(self) -> Site:
        """The sign-in page that the provider will send people back to."""
        alias = self.connection.alias if self.connection else str(self.data.get("alias", ""))
        if not ALIAS.fullmatch(alias):
            alias = self.initial["alias"]
        return Site(self.site_scheme, self.project.host, f"/sso/oauth2/callback/{alias}")

    @property
    def context(self) -> Context:
        """What a check knows besides the values."""
        return Context(
            provider=self.definition.id,
            site=self.site,
            siblings=self.siblings,
            before=self.values_before,
            saved_secrets=self.saved_secrets,
            may_lack_secrets=self.as_draft,
        )

    def entered_values(self) -> dict[str, Any]:
        """Return the submitted values by field."""
        values = {
            name: control.widget.value_from_datadict(self.data, self.files, name)
            for name, control in self.fields.items()
        }
        return {**values, "alias": self.connection.alias} if self.connection else values

    # --- checking ---------------------------------------------------------------------------------

    def full_clean(self) -> None:
        self._errors = ErrorDict(renderer=self.renderer)
        self.cleaned_data = {}
        self.checked = None
        # Query again: a connection may have been added since.
        self.__dict__.pop("siblings", None)
        if self.is_bound:
            self.checked = validation.check_values(
                self.definition, self.entered_values(), self.context, self.file_issues
            )
            if not self.as_draft:
                warn_of_excluded_people(
                    self.checked,
                    definition=self.definition,
                    project=self.project,
                    connection=self.connection,
                    editor_address=self.editor_address,
                )
            self.warn_of_new_accounts()
            self.show_issues()
        elif self.connection is None:
            # Before anything is entered, so that no secret is entered twice.
            self.checked = Check(tuple(self.by_name.values()), self.context, dict(self.initial))
            warn_of_equal_labels(self.definition, self.checked)

    def look_up(self) -> bool:
        """Query the provider where its definition says so; return whether the form is valid.

        Waits for other servers.
        """
        self.errors  # noqa: B018 - asking for the errors is what checks the form
        if self.is_bound and self.checked is not None:
            with form_calls.allow_calls(self.project.pk, fixed_hosts=self.definition.fixed_hosts):
                validation.look_up(self.definition, self.checked)
            self.warn_of_new_accounts()
            self._errors = ErrorDict(renderer=self.renderer)
            self.show_issues()
        return self.is_valid()

    def warn_of_new_accounts(self) -> None:
        """Warn of a change after which people would not be found, at the field that causes it.

        Without the look-up, what the provider says of itself counts as unchanged.
        """
        found, connection = self.checked, self.connection
        if found is None or connection is None:
            return
        found.issues = [each for each in found.issues if not each.code.startswith(NEW_ACCOUNTS)]
        if self.as_draft:
            # Nothing changes for anybody before it is published.
            return
        stored = [each.name for each in self.definition.fields if each.is_stored]
        if found.failed(*stored):
            return
        before = connection.settings
        changed = {
            name: found.values[name]
            for name in stored
            if name in found.values and found.values[name] != before.get(name)
        }
        new = namespaces.namespaces_after(connection, {**before, **changed})
        people = namespaces.count_lost_users(connection, new)
        if not people:
            return
        present = namespaces.current_namespaces(connection)
        causes = (
            name
            for name, value in changed.items()
            if name in self.fields
            and namespaces.namespaces_after(connection, {**before, name: value}) != present
        )
        text = ngettext(
            "%(people)d person has signed in with this connection. If you save this change, this "
            "person gets a new account at the next sign-in. The old account is kept, but this "
            "connection no longer leads to it.",
            "%(people)d people have signed in with this connection. If you save this change, they "
            "get new accounts at their next sign-in. The old accounts are kept, but this "
            "connection no longer leads to them.",
            people,
        ) % {"people": people}
        code = f"{NEW_ACCOUNTS}-{new.code}"
        found.issues.append(Issue(next(causes, ""), code, text, Level.WARNING))

    @property
    def is_busy(self) -> bool:
        """Whether the provider was not queried because of the concurrency limit."""
        return any(self.has_error(name, form_calls.BUSY) for name in self.errors)

    def excuse_busy(self, field: str) -> None:
        """Turn the error of a field that could not be checked yet into a notice."""
        if self.checked is not None and self.has_error(field, form_calls.BUSY):
            del self.errors[field]
            self.checked.issues = [e for e in self.checked.issues if e.code != form_calls.BUSY]
            self.checked.notice(
                field, _("This has not been checked yet. It is checked when you save.")
            )

    def show_issues(self) -> None:
        """Add the issues to the form's errors, and show the values as they would be saved."""
        found = self.checked
        if found is None:
            return
        self.cleaned_data = dict(found.values)
        for issue in found.errors:
            name = issue.field if issue.field in self.fields else None
            self.add_error(name, ValidationError(str(issue.message), code=issue.code))
        if self.needs_acceptance and not self.skips_acceptance and not self.errors:
            self.add_error(
                None,
                ValidationError(
                    _("Read the warnings. If you are sure, tick “Save anyway” and save."),
                    code="warnings",
                ),
            )
        shown = set(found.values) & set(self.fields) - set(self.secret_names)
        cleaned = {name: found.values[name] for name in shown if name in self.data}
        self.data = replace_values(self.data, {**cleaned, **dict.fromkeys(found.withheld, "")})

    def withhold_stray_secrets(self) -> None:
        """Clear fields that contain a secret of another field."""
        stray = validation.find_stray_secrets(self.definition.fields, self.entered_values())
        self.data = replace_values(self.data, dict.fromkeys(stray, ""))

    # --- for templates ----------------------------------------------------------------------------

    @property
    def notices(self) -> dict[str, list[Text]]:
        """The notices by field."""
        found: dict[str, list[Text]] = {name: [text] for name, text in self.file_notices.items()}
        for name in self.typed_secrets:
            found.setdefault(name, []).append(TYPED_SECRET_KEPT)
        for issue in self.checked.issues if self.checked else ():
            if issue.level is Level.NOTICE:
                found.setdefault(issue.field, []).append(issue.message)
        return found

    @property
    def warnings(self) -> dict[str, list[Text]]:
        """The warnings by field; those of the whole form under "all"."""
        found: dict[str, list[Text]] = {}
        for issue in self.checked.warnings if self.checked else ():
            found.setdefault(issue.field or "all", []).append(issue.message)
        return found

    @property
    def warned_fields(self) -> list[tuple[BoundField | None, list[Text]]]:
        """The warnings with their fields; None for those of the whole form."""
        return [
            (self[name] if name in self.fields else None, found)
            for name, found in self.warnings.items()
        ]

    @property
    def warning_codes(self) -> str:
        """The codes of the current warnings; accepting them accepts no others."""
        return " ".join(sorted(set(" ".join(self.warning_codes_by_field.values()).split())))

    @property
    def warning_codes_by_field(self) -> dict[str, str]:
        """The codes of the current warnings of each field."""
        found: dict[str, str] = {}
        for issue in self.checked.warnings if self.checked else ():
            code = f"{issue.field}.{issue.code}"
            found[issue.field] = f"{found.get(issue.field, '')} {code}".strip()
        return found

    @property
    def offers_acceptance(self) -> bool:
        """Whether the form can be saved once its warnings are accepted: it has no errors."""
        codes = {each.code for found in self.errors.as_data().values() for each in found}
        return bool(self.warnings) and codes <= {"warnings"}

    @property
    def needs_acceptance(self) -> bool:
        """Whether there are warnings that were not accepted."""
        accepted = set(str(self.data.get("accept_warnings", "")).split())
        return not set(self.warning_codes.split()) <= accepted

    @property
    def secret_names(self) -> list[str]:
        """The names of the fields that hold a secret."""
        return [name for name in self.fields if self.by_name[name].is_secret]

    @property
    def file_names(self) -> list[str]:
        """The names of the fields that take a file."""
        return [name for name in self.fields if self.by_name[name].kind is Kind.FILE]

    @property
    def unchecked_names(self) -> list[str]:
        """The names of the fields that are not checked individually while typing."""
        return [*self.secret_names, *self.file_names]

    def names_in(self, section: Section) -> list[str]:
        """Return the names of a section's fields."""
        return [name for name in self.fields if self.by_name[name].section is section]

    @property
    def provider_names(self) -> list[str]:
        """The names of the fields for what the provider has issued."""
        return self.names_in(Section.CREDENTIALS)

    @property
    def main_fields(self) -> list[BoundField]:
        """The fields for what the provider has issued, without the advanced ones."""
        return [self[name] for name in self.provider_names if not self.by_name[name].advanced]

    @property
    def stored_fields(self) -> list[BoundField]:
        """The main fields that are stored."""
        return [
            field
            for field in self.main_fields
            if self.by_name[field.name].is_stored or self.by_name[field.name].is_secret
        ]

    @property
    def advanced_fields(self) -> list[BoundField]:
        """The advanced fields for what the provider has issued."""
        return [self[name] for name in self.provider_names if self.by_name[name].advanced]

    @property
    def advanced_needs_attention(self) -> bool:
        """Whether an advanced field has an error or a conflict."""
        names = [field.name for field in self.advanced_fields]
        return any(name in self.errors or name in self.edit_conflicts for name in names)

    @property
    def button_fields(self) -> list[BoundField]:
        """The button label fields, one per language."""
        return [self[name] for name in self.label_languages]

    @property
    def access_fields(self) -> list[BoundField]:
        """The fields that decide who may sign in."""
        return [self[name] for name in self.names_in(Section.ACCESS)]

    @property
    def access_sentence(self) -> str:
        """Whom the values admit; if one of them has an error, whom the saved ones admit."""
        found = self.checked
        if found is None or found.failed(*self.names_in(Section.ACCESS)):
            return access_sentence(self.definition, self.saved_values or {})
        return access_sentence(self.definition, found.values)

    # --- saving -----------------------------------------------------------------------------------

    @property
    def proposal(self) -> Proposal:
        """The values to save; raises ValueError unless the form is valid."""
        found = self.checked
        if not self.is_bound or found is None or found.errors:
            raise ValueError("The form is not valid.")
        return Proposal(
            alias=found.values["alias"],
            labels={
                language: found.values[name]
                for name, language in self.label_languages.items()
                if found.values[name]
                and found.values[name] != self.definition.button_label(language)
            },
            enabled=found.values["enabled"],
            settings=found.settings,
            secrets=found.secrets,
            # It was among the warnings that had to be accepted.
            accepts_new_accounts=any(each.code.startswith(NEW_ACCOUNTS) for each in found.warnings),
        )


def replace_values(data: Mapping[str, Any], values: Mapping[str, Any]) -> MultiValueDict[str, Any]:
    """Return what was sent with other values for some fields; a field may have several values."""
    lists = data.lists() if isinstance(data, MultiValueDict) else as_lists(data)
    return MultiValueDict({**dict(lists), **dict(as_lists(values))})


def as_lists(values: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Return each value as the list that a form sends for it."""
    for name, value in values.items():
        yield name, list(value) if isinstance(value, list | tuple) else [value]


def form_field_name(record: str) -> str:
    """Return the form field for a name in the history, such as `label.en` or `secret.key`."""
    if record.startswith("label."):
        return record.replace(".", "_").replace("-", "_")
    return record.removeprefix("secret.")
