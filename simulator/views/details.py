"""应用详情: one app, as its owner and its reviewer see it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from simulator import icons, registration, review
from simulator.pushes import PushEvent
from simulator.state import simulator
from simulator.views import changing
from simulator.views.finding import app_or_404
from simulator.world import App, PushFormat


@changing.page
def details(request: HttpRequest, appid: str) -> HttpResponse:
    """The page, with the secret if it was made just now: it is shown once."""
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
    """The page as it is now, with what somebody has typed wrongly."""
    world = simulator.world
    context = {
        "section": "apps",
        "app": app,
        "state": review.STATES[app.state],
        "has_appid": review.has_appid(app),
        "may_be_edited": review.may_be_edited(app),
        "lines": list(registration.begin(app).lines())[:-1],
        "doubts": list(review.doubts(app, world.apps.values())),
        "account": world.accounts[app.open_account],
        "accounts": world.accounts.values(),
        "people": world.people.values(),
        "events": list(PushEvent),
        "formats": list(PushFormat),
        "notice": changing.notice(request),
    }
    return render(request, "console_app.html", context | more, status=status)
