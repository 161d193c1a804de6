"""应用详情: an app's page for its owner and its reviewer."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from simulator import icons, registration, review
from simulator.pushes import PushEvent
from simulator.state import simulator
from simulator.views import console
from simulator.views.lookup import app_or_404
from simulator.world import App, PushFormat


@console.page
def details(request: HttpRequest, appid: str) -> HttpResponse:
    """The page. A newly created secret is shown once."""
    app = app_or_404(appid)
    secret = simulator.unseen_secrets.pop(appid, "") if request.method == "GET" else ""
    return show(request, app, new_secret=secret)


def icon(request: HttpRequest, appid: str) -> HttpResponse:
    """The app's larger picture."""
    with simulator.lock:
        kept = app_or_404(appid).icon_large
    if not kept:
        raise Http404
    picture = HttpResponse(icons.from_text(kept), content_type="image/png")
    picture.headers["X-Content-Type-Options"] = "nosniff"
    return picture


def show(request: HttpRequest, app: App, *, status: int = 200, **more: Any) -> HttpResponse:
    """Return the page with its current values and the errors of a form."""
    world = simulator.world
    context = {
        "section": "apps",
        "app": app,
        "state": review.STATES[app.state],
        "has_appid": review.has_appid(app),
        "may_be_edited": review.may_be_edited(app),
        "lines": list(registration.start_form(app).lines())[:-1],
        "doubts": list(review.doubts(app, world.apps.values())),
        "account": world.accounts[app.open_account],
        "accounts": world.accounts.values(),
        "people": world.people.values(),
        "events": list(PushEvent),
        "formats": list(PushFormat),
        "notice": console.notice(request),
    }
    return render(request, "console_app.html", context | more, status=status)
