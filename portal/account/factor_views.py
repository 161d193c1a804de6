"""django-allauth's views of second factors, with additional context."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
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
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal.access.roles import fresh_page, operator_page, requiring_project
from portal.access.second_factors import factor_kinds, projects_losing_access, remember_factor
from portal.allauth_internals import passkey_options, person_at_second_step
from projects.models import User
from projects.requests import OperatorRequest

# All of them are sent to the browser at each sign-in.
MAX_PASSKEYS = 20

uncached = method_decorator(never_cache, name="dispatch")
requires_confirmation = method_decorator(fresh_page, name="dispatch")


@operator_page
def account_security(request: OperatorRequest) -> HttpResponse:
    """Redirect from allauth's index page to the account page."""
    return redirect("portal:account")


class SecondStep(AuthenticateView):  # type: ignore[misc]
    """After the password: a code or a passkey."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "kinds": factor_kinds(person_at_second_step(self.request))}


@uncached
class ConfirmByCode(ReauthenticateView):  # type: ignore[misc]
    """Reauthentication with a code."""


@uncached
class ConfirmByPasskey(ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Reauthentication with a passkey."""

    def form_invalid(self, form: Any) -> HttpResponse:
        # allauth redirects to the sign-in page, which redirects a signed-in person away.
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(), **kwargs}


@requires_confirmation
class SetUpApp(ActivateTOTPView):  # type: ignore[misc]
    """Sets up an authenticator app."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        mine = Authenticator.objects.filter(user=self.request.user)
        remember_factor(self.request, mine.get(type=Authenticator.Type.TOTP))
        return response


@requires_confirmation
class RemoveApp(DeactivateTOTPView):  # type: ignore[misc]
    """Removes the app; the page names the projects that need it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {
            **context,
            "projects_losing_access": projects_losing_access(self.request.user, self.authenticator),
        }


@requires_confirmation
class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    """Adds a passkey that also allows passwordless sign-in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data()
        options = {"creation_options": passkey_options(self.request.user)}
        return {**context, **kwargs, "js_data": options}

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        # Locked until commit, so that concurrent additions count.
        User.objects.select_for_update(no_key=True).get(pk=self.request.user.pk)
        mine = Authenticator.objects.filter(
            user=self.request.user, type=Authenticator.Type.WEBAUTHN
        )
        if mine.count() >= MAX_PASSKEYS:
            form.add_error(None, passkey_limit_message())
            refusal: HttpResponse = self.form_invalid(form)
            return refusal
        # The first factor also creates recovery codes; their key must not change before commit.
        response: HttpResponse = super().form_valid(form)
        remember_factor(self.request, mine.latest("pk"))
        return response


def passkey_limit_message() -> str:
    """Return the message for the limit on passkeys."""
    return _(
        "You can have at most %(most)d passkeys. To add another one, remove one that you no "
        "longer use."
    ) % {"most": MAX_PASSKEYS}


@requires_confirmation
class RenamePasskey(EditWebAuthnView):  # type: ignore[misc]
    """Renames a passkey."""


@requires_confirmation
class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """Removes a passkey; the page names the projects that need it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {
            **context,
            "projects_losing_access": projects_losing_access(self.request.user, self.object),
        }


@requires_confirmation
class RecoveryCodes(ViewRecoveryCodesView):  # type: ignore[misc]
    """Shows the codes once; afterwards only how many are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "requiring_project": requiring_project(self.request)}

    def head(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A HEAD request would use up the only time that the codes are shown.
        return HttpResponse(status=405, headers={"Allow": "GET"})


@requires_confirmation
class NewRecoveryCodes(GenerateRecoveryCodesView):  # type: ignore[misc]
    """Replaces the recovery codes."""


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
