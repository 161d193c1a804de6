"""The home page: apps and people, with values to copy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from simulator import review
from simulator.state import simulator
from simulator.world import App, AppState, Person


def home(request: HttpRequest) -> HttpResponse:
    """List the apps that have an AppID with their credentials, and the people with their ids."""
    with simulator.lock:
        people = list(simulator.world.people.values())
        kept = simulator.world.apps.values()
        apps = [_shown(app, people) for app in kept if app.state is not AppState.DRAFT]
        storage = simulator.storage.path
    base = request.build_absolute_uri("/").rstrip("/")
    context = {"apps": apps, "people": people, "base": base, "storage": storage}
    return render(request, "home.html", context)


def _shown(app: App, people: list[Person]) -> dict[str, object]:
    return {
        "app": app,
        "state": review.STATES[app.state],
        "has_appid": review.has_appid(app),
        "ids": [(person, person.openid(app), person.unionid(app)) for person in people],
    }
