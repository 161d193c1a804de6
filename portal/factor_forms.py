"""django-allauth's forms of second factors, in our words and with what we ask beyond them."""

from __future__ import annotations

import logging
import struct
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
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
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from connections.keyset import KeysetError
from portal.forms import visible_name
from portal.second_factors import spend

log = logging.getLogger("menkou.accounts")

# What the library may raise while it reads what it was sent.
UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error)


def code_field(help_text: Any = "") -> forms.CharField:
    """Return the field into which a code is typed."""
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "mono"}
    return forms.CharField(
        label=_("Code"),
        help_text=help_text,
        max_length=40,
        widget=forms.TextInput(attrs=attributes),
    )


def refuse_other_origins(credential: Any, kind: Any) -> None:
    """Raise ValidationError for what cannot be read, or was signed for another site than ours.

    The library would take what a page of any subdomain has obtained.
    """
    try:
        origin = kind.from_dict(credential).response.client_data.origin
    except UNREADABLE:
        raise not_accepted() from None
    if origin != f"{context.request.scheme}://{settings.MENKOU_PORTAL_HOST}":
        raise not_accepted()


def not_accepted() -> ValidationError:
    return ValidationError(
        _("This passkey was not accepted. Try again, or choose another way."), code="passkey"
    )


class _Code:
    """Checks a code; an app's counts once, even where it would still be in time."""

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except KeysetError as error:
            log.error("A second factor cannot be opened: %s", error)
            raise ValidationError(
                _("Codes cannot be checked at the moment. Tell the person who runs this portal."),
                code="unreadable",
            ) from None
        factor: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if factor.type == Authenticator.Type.TOTP and not spend(factor.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_Code, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""

    code = code_field(_("From your authenticator app, or one of your recovery codes."))


class ConfirmByCodeForm(_Code, ReauthenticateForm):  # type: ignore[misc]
    """Confirming who one is, while signed in."""

    code = code_field(_("From your authenticator app, or one of your recovery codes."))


class ActivateAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """Setting up an app: the first code proves that it has the key."""

    code = code_field(_("The six digits that the app shows now."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        # Passing over allauth's own, which keeps the key in the session as it is.
        super(ActivateTOTPForm, self).__init__(*args, **kwargs)
        self.secret = pending_key() if self.is_bound else new_key()

    def clean_code(self) -> str:
        code: str = super().clean_code()
        spend(self.user, code)
        return code


def new_key() -> str:
    """Return a key that the person has yet to put into an app, kept sealed until then."""
    key: str = generate_totp_secret()
    context.request.session[SECRET_SESSION_KEY] = get_adapter().encrypt(key)
    return key


def pending_key() -> str:
    """Return the key that the page has shown, or a new one where there is none to read."""
    try:
        key: str = get_adapter().decrypt(context.request.session.get(SECRET_SESSION_KEY, ""))
    except KeysetError:
        return new_key()
    return key


class _NewName(forms.Form):
    """The name by which a person tells passkeys apart."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("For yourself, so that you know later which one it is."),
        max_length=80,
    )

    def clean_name(self) -> str:
        return visible_name(self.cleaned_data["name"])


class AddPasskeyForm(_NewName, AddWebAuthnForm):  # type: ignore[misc]
    """Adding a passkey: its name, and what the browser made."""

    # Every passkey of ours can sign in by itself; the page asks for such a one.
    passwordless = None

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]
        refuse_other_origins(credential, RegistrationResponse)
        return credential

    def clean(self) -> dict[str, Any]:
        try:
            super().clean()
        except ValidationError:
            self.add_error("credential", not_accepted())
        return self.cleaned_data


class RenamePasskeyForm(_NewName, EditWebAuthnForm):  # type: ignore[misc]
    """Giving a passkey another name."""


class _Passkey:
    """Checks a passkey, which must have been used on this very site."""

    def clean_credential(self) -> Authenticator:
        credential = self.cleaned_data["credential"]  # type: ignore[attr-defined]
        refuse_other_origins(credential, AuthenticationResponse)
        try:
            factor: Authenticator = super().clean_credential()  # type: ignore[misc]
        except ValidationError as error:
            raise (not_accepted() if error.code == "incorrect_code" else error) from None
        return factor


class PasskeyForm(_Passkey, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of signing in, with a passkey."""


class PasskeySignInForm(_Passkey, LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in with a passkey alone."""


class ConfirmByPasskeyForm(_Passkey, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Confirming who one is with a passkey, while signed in."""
