"""The form of a derived entry: what every app has, and a field for each setting that is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections import outside
from connections.derived.classes import Found
from connections.derived.source import Setting
from connections.forms import ConnectionForm, PastedField, SecretField, mixed_up
from connections.openid import PRIVATE, URL_OR_EMAIL, checked_address, host_of, refuse_private
from connections.signin.oidc.metadata import is_address

# What somebody can change, or give up so that another person gets it.
PASSES_ON = {
    "create_time",
    "email",
    "login",
    "name",
    "nickname",
    "preferred_username",
    "screen_name",
    "username",
}


class DerivedForm(ConnectionForm):
    """What is asked for a provider of which only django-allauth's class is known."""

    found: ClassVar[Found]

    client_id = PastedField(label=_("Client ID"), max_length=120)
    client_secret = SecretField(label=_("Client Secret"))

    def clean_client_id(self) -> str:
        value: str = self.cleaned_data["client_id"]
        mixed_up(
            value,
            ((URL_OR_EMAIL, _("This is a web or e-mail address, and not the Client ID.")),),
        )
        return value

    def clean_scopes(self) -> str:
        return " ".join(dict.fromkeys(self.cleaned_data["scopes"].split()))

    def clean(self) -> dict[str, Any]:
        for each in self.found.settings:
            self.check_setting(each)
        if not self.errors:
            self.check_addresses()
        if passes_on(self.found):
            self.warn(
                "client_id",
                "passes_on",
                _(
                    "This provider names people by something that can pass to somebody else, "
                    "such as a user name or an e-mail address. Whoever gets it later is taken "
                    "for the same person."
                ),
            )
        return super().clean()

    def check_setting(self, setting: Setting) -> None:
        """Say what is wrong with a setting's value."""
        value = self.cleaned_data.get(setting.field)
        if not value or setting.flag is not None:
            return
        try:
            if setting.is_address or (setting.required and not self.found.wants_hosts):
                self.cleaned_data[setting.field] = checked_address(str(value)).rstrip("/")
            elif setting.required:
                self.cleaned_data[setting.field] = host_of(str(value))
        except ValidationError as error:
            self.add_error(setting.field, error)

    def check_addresses(self) -> None:
        """Stop where the values together make no address that may be used."""
        try:
            made = self.found.addresses(self.cleaned_data)
        except Exception:  # whatever a class makes of what somebody typed
            made = ("", "")
        if not all(map(is_address, made)):
            self.add_error(
                None,
                ValidationError(
                    _("From these values no usable address of the provider can be made."),
                    code="addresses",
                ),
            )
            return
        if self.found.given(self.cleaned_data) or self.found.needs_key:
            self.refuse_private(made)

    def refuse_private(self, made: Iterable[str]) -> None:
        """Stop where what somebody typed leads into a private network."""
        try:
            for url in made:
                refuse_private(url)
        except outside.NoAnswer as error:
            if error.cause == "private_address":
                self.add_error(None, ValidationError(PRIVATE, code="private_address"))


def passes_on(found: Found) -> bool:
    """Whether the id by which people are known can come to mean somebody else."""
    return not PASSES_ON.isdisjoint(found.words_of_uid)


def form_of(found: Found) -> type[DerivedForm]:
    """Return the form for a provider that allauth ships."""
    fields = dict(fields_of(found))
    advanced = [each.field for each in found.settings if not (each.required or shown(each))]
    return type(
        f"{found.provider_class.__name__}Form",
        (DerivedForm,),
        {
            **fields,
            "found": found,
            "advanced": (*advanced, *(name for name in ("scopes", "pkce") if name in fields)),
            "secret_is_bound_to": ("client_id", *settings_of(fields)),
        },
    )


def shown(setting: Setting) -> bool:
    """Whether a setting that may stay empty is worth a look all the same."""
    return setting.flag is not None or setting.says_where


def settings_of(fields: Mapping[str, forms.Field]) -> list[str]:
    """Return the fields that say where the secret is sent."""
    return [name for name in fields if name not in {"scopes", "pkce"}]


def fields_of(found: Found) -> dict[str, forms.Field]:
    """Return the fields beside id and secret, the required ones first."""
    fields: dict[str, forms.Field] = {}
    if found.needs_key:
        fields["key"] = PastedField(
            label=_("Key"),
            help_text=_("A third value of the app; django-allauth's page says which one."),
        )
    for each in sorted(found.settings, key=lambda each: not each.required):
        fields[each.field] = field_of(each)
    fields["scopes"] = PastedField(
        label=_("Scopes"),
        max_length=500,
        required=False,
        help_text=_("With spaces between them. Leave it empty for the usual ones."),
    )
    if not found.takes_pkce:
        return fields
    fields["pkce"] = forms.BooleanField(
        label=_("Use PKCE"),
        required=False,
        initial=found.provider_class.pkce_enabled_default,
        help_text=_("Switch it on where the provider's documentation speaks of it."),
    )
    return fields


def field_of(setting: Setting) -> forms.Field:
    """Return the field for a setting, which keeps the name that allauth's documentation has."""
    if setting.flag is not None:
        label = setting.name if setting.flag is True else f"{setting.name}: {setting.flag}"
        return forms.BooleanField(label=label, required=False)
    default = setting.shown_default
    help_text = format_lazy(_("Left empty, it is {default}."), default=default) if default else ""
    return PastedField(label=setting.name, required=setting.required, help_text=help_text)
