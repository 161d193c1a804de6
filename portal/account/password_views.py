"""django-allauth's views for resetting a password, with our rate limits."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordResetFromKeyView, PasswordResetView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.limits.rate import RateLimited
from portal.access import login_limits
from portal.mail import can_send_mail
from portal.shell.errors import too_many_requests


class PasswordReset(PasswordResetView):  # type: ignore[misc]
    """Sends the link by which a new password is chosen, or says that no email is sent."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_send_mail():
            return render(request, "account/password_reset_without_mail.html")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            login_limits.take_login_attempt(
                self.request, login_limits.RESET, account=form.cleaned_data["email"]
            )
        except RateLimited as refusal:
            return too_many_requests(self.request, refusal.seconds)
        response: HttpResponse = super().form_valid(form)
        return response


class PasswordResetFromKey(PasswordResetFromKeyView):  # type: ignore[misc]
    """Saves the new password of somebody who has opened the link."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        email = self.reset_user.email
        login_limits.reset_login_attempts(self.request, login_limits.PASSWORD, account=email)
        return response


password_reset = PasswordReset.as_view()
password_reset_from_key = PasswordResetFromKey.as_view()
