"""Views of an application's client secrets."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications.models import Application, ApplicationSecret
from applications.services import (
    LastSecret,
    TooManySecrets,
    add_secret,
    expire_secret,
    remove_secret,
)
from portal.access.roles import project_page
from portal.applications.forms import RemoveSecretForm
from portal.applications.page_context import secret_rows
from portal.applications.views import application_or_404, application_page
from projects.models import Role
from projects.requests import MemberRequest


@require_POST
@project_page(role=Role.EDITOR)
def application_secret_add(request: MemberRequest, client_id: str) -> HttpResponse:
    """Add a client secret, and show it in the answer.

    The form carries the newest secret that its page showed, so a form that is sent twice adds one.
    """
    application = application_or_404(request, client_id)
    newest = max((row.secret.pk for row in secret_rows(application)), default=0)
    if request.POST.get("newest", str(newest)) != str(newest):
        messages.info(request, _("A client secret was added already. It is shown only once."))
        return redirect(application)
    try:
        secret = add_secret(application, actor=request.user)
    except Application.DoesNotExist:
        raise Http404 from None
    except TooManySecrets:
        messages.error(request, too_many_secrets_message())
        return redirect(application)
    return application_page(request, application, new_secret=secret)


@require_http_methods(["GET", "POST"])
@project_page(role=Role.EDITOR)
def application_secret_remove(request: MemberRequest, client_id: str, secret: int) -> HttpResponse:
    """Remove a client secret now, or let it expire later."""
    application = application_or_404(request, client_id)
    row = next((each for each in secret_rows(application) if each.secret.pk == secret), None)
    if row is None:
        raise Http404
    form = RemoveSecretForm(request.POST or None)
    if form.is_valid():
        try:
            message = end_secret(row.secret, form.cleaned_data["days"], request)
        except (Application.DoesNotExist, ApplicationSecret.DoesNotExist):
            raise Http404 from None
        except LastSecret:
            messages.error(request, last_secret_message())
        else:
            messages.success(request, message)
        return redirect(application)
    context = {"application": application, "row": row, "form": form}
    return render(request, "portal/applications/remove_secret.html", context)


def end_secret(secret: ApplicationSecret, days: int, request: MemberRequest) -> str:
    """Remove a secret or let it expire, and return what was done."""
    if not days:
        remove_secret(secret, actor=request.user)
        return _("Client secret removed. Requests with it are refused.")
    expire_secret(secret, at=now() + timedelta(days=days), actor=request.user)
    return _("Client secret's expiry saved.")


def too_many_secrets_message() -> str:
    """Return the message for the limit on secrets."""
    return _("An application can have at most two valid client secrets. Remove one of them first.")


def last_secret_message() -> str:
    """Return the message for the only valid secret."""
    return _("This is the only valid client secret. Add another one first.")
