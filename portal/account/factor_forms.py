"""django-allauth's forms of second factors, with our texts and additional checks."""

from __future__ import annotations

import logging
import struct
from collections.abc import Sequence
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from core.keyring.keyset import KeysetError
from core.limits.rate import Allowance, RateLimited
from portal.access import login_limits
from portal.access.second_factors import use_code_once
from portal.account.adapter import rate_limit_error
from portal.allauth_internals import SECRET_SESSION_KEY, context, generate_totp_secret
from portal.shell.forms import visible_name
from projects.models import User

log = logging.getLogger("menkou.accounts")

# Exceptions that the library raises for malformed input.
UNREADABLE = (
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
# Several times the size of what browsers send.
LONGEST_CREDENTIAL = 64 * 1024


def code_field(help_text: Any = "") -> forms.CharField:
    """Return the form field for a code."""
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "mono"}
    return forms.CharField(
        label=_("Code"),
        help_text=help_text,
        max_length=40,
        widget=forms.TextInput(attrs=attributes),
    )


class CredentialField(forms.JSONField):
    """The response of the browser's WebAuthn API."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > LONGEST_CREDENTIAL:
            raise passkey_error()
        try:
            return super().to_python(value)
        # Numbers with too many digits, and deeply nested lists.
        except (ValueError, RecursionError):
            raise passkey_error() from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        # It is valid once, so it is not shown again.
        return None


def credential_field() -> CredentialField:
    """Return the hidden field that a script fills in."""
    return CredentialField(widget=forms.HiddenInput)


def refuse_other_origins(credential: Any, kind: Any) -> None:
    """Raise ValidationError for a malformed credential or one of another origin.

    The library would accept credentials obtained by pages of any subdomain.
    """
    try:
        origin = kind.from_dict(credential).response.client_data.origin
    except UNREADABLE:
        raise passkey_error() from None
    if origin != f"{context.request.scheme}://{settings.MENKOU_PORTAL_HOST}":
        raise passkey_error()


def passkey_error() -> ValidationError:
    return ValidationError(
        _("This passkey was not accepted. Try again, or use another method."), code="passkey"
    )


class _CodeMixin:
    """Checks a code; a TOTP code is accepted once."""

    def clean_code(self) -> str:
        taken = take_factor_attempt(self.user)  # type: ignore[attr-defined]
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except KeysetError as error:
            log.error("A second factor cannot be opened: %s", error)
            raise ValidationError(
                _("Codes cannot be checked right now. Contact your portal administrator."),
                code="unreadable",
            ) from None
        factor: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if factor.type == Authenticator.Type.TOTP and not use_code_once(factor.user, code):
            raise get_adapter().validation_error("incorrect_code")
        login_limits.return_login_attempts(taken)
        return code


def take_factor_attempt(person: User) -> Sequence[Allowance]:
    """Count an attempt with a second factor; raises ValidationError after too many."""
    try:
        return login_limits.take_login_attempt(
            context.request, login_limits.CODE, account=person.email, person=person
        )
    except RateLimited as refusal:
        raise rate_limit_error(gettext("Too many incorrect codes. %(when)s"), refusal) from None


class CodeForm(_CodeMixin, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""

    code = code_field(_("Enter the code from your authenticator app, or a recovery code."))


class ConfirmByCodeForm(_CodeMixin, ReauthenticateForm):  # type: ignore[misc]
    """Reauthentication with a code."""

    code = code_field(_("Enter the code from your authenticator app, or a recovery code."))


class ActivateAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """Setting up an app: the first code verifies that it has the key."""

    code = code_field(_("Enter the six-digit code from the app."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        # Skips allauth's own __init__, which stores the key unsealed in the session.
        super(ActivateTOTPForm, self).__init__(*args, **kwargs)
        self.secret = pending_key() if self.is_bound else new_key()

    def clean_code(self) -> str:
        code: str = super().clean_code()
        use_code_once(self.user, code)
        return code


def new_key() -> str:
    """Create a key for an authenticator app; store it sealed in the session."""
    key: str = generate_totp_secret()
    context.request.session[SECRET_SESSION_KEY] = get_adapter().encrypt(key)
    return key


def pending_key() -> str:
    """Return the key in the session, or a new one if there is none that opens."""
    try:
        key: str = get_adapter().decrypt(context.request.session.get(SECRET_SESSION_KEY, ""))
    except KeysetError:
        return new_key()
    return key


class _NameMixin(forms.Form):
    """A field for the name of a passkey."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("Only you see this name. It helps you tell your passkeys apart."),
        max_length=80,
    )

    def clean_name(self) -> str:
        return visible_name(self.cleaned_data["name"])


class AddPasskeyForm(_NameMixin, AddWebAuthnForm):  # type: ignore[misc]
    """Adding a passkey."""

    credential = credential_field()
    # All our passkeys allow passwordless sign-in, so there is no choice.
    passwordless = None

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]
        refuse_other_origins(credential, RegistrationResponse)
        return credential

    def clean(self) -> dict[str, Any]:
        try:
            super().clean()
        except ValidationError:
            self.add_error("credential", passkey_error())
        return self.cleaned_data


class RenamePasskeyForm(_NameMixin, EditWebAuthnForm):  # type: ignore[misc]
    """Renaming a passkey."""


class _PasskeyMixin(forms.Form):
    """Checks the response of a passkey, including its origin."""

    credential = credential_field()

    def clean_credential(self) -> Authenticator:
        credential = self.cleaned_data["credential"]
        # In a sign-in with a passkey alone the person is not known yet, so nothing is counted.
        taken = take_factor_attempt(self.user) if self.user else []  # type: ignore[attr-defined]
        refuse_other_origins(credential, AuthenticationResponse)
        try:
            factor: Authenticator = super().clean_credential()  # type: ignore[misc]
        except ValidationError as error:
            raise (passkey_error() if error.code == "incorrect_code" else error) from None
        login_limits.return_login_attempts(taken)
        return factor


class PasskeyForm(_PasskeyMixin, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of signing in, with a passkey."""


class PasskeySignInForm(_PasskeyMixin, LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in with a passkey alone."""


class ConfirmByPasskeyForm(_PasskeyMixin, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Reauthentication with a passkey."""
