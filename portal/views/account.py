"""An operator's own account: name, password, language, and what they sign in with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.access import came_for, operator_page
from portal.forms import OperatorForm
from portal.second_factors import Kind
from projects.requests import OperatorRequest
from projects.services import rename_operator


@dataclass(frozen=True)
class Factor:
    """A factor of the person, as the page tells it."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@require_http_methods(["GET", "POST"])
@operator_page
def account(request: OperatorRequest) -> HttpResponse:
    """Rename oneself, and see how one signs in."""
    form = OperatorForm(request.POST or None, instance=request.user)
    if form.is_valid():
        rename_operator(request.user, name=form.cleaned_data["name"])
        messages.success(request, _("Your account was saved."))
        return redirect("portal:account")
    request.user.refresh_from_db(fields=["name"])
    context = {"form": form, "came_for": came_for(request), **factors_of(request)}
    return render(request, "portal/account.html", context)


def factors_of(request: OperatorRequest) -> dict[str, object]:
    """Return the person's factors by kind, and how many recovery codes are left."""
    found = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    codes = next((each for each in found if each.type == Kind.RECOVERY_CODES), None)
    return {
        "app": next((told(each) for each in found if each.type == Kind.TOTP), None),
        "passkeys": [told(each) for each in found if each.type == Kind.WEBAUTHN],
        "codes": told(codes) if codes else None,
        "codes_left": codes_left(codes) if codes else 0,
    }


def told(factor: Authenticator) -> Factor:
    """Return what the page says of a factor."""
    return Factor(factor.pk, str(factor), factor.created_at, factor.last_used_at)


def codes_left(codes: Authenticator) -> int:
    """Return how many recovery codes were not used yet, without opening them."""
    used: int = codes.data["used_mask"]
    return settings.MFA_RECOVERY_CODE_COUNT - used.bit_count()
