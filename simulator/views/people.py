"""People with a pretend phone: who they are, and who else there shall be."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from simulator.registration import LONGEST
from simulator.state import simulator
from simulator.tickets import random_text
from simulator.views import changing
from simulator.views.finding import person_or_404
from simulator.world import Person


@changing.page
def people(request: HttpRequest) -> HttpResponse:
    """Everybody; posting adds somebody."""
    world = simulator.world
    if request.method == "POST":
        person = Person(random_text(8).lower(), "")
        _describe(person, request)
        world.people[person.id] = person
        return changing.done("added", "console_people")
    apps = world.apps.values()
    cards = [
        (person, [(app, person.openid(app), person.unionid(app)) for app in apps])
        for person in world.people.values()
    ]
    context = {"section": "people", "cards": cards, "notice": changing.notice(request)}
    return render(request, "console_people.html", context)


@changing.posted
def change(request: HttpRequest, person_id: str) -> HttpResponse:
    """Another nickname or picture, or nobody any more."""
    person = person_or_404(person_id)
    if request.POST.get("then") == "remove":
        del simulator.world.people[person_id]
        return changing.done("removed", "console_people")
    _describe(person, request)
    return changing.done("saved", "console_people")


def _describe(person: Person, request: HttpRequest) -> None:
    # Blanks are left alone: a nickname may consist of nothing else.
    person.nickname = request.POST.get("nickname", "")[:LONGEST]
    person.picture = (person.picture or f"/avatar/{person.id}") if "picture" in request.POST else ""
