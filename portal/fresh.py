"""Fresh authentication: who is signed in for longer confirms once more who they are.

allauth keeps in the session when and how somebody signed in, or confirmed, and has the pages on
which one confirms. Its own rule does not count a sign-in; ours does.
"""

from __future__ import annotations

import time
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

TYPED = "menkou_typed"


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person has signed in, or confirmed who they are, within ten minutes."""
    times = [record["at"] for record in get_authentication_records(request, request.user)]
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return bool(times) and max(times) > since


def confirm_first(request: HttpRequest, *, keep: tuple[str, ...]) -> HttpResponse:
    """Lead to the page on which one confirms, and from there back; what was sent is not done."""
    if request.method == "POST":
        typed = {name: request.POST[name] for name in keep if name in request.POST}
        request.session[TYPED] = {"path": request.path, "fields": typed}
    back = urlencode({REDIRECT_FIELD_NAME: request.path})
    return redirect(f"{confirmation_url(request)}?{back}")


def confirmation_url(request: HttpRequest) -> str:
    """Return the page for the first of the ways in which the person can confirm."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    return str(methods[0]["url"]) if methods else reverse("account_reauthenticate")


def typed_before(request: HttpRequest) -> dict[str, str]:
    """Return what was typed on this page before confirming, once, and say that nothing was done."""
    waiting = request.session.get(TYPED)
    if request.method != "GET" or not waiting or waiting["path"] != request.path:
        return {}
    del request.session[TYPED]
    messages.warning(
        request,
        _("Nothing has been changed yet. You have confirmed who you are; now do it once more."),
    )
    fields: dict[str, str] = waiting["fields"]
    return fields
