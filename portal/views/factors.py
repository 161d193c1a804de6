"""django-allauth's pages of second factors, with what ours tell beyond them."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from portal.access import came_for, fresh_page, operator_page
from portal.second_factors import kinds_of, projects_that_close, remember_factor
from projects.requests import OperatorRequest

private = method_decorator(never_cache, name="dispatch")
delicate = method_decorator(fresh_page, name="dispatch")


@operator_page
def account_security(request: OperatorRequest) -> HttpResponse:
    """Where django-allauth goes when something was done: to the account's own page."""
    return redirect("portal:account")


class SecondStep(AuthenticateView):  # type: ignore[misc]
    """After the password: a code or a passkey."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "kinds": kinds_of(self.stage.login.user)}


@private
class ConfirmByCode(ReauthenticateView):  # type: ignore[misc]
    """Somebody signed in confirms who they are with a code."""


@private
class ConfirmByPasskey(ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Somebody signed in confirms who they are with a passkey."""

    def form_invalid(self, form: Any) -> HttpResponse:
        # allauth's own leads to the sign-in page, which leads a signed-in person away.
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(), **kwargs}


@delicate
class SetUpApp(ActivateTOTPView):  # type: ignore[misc]
    """A key for an authenticator app, and the first code from it."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        mine = Authenticator.objects.filter(user=self.request.user)
        remember_factor(self.request, mine.get(type=Authenticator.Type.TOTP))
        return response


@delicate
class RemoveApp(DeactivateTOTPView):  # type: ignore[misc]
    """Takes the app away, after saying what closes without it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "closing": projects_that_close(self.request.user, self.authenticator)}


@delicate
class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    """A passkey that can also sign in by itself."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data()
        options = begin_registration(self.request.user, passwordless=True)
        return {**context, **kwargs, "js_data": {"creation_options": options}}

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        # Its first one brings recovery codes, which no key may leave before they are saved.
        response: HttpResponse = super().form_valid(form)
        mine = Authenticator.objects.filter(user=self.request.user)
        passkeys = mine.filter(type=Authenticator.Type.WEBAUTHN)
        remember_factor(self.request, passkeys.latest("pk"))
        return response


@delicate
class RenamePasskey(EditWebAuthnView):  # type: ignore[misc]
    """Gives a passkey another name."""


@delicate
class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """Takes a passkey away, after saying what closes without it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "closing": projects_that_close(self.request.user, self.object)}


@delicate
class RecoveryCodes(ViewRecoveryCodesView):  # type: ignore[misc]
    """The codes, once; afterwards only how many are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "came_for": came_for(self.request)}

    def head(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Who asks for the head alone would use up the one time that they are shown.
        return HttpResponse(status=405, headers={"Allow": "GET"})


@delicate
class NewRecoveryCodes(GenerateRecoveryCodesView):  # type: ignore[misc]
    """Other codes in place of those there are."""


second_step = SecondStep.as_view()
confirm_by_code = ConfirmByCode.as_view()
confirm_by_passkey = ConfirmByPasskey.as_view()
sign_in_by_passkey = LoginWebAuthnView.as_view()
set_up_app = SetUpApp.as_view()
remove_app = RemoveApp.as_view()
add_passkey = AddPasskey.as_view()
rename_passkey = RenamePasskey.as_view()
remove_passkey = RemovePasskey.as_view()
recovery_codes = RecoveryCodes.as_view()
new_recovery_codes = NewRecoveryCodes.as_view()
