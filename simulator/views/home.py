"""The home page: what waits here, and what to copy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from simulator.state import simulator
from simulator.world import App, AppState, Person

STATES = {
    AppState.APPROVED: ("已通过", "Approved"),
    AppState.AUDITING: ("审核中", "In review"),
    AppState.REFUSED: ("未通过", "Refused"),
    AppState.OFFLINE: ("已下线", "Offline"),
}


def home(request: HttpRequest) -> HttpResponse:
    """All apps with their credentials, and all people with their ids in each app."""
    with simulator.lock:
        people = list(simulator.world.people.values())
        apps = [_shown(app, people) for app in simulator.world.apps.values()]
    base = request.build_absolute_uri("/").rstrip("/")
    return render(request, "home.html", {"apps": apps, "people": people, "base": base})


def _shown(app: App, people: list[Person]) -> dict[str, object]:
    return {
        "app": app,
        "state": STATES[app.state],
        "ids": [(person, person.openid(app), person.unionid(app)) for person in people],
    }
