"""Reauthentication before sensitive actions.

allauth stores in the session when and how a person authenticated, and has the pages to
reauthenticate. Its own rule does not count a recent sign-in; ours does.
"""

from __future__ import annotations

import time
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.allauth_internals import get_authentication_records

KEPT_FIELDS = "menkou_typed"


def is_recently_authenticated(request: HttpRequest) -> bool:
    """Whether the person has authenticated within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    times = [record["at"] for record in get_authentication_records(request, request.user)]
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return bool(times) and max(times) > since


def redirect_to_confirmation(request: HttpRequest, *, keep: tuple[str, ...]) -> HttpResponse:
    """Redirect to the reauthentication page and back; a submitted form is not processed."""
    if request.method == "POST":
        typed = {name: request.POST[name] for name in keep if name in request.POST}
        request.session[KEPT_FIELDS] = {"path": request.path, "fields": typed}
    back = urlencode({REDIRECT_FIELD_NAME: request.path})
    return redirect(f"{confirmation_url(request)}?{back}")


def confirmation_url(request: HttpRequest) -> str:
    """Return the URL of the person's first reauthentication method."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    return str(methods[0]["url"]) if methods else reverse("account_reauthenticate")


def restore_typed_fields(request: HttpRequest) -> dict[str, str]:
    """Return the fields kept from before the reauthentication, once, and add a message."""
    waiting = request.session.get(KEPT_FIELDS)
    if request.method != "GET" or not waiting or waiting["path"] != request.path:
        return {}
    del request.session[KEPT_FIELDS]
    messages.warning(
        request,
        _("Your identity is confirmed, but nothing has been changed yet. Please submit again."),
    )
    fields: dict[str, str] = waiting["fields"]
    return fields
