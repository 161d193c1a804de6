"""The fields of a derived entry: those of every app, and one for each setting of its class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connections.fields.common import CLIENT_SECRET, client_id, scopes
from connections.fields.field import Check, Context, Field, Kind, LookUp
from connections.protocols.oidc.metadata import is_address
from connections.providers.definition import Settings
from connections.providers.derived.classes import AllauthProvider
from connections.providers.derived.servers import Form, Setting
from connections.providers.families.openid import check_address, check_host, refuse_private_fields

# Members that users can change or give up, so that another user can get them.
REASSIGNABLE_MEMBERS = {
    "create_time",
    "email",
    "login",
    "name",
    "nickname",
    "preferred_username",
    "screen_name",
    "username",
}


def id_is_reassignable(found: AllauthProvider) -> bool:
    """Whether the id that identifies users can be reassigned to another user."""
    return not REASSIGNABLE_MEMBERS.isdisjoint(found.uid_strings)


# --- the fields -----------------------------------------------------------------------------------


def derived_fields(found: AllauthProvider) -> tuple[Field, ...]:
    """Return the fields, the required ones first."""
    return (
        client_id(max_length=120),
        SECRET,
        *map(setting_field, sorted(found.settings, key=lambda each: not each.required)),
        scopes(
            max_length=500, help=_("Separate scopes with spaces. Leave empty to use the defaults.")
        ),
        *((pkce(found),) if found.supports_pkce else ()),
    )


# The formats of these providers' secrets are unknown, so any text is accepted.
SECRET = Field(name="client_secret", label=CLIENT_SECRET, kind=Kind.SECRET)


def pkce(found: AllauthProvider) -> Field:
    """Return the field that turns PKCE on."""
    return Field(
        name="pkce",
        label=_("Use PKCE"),
        kind=Kind.FLAG,
        required=False,
        initial=found.provider_class.pkce_enabled_default,
        advanced=True,
        help=_("Turn this on if the provider's documentation mentions PKCE."),
    )


def setting_field(setting: Setting) -> Field:
    """Return the field for a setting."""
    is_choice = setting.form is Form.CHOICE
    usual = format_lazy(_("If left empty, {default} is used."), default=setting.default)
    return Field(
        name=setting.name,
        label=setting.label,
        help=setting.help if is_choice or setting.required else usual,
        kind=Kind.CHOICE if is_choice else Kind.TEXT,
        choices=setting.choices,
        initial=setting.default if is_choice else "",
        required=setting.required,
        moves_secrets=True,
        # An optional setting is shown if it decides where users sign in.
        advanced=not setting.identifies and not setting.required,
        check=RULES.get(setting.form),
    )


RULES: dict[Form, Callable[[Check, Any], str]] = {
    Form.ADDRESS: lambda check, value: check_address(check, value).rstrip("/"),
    Form.HOST: check_host,
}


# --- all of them ----------------------------------------------------------------------------------


def derived_check(found: AllauthProvider) -> Callable[[Check], None]:
    """Return the check for all values together."""

    def check(values: Check) -> None:
        if not values.failed() and not all(map(is_address, addresses(found, values.values))):
            values.error(
                "", "addresses", _("These values do not form a valid provider address. Check them.")
            )
        if id_is_reassignable(found):
            values.warn(
                "client_id",
                "passes_on",
                _(
                    "This provider identifies users by a value that can be reassigned, such as "
                    "a user name or an email address. Anyone who gets that value later can sign "
                    "in to the same account."
                ),
            )

    return check


def addresses(found: AllauthProvider, values: Settings) -> tuple[str, str]:
    """Return the URLs of the class with these values, or empty strings."""
    try:
        return found.addresses(values)
    except Exception:  # whatever a class makes of what somebody entered
        return "", ""


def derived_look_up(found: AllauthProvider) -> LookUp | None:
    """Return the step that refuses private networks, or None if no setting decides the server."""
    needs = tuple(each.name for each in found.settings)
    whole = [each.name for each in found.settings if each.form is Form.ADDRESS]
    if not needs:
        return None

    def ask(values: Settings, context: Context) -> dict[str, Any]:
        refuse_private_fields(values, whole)
        for url in addresses(found, values):
            refuse_private_fields({"": url}, ("",))
        return {}

    return LookUp("", needs, ask)
