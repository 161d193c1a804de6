"""The people: list, add, change and remove them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from simulator.registration import LONGEST
from simulator.state import simulator
from simulator.tickets import random_text
from simulator.views import console
from simulator.views.lookup import person_or_404
from simulator.world import Person


@console.page
def people(request: HttpRequest) -> HttpResponse:
    """List everyone. A POST adds a person."""
    world = simulator.world
    if request.method == "POST":
        person = Person(random_text(8).lower(), "")
        _describe(person, request)
        world.people[person.id] = person
        return console.done("added", "console_people")
    apps = world.apps.values()
    cards = [
        (person, [(app, person.openid(app), person.unionid(app)) for app in apps])
        for person in world.people.values()
    ]
    context = {"section": "people", "cards": cards, "notice": console.notice(request)}
    return render(request, "console_people.html", context)


@console.post_only
def change(request: HttpRequest, person_id: str) -> HttpResponse:
    """Change the nickname or picture, or remove the person."""
    person = person_or_404(person_id)
    if request.POST.get("then") == "remove":
        del simulator.world.people[person_id]
        return console.done("removed", "console_people")
    _describe(person, request)
    return console.done("saved", "console_people")


def _describe(person: Person, request: HttpRequest) -> None:
    # Blanks are kept: a nickname may consist of nothing else.
    person.nickname = request.POST.get("nickname", "")[:LONGEST]
    person.picture = (person.picture or f"/avatar/{person.id}") if "picture" in request.POST else ""
