"""An operator's account page."""

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

from portal.access.roles import operator_page, requiring_project
from portal.access.second_factors import FactorKind
from portal.shell.forms import OperatorForm
from projects.requests import OperatorRequest
from projects.tenants.services import rename_operator


@dataclass(frozen=True)
class FactorRow:
    """A second factor in the list."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@require_http_methods(["GET", "POST"])
@operator_page
def account(request: OperatorRequest) -> HttpResponse:
    """Show the account and change the name."""
    form = OperatorForm(request.POST or None, instance=request.user)
    if form.is_valid():
        rename_operator(request.user, name=form.cleaned_data["name"])
        messages.success(request, _("Your changes have been saved."))
        return redirect("portal:account")
    request.user.refresh_from_db(fields=["name"])
    context = {
        "form": form,
        "requiring_project": requiring_project(request),
        **factors_context(request),
    }
    return render(request, "portal/account.html", context)


def factors_context(request: OperatorRequest) -> dict[str, object]:
    """Return the person's factors by kind, and how many recovery codes are left."""
    found = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    codes = next((each for each in found if each.type == FactorKind.RECOVERY_CODES), None)
    return {
        "app": next((factor_row(each) for each in found if each.type == FactorKind.TOTP), None),
        "passkeys": [factor_row(each) for each in found if each.type == FactorKind.WEBAUTHN],
        "codes": factor_row(codes) if codes else None,
        "codes_left": count_unused_codes(codes) if codes else 0,
    }


def factor_row(factor: Authenticator) -> FactorRow:
    """Return the row of a factor."""
    return FactorRow(factor.pk, str(factor), factor.created_at, factor.last_used_at)


def count_unused_codes(codes: Authenticator) -> int:
    """Return how many recovery codes are unused, without decrypting them."""
    used: int = codes.data["used_mask"]
    return settings.MFA_RECOVERY_CODE_COUNT - used.bit_count()
