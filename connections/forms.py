"""The form of a connection: fields, validators, labels, help and what is secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from connections.aliases import check_alias, propose_alias
from connections.normalise import display_name, pasted
from connections.providers.definition import Definition, Site, Text
from connections.text_files import TextFileField
from projects.models import Project

if TYPE_CHECKING:
    from connections.editing import Theirs
    from connections.models import Connection


class PastedField(forms.CharField):
    """One line of text that is copied from a provider's console."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 200)
        options.setdefault(
            "widget",
            forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        )
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        return pasted(super().to_python(value) or "")


class NameField(forms.CharField):
    """Words that people will see: one line, nothing invisible in it."""

    def to_python(self, value: Any) -> str:
        return display_name(super().to_python(value) or "", longest=1000)


class SecretField(PastedField):
    """A secret: typed, sealed, never filled in again."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget",
            forms.PasswordInput(
                attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"},
                render_value=False,
            ),
        )
        super().__init__(**options)


class SecretTextField(forms.CharField):
    """A secret of many lines, such as a private key: typed, sealed, never filled in again."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 8000)
        attributes = {"autocomplete": "off", "spellcheck": "false", "class": "mono", "rows": 5}
        options.setdefault("widget", SecretText(attrs=attributes))
        super().__init__(**options)


class SecretText(forms.Textarea):
    """A text area that is always drawn empty."""

    def format_value(self, value: Any) -> str:
        return ""


SECRETS = (SecretField, SecretTextField)


@dataclass(frozen=True)
class Warned:
    """A doubt about a field ("" for the whole form) that an administrator may overrule."""

    field: str
    code: str
    text: Text


@dataclass(frozen=True)
class Proposal:
    """What a valid form asks for; its secrets are shown to nobody."""

    alias: str
    labels: dict[str, str]
    enabled: bool
    settings: dict[str, Any]
    secrets: dict[str, str]

    def __repr__(self) -> str:
        return f"<Proposal {self.alias}>"


class ConnectionForm(forms.Form):
    """What every connection asks for; a provider's file adds its own fields."""

    # Fields of the provider that most people never touch.
    advanced: ClassVar[tuple[str, ...]] = ()
    # Settings that no field has: `clean` finds them out.
    computed: ClassVar[tuple[str, ...]] = ()
    # Fields of the provider that are read, and kept in no setting.
    passing: ClassVar[tuple[str, ...]] = ()
    # Settings that say where a secret is sent: changing one drops the secret.
    secret_is_bound_to: ClassVar[tuple[str, ...]] = ("client_id",)
    # What only a secret of this provider contains, and what it is called there.
    secret_shape: ClassVar[re.Pattern[str] | None] = None
    secret_label: ClassVar[Text] = _("Client Secret")
    stray_secret: ClassVar[Text] = _(
        "This looks like the %(secret)s, so it was not kept. It belongs in the field of that name."
    )

    COMMON: ClassVar[tuple[str, ...]] = ("label_en", "label_zh_hans", "alias", "enabled")
    LABEL_LANGUAGES: ClassVar[dict[str, str]] = {"label_en": "en", "label_zh_hans": "zh-hans"}

    label_en = NameField(label=_("Button label in English"), max_length=40, required=False)
    label_zh_hans = NameField(
        label=_("Button label in Chinese (简体中文)"), max_length=40, required=False
    )
    alias = PastedField(
        label=_("Alias"),
        max_length=40,
        validators=[check_alias],
        help_text=_("Part of the callback URL, so it stays as it is once the connection is saved."),
    )
    enabled = forms.BooleanField(
        label=_("Show the button on the sign-in page"), required=False, initial=True
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile[Any]] | None = None,
        *,
        definition: Definition,
        project: Project,
        connection: Connection | None = None,
        site_scheme: str = "https",
    ) -> None:
        self.definition = definition
        self.project = project
        self.connection = connection
        self.site_scheme = site_scheme
        self.warned: list[Warned] = []
        self.notices: dict[str, list[Text]] = {}
        self.stray_secrets: set[str] = set()
        self.file_errors: dict[str, ValidationError] = {}
        # What somebody else changed while this form was filled in, by field.
        self.theirs: dict[str, Theirs] = {}
        super().__init__(data, files, initial=self.starting_values())
        self.prepare_fields()
        self.take_files()

    def starting_values(self) -> dict[str, Any]:
        """What the fields show before anybody types."""
        connection = self.connection
        if connection is None:
            taken = set(self.project.connections.values_list("alias", flat=True))
            return {
                "alias": propose_alias(
                    self.definition.proposed_alias or self.definition.id, taken=taken
                )
            }
        labels = {
            name: connection.labels.get(language, "")
            for name, language in self.LABEL_LANGUAGES.items()
        }
        return {**connection.settings, **labels, "enabled": connection.enabled}

    def prepare_fields(self) -> None:
        """Adapt the fields to adding or editing, and to what is set already."""
        # As on the page, where errors are listed in this order: what the provider asks for first.
        self.order_fields([*self.provider_names, *self.COMMON])
        for name, language in self.LABEL_LANGUAGES.items():
            self.fields[name].widget.attrs["placeholder"] = self.definition.button_label(language)
        if self.connection is not None:
            del self.fields["alias"]
            for name in self.secret_names:
                if self.has_secret(name):
                    self.fields[name].required = False

    def take_files(self) -> None:
        """Put the text of a chosen file where it would be pasted; of an unusable one, say why."""
        for name in self.file_names:
            if name not in self.files:
                continue
            field: Any = self.fields[name]
            file: Any = self.files[name]
            try:
                text = field.clean(file, None)
                self.check_file(text)
            except ValidationError as error:
                self.file_errors[name] = error
            else:
                self.data = {**{each: self.data[each] for each in self.data}, field.fills: text}
                file_name = display_name(file.name, longest=100)
                told = gettext("Taken from the file %(name)s.") % {"name": file_name}
                self.notice(field.fills, told)
        self.files = MultiValueDict()

    def check_file(self, text: str) -> None:
        """Raise ValidationError where the text of a chosen file is of no use."""
        if self.secret_shape and self.secret_shape.search("".join(text.split())):
            raise ValidationError(
                str(self.stray_secret),
                code="secret_in_wrong_field",
                params={"secret": self.secret_label},
            )

    # --- what templates draw ---------------------------------------------------------------

    @property
    def secret_names(self) -> list[str]:
        """The names of the fields that hold a secret."""
        return [name for name, field in self.fields.items() if isinstance(field, SECRETS)]

    @property
    def file_names(self) -> list[str]:
        """The names of the fields that take a file."""
        return [name for name, field in self.fields.items() if isinstance(field, TextFileField)]

    @property
    def unchecked_names(self) -> list[str]:
        """The names of the fields that are sent with the whole form, and not before."""
        return [*self.secret_names, *self.file_names]

    @property
    def provider_names(self) -> list[str]:
        """The names of the provider's own fields."""
        return [name for name in self.fields if name not in self.COMMON]

    @property
    def main_fields(self) -> list[BoundField]:
        """The provider's own fields, but for the advanced ones."""
        return [self[name] for name in self.provider_names if name not in self.advanced]

    @property
    def kept_fields(self) -> list[BoundField]:
        """Those of the main fields that the connection keeps."""
        return [field for field in self.main_fields if field.name not in self.passing]

    @property
    def advanced_fields(self) -> list[BoundField]:
        """The provider's advanced fields."""
        return [self[name] for name in self.provider_names if name in self.advanced]

    @property
    def advanced_calls(self) -> bool:
        """Whether something is to be read at one of the advanced fields."""
        return any(name in self.errors or name in self.theirs for name in self.advanced)

    @property
    def button_fields(self) -> list[BoundField]:
        """The words on the button, a field per language."""
        return [self[name] for name in self.LABEL_LANGUAGES]

    @property
    def warnings(self) -> dict[str, list[Text]]:
        """The warnings by field; those of the whole form under "all"."""
        found: dict[str, list[Text]] = {}
        for warned in self.warned:
            found.setdefault(warned.field or "all", []).append(warned.text)
        return found

    @property
    def warning_codes(self) -> str:
        """What accepting the present warnings accepts, and nothing more."""
        return " ".join(sorted(f"{warned.field}.{warned.code}" for warned in self.warned))

    @property
    def needs_acceptance(self) -> bool:
        """Whether there are warnings that nobody has accepted yet."""
        accepted = set(str(self.data.get("accept_warnings", "")).split())
        return not set(self.warning_codes.split()) <= accepted

    # --- checking -----------------------------------------------------------------------------

    def full_clean(self) -> None:
        self.warned.clear()
        if self.is_bound:
            self.withhold_stray_secrets()
        super().full_clean()
        if self.is_bound:
            self.check_warnings()

    def withhold_stray_secrets(self) -> None:
        """Take secrets out of fields that would show them again."""
        if self.secret_shape is None:
            return
        data = {name: self.data.get(name, "") for name in self.data}
        for name in set(self.fields) - set(self.secret_names):
            # Without spaces: copied from a page, a secret may come in pieces, or with its label.
            if self.secret_shape.search("".join(pasted(str(data.get(name, ""))).split())):
                data[name] = ""
                self.stray_secrets.add(name)
        self.data = data

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, error in self.file_errors.items():
            self.add_error(name, error)
        for name in self.stray_secrets:
            self.errors.pop(name, None)
            self.add_error(
                name,
                ValidationError(
                    str(self.stray_secret),
                    code="secret_in_wrong_field",
                    params={"secret": self.secret_label},
                ),
            )
        self.show_cleaned()

    def show_cleaned(self) -> None:
        """Let a field that is drawn again show what would be saved."""
        visible = set(self.cleaned_data) - set(self.secret_names)
        typed = {name: self.cleaned_data[name] for name in visible if name in self.data}
        # One by one: what a browser sent has a list for each name within.
        sent = {name: self.data[name] for name in self.data}
        self.data = {**sent, **typed}

    def clean_alias(self) -> str:
        alias: str = self.cleaned_data["alias"]
        if alias == "add":
            # Its page would have the address of the catalogue.
            raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")
        if self.project.connections.filter(alias=alias).exists():
            raise ValidationError(
                _("Another connection of this project has this alias. Choose another one."),
                code="taken",
            )
        return alias

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.ask_again_for_dropped_secrets(cleaned)
        return cleaned

    def ask_again_for_dropped_secrets(self, cleaned: dict[str, Any]) -> None:
        """A secret belongs to where it is sent; elsewhere it must be typed anew."""
        if self.connection is None or not self.moved_settings(cleaned):
            return
        for name in self.secret_names:
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(
                    name,
                    ValidationError(
                        _(
                            "Enter it again: the saved one belongs to the old value of "
                            "another field and is not sent anywhere else."
                        ),
                        code="bound",
                    ),
                )

    def moved_settings(self, cleaned: Mapping[str, Any]) -> list[str]:
        """The settings that bind the secret and are about to change."""
        before = self.connection.settings if self.connection else {}
        return [
            name
            for name in self.secret_is_bound_to
            if name in cleaned and cleaned[name] != before.get(name)
        ]

    def check_warnings(self) -> None:
        """Stop at warnings until somebody accepts them."""
        if self.connection is None and not self.definition.endpoints_moved:
            text = self.definition.site_warning(self.site)
            if text:
                self.warn("", "site", text)
        if self.needs_acceptance:
            self.add_error(
                None,
                ValidationError(
                    _("Read the warnings. If you are sure, tick “Save anyway” and save."),
                    code="warnings",
                ),
            )

    def warn(self, field: str, code: str, text: Text) -> None:
        """Raise a doubt about a field, once, and only where it is about to change."""
        if self.connection is None or not field or field in self.changed_data:
            self.warned.append(Warned(field, code, text))

    def notice(self, field: str, text: Text) -> None:
        """Say quietly what was done to a value."""
        self.notices.setdefault(field, []).append(text)

    def lower_cased(self, field: str) -> str:
        """Return the field's value in lower case, with a notice where that changed it."""
        value: str = self.cleaned_data[field]
        if value != value.lower():
            self.notice(field, _("Capital letters were turned into small ones."))
        return value.lower()

    # --- what the form is about ----------------------------------------------------------------

    @property
    def site(self) -> Site:
        """The sign-in page that the provider will send people back to."""
        alias = self.connection.alias if self.connection else self.initial["alias"]
        if self.is_bound and "alias" in self.cleaned_data:
            alias = self.cleaned_data["alias"]
        return Site(self.site_scheme, self.project.host, f"/sso/oauth2/callback/{alias}")

    def has_secret(self, name: str) -> bool:
        """Whether a secret is saved for this field."""
        return self.connection is not None and self.connection.secrets.filter(field=name).exists()

    @property
    def proposal(self) -> Proposal:
        """What is to be saved; ask only a valid form."""
        values = self.cleaned_data
        alias = self.connection.alias if self.connection else values["alias"]
        left_out = {*self.secret_names, *self.passing}
        plain = [name for name in self.provider_names if name not in left_out]
        return Proposal(
            alias=alias,
            labels=self.own_labels(values),
            enabled=values["enabled"],
            settings={name: values[name] for name in (*plain, *self.computed)},
            secrets={name: values[name] for name in self.secret_names if values[name]},
        )

    def own_labels(self, values: Mapping[str, str]) -> dict[str, str]:
        """The labels that differ from the provider's default."""
        return {
            language: values[name]
            for name, language in self.LABEL_LANGUAGES.items()
            if values[name] and values[name] != self.definition.button_label(language)
        }


def name_in_form(record: str) -> str:
    """Return how the form calls what the record of changes calls `label.en` or `secret.key`."""
    if record.startswith("label."):
        return record.replace(".", "_").replace("-", "_")
    return record.removeprefix("secret.")


def mixed_up(value: str, table: Iterable[tuple[re.Pattern[str], Text]]) -> None:
    """Raise ValidationError with the first sentence whose pattern the value matches."""
    for pattern, sentence in table:
        if pattern.fullmatch(value):
            raise ValidationError(str(sentence), code="mixed_up")
