"""Validates the values of a connection: a mapping in, values to save or a list of issues out.

Only `look_up` makes requests to other servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.forms import Field as FormField
from django.utils.translation import gettext_lazy as _

from connections.fields.cleaning import (
    Cleaned,
    clean_lines,
    clean_secret,
    clean_text,
)
from connections.fields.common import common_fields
from connections.fields.dates import clean_date
from connections.fields.field import STRAY, Check, Context, Field, Issue, Kind
from connections.forms.equal_labels import warn_of_equal_labels
from connections.forms.expiry_dates import check_expiry_dates
from connections.protocols.oidc.discovery_cache import bypass_cache
from connections.providers.definition import Definition
from connections.values.facts import fact_text, facts_sentence
from connections.values.failures import SignInFailed, find_fault
from core.http import client as http_client
from core.text import display_name, without_spaces

BOUND = _(
    "Enter it again. You changed where it is sent, and the saved one is not sent to a new place."
)
REQUIRED = FormField.default_error_messages["required"]


def check_values(
    definition: Definition, data: Mapping[str, Any], context: Context, issues: Iterable[Issue] = ()
) -> Check:
    """Validate the values; makes no requests to other servers.

    `issues` are those of uploaded files, which are read earlier.
    """
    found = Check(all_fields(definition), context, issues=list(issues))
    for each in found.fields:
        if each.is_entered and each.kind is not Kind.FILE:
            check_field(found, each, data.get(each.name))
    if definition.check:
        definition.check(found)
    warn_of_equal_labels(definition, found)
    check_expiry_dates(found)
    refuse_moved_secrets(found)
    return found


def look_up(definition: Definition, found: Check) -> None:
    """Add the values that the provider publishes, or issues if the request fails.

    Waits for other servers: call it within `form_calls.allow_calls`, which limits that.
    """
    step = definition.look_up
    if step and not found.failed(*step.needs):
        http_client.last_exchange.set(None)
        try:
            with bypass_cache():
                found.values |= step.fetch(found.values, found.context)
        except (SignInFailed, http_client.RequestFailed) as failure:
            fault = find_fault(definition, failure.cause)
            details = facts_sentence(request_facts(failure))
            sentence = f"{fault.cause} {fault.remedy} {details}".strip()
            found.error(step.field, failure.cause, sentence)
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                for each in errors:
                    found.error(name, each.code or "invalid", " ".join(each.messages))
        refuse_moved_secrets(found)
    if definition.complete and not found.failed():
        definition.complete(found)


def request_facts(failure: SignInFailed | http_client.RequestFailed) -> dict[str, str]:
    """Return the facts about a failed look-up, with the last request."""
    facts = failure.facts if isinstance(failure, SignInFailed) else {}
    exchange = http_client.last_exchange.get()
    if exchange is None:
        return facts
    status = {"status": str(exchange.status)} if exchange.status is not None else {}
    return {**facts, "request": fact_text(f"{exchange.method} {exchange.url}"), **status}


def all_fields(definition: Definition) -> tuple[Field, ...]:
    """Return the provider's fields and those of every connection."""
    return (*definition.fields, *common_fields())


def check_field(found: Check, each: Field, entered: Any) -> None:
    """Store the cleaned value of a field, or its error."""
    try:
        found.values[each.name] = clean_value(found, each, entered)
    except ValidationError as error:
        found.error(each.name, error.code or "invalid", " ".join(error.messages))


def clean_value(found: Check, each: Field, entered: Any) -> Any:
    """Return the cleaned value of a field; raises ValidationError."""
    if each.kind is Kind.FLAG:
        return entered is True or (isinstance(entered, str) and entered.lower() in {"on", "true"})
    if each.kind is Kind.CHOICES:
        return chosen(each, entered)
    if not isinstance(entered, str | None):
        raise ValidationError(_("Enter text."), code="type")
    text = (entered or "").strip()
    if not each.is_secret:
        # Before the length: a key of many lines may be too long for this field.
        refuse_stray_secret(found.fields, text)
    MaxLengthValidator(each.max_length)(text)
    cleaned = clean(each, text)
    value = cleaned.value
    if cleaned.error:
        raise ValidationError(str(cleaned.error), code="pasted")
    if not value:
        may_lack = each.is_secret and found.context.may_lack_secrets
        if each.required and not may_lack and each.name not in found.context.saved_secrets:
            raise ValidationError(REQUIRED, code="required")
        return each.initial if each.kind is Kind.CHOICE else run_rule(found, each, value)
    if each.kind is Kind.CHOICE and value not in dict(each.choices):
        raise ValidationError(_("Choose one of the listed values."), code="invalid_choice")
    if each.lower_case and value != value.lower():
        value = value.lower()
        found.notice(each.name, _("Converted to lower case."))
    refuse_mistakes(found, each, value)
    value = run_rule(found, each, value)
    for notice in cleaned.notices:
        found.notice(each.name, notice)
    if cleaned.warning:
        found.values[each.name] = value
        found.warn(each.name, "pasted", cleaned.warning)
    for one in each.doubts:
        if one.pattern.fullmatch(value):
            found.values[each.name] = value
            found.warn(each.name, "doubt", one.text)
    if each.shape and not each.shape.pattern.fullmatch(value):
        if each.shape.is_error:
            raise ValidationError(str(each.shape.text), code="shape")
        found.values[each.name] = value
        found.warn(each.name, "shape", each.shape.text)
    return value


def chosen(each: Field, entered: Any) -> list[str]:
    """Return the values that were chosen, in the order of the list; raises ValidationError."""
    values = entered or []
    known = dict(each.choices)
    if not isinstance(values, list | tuple) or any(
        not isinstance(value, str) or value not in known for value in values
    ):
        raise ValidationError(_("Choose from the listed values."), code="invalid_choice")
    if each.required and not values:
        raise ValidationError(REQUIRED, code="required")
    return [value for value, _label in each.choices if value in values]


def clean(each: Field, text: str) -> Cleaned:
    """Return the value of a field without artefacts of copying; the length must be checked."""
    if each.kind is Kind.NAME:
        return Cleaned(display_name(text, longest=each.max_length))
    if each.kind in {Kind.LINES, Kind.SECRET_LINES}:
        # Browsers send line breaks in another form than the one in which they show them.
        lines = text.replace("\r\n", "\n") if each.kind is Kind.LINES else text
        return clean_lines(lines)
    if each.kind is Kind.SECRET:
        return clean_secret(text, str(each.label))
    if each.kind is Kind.DATE:
        return clean_date(text, str(each.label))
    return clean_text(text, str(each.label))


def refuse_mistakes(found: Check, each: Field, value: str) -> None:
    """Raise ValidationError for a known mistake."""
    for one in each.mistakes:
        if one.pattern.fullmatch(value):
            raise ValidationError(str(one.text), code="known_mistake")
    for other in (one for one in found.fields if one.name in each.differs_from):
        if found.values.get(other.name) == value:
            sentence = _("This is the same value as in the field “%(field)s”.")
        elif is_like(each, other, value):
            sentence = _("This looks like the value for the field “%(field)s”.")
        else:
            continue
        raise ValidationError(sentence, code="known_mistake", params={"field": other.label})


def is_like(each: Field, other: Field, value: str) -> bool:
    """Whether the value has the shape of the other field's and not of its own."""
    if not other.shape or not (each.shape or each.is_secret):
        return False
    if each.shape and each.shape.pattern.fullmatch(value):
        return False
    return bool(other.shape.pattern.fullmatch(value))


def run_rule(found: Check, each: Field, value: Any) -> Any:
    """Return the value after the field's own rule; an optional empty field passes ""."""
    found.current = each.name
    return each.check(found, value) if each.check and (value or not each.is_secret) else value


def refuse_stray_secret(fields: Sequence[Field], value: str) -> None:
    """Raise ValidationError if a text contains a secret of another field."""
    together = without_spaces(value)
    for secret in fields:
        if secret.stray and secret.stray.search(together):
            raise ValidationError(secret.stray_sentence, code=STRAY)


def find_stray_secrets(fields: Sequence[Field], data: Mapping[str, Any]) -> set[str]:
    """Return the names of fields that contain a secret of another field."""
    secrets = {each.name for each in fields if each.is_secret}
    found = set()
    for name, value in data.items():
        try:
            refuse_stray_secret(fields, value if isinstance(value, str) else "")
        except ValidationError:
            found.add(name)
    return found - secrets


def refuse_moved_secrets(found: Check) -> None:
    """Require a secret again if it would be sent to another server than before."""
    before = found.context.before
    if before is None or found.context.may_lack_secrets:
        return
    moved = any(
        each.moves_secrets
        and each.name in found.values
        and found.values[each.name] != before.get(each.name)
        for each in found.fields
    )
    for each in found.fields if moved else ():
        if each.is_secret and not found.values.get(each.name) and not found.failed(each.name):
            found.error(each.name, "bound", BOUND)
