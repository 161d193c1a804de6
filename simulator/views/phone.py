"""The simulated phone: what WeChat shows after the QR code was scanned."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect

from simulator.endpoints import simulated_endpoint
from simulator.state import simulator
from simulator.tickets import Stage, Ticket
from simulator.world import Person

PERSON_COOKIE = "sim_person"


@simulated_endpoint("confirm")
@csrf_protect
def confirm(request: HttpRequest) -> HttpResponse:
    """Opening the page is the scan. A POST is 同意 or 取消."""
    with simulator.lock:
        ticket = simulator.tickets.find(request.GET.get("uuid", ""))
        if ticket is None or ticket.stage_at(simulator.clock.now()) is Stage.EXPIRED:
            return render(request, "phone_expired.html")
        if request.method == "POST" and ticket.awaits_decision:
            return _decide(request, ticket)
        if request.method != "POST":
            simulator.scan(ticket)
        return _ask(request, ticket) if ticket.awaits_decision else _done(request, ticket)


def _decide(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    if request.POST.get("decision") != "agree":
        simulator.refuse(ticket)
        return _done(request, ticket)
    person = simulator.world.people.get(request.POST.get("person", ""))
    if person is None:
        return _ask(request, ticket, status=400)
    simulator.agree(ticket, person)
    response = _done(request, ticket)
    response.set_cookie(PERSON_COOKIE, person.id, httponly=True, samesite="Lax")
    return response


def _ask(request: HttpRequest, ticket: Ticket, *, status: int = 200) -> HttpResponse:
    people = list(simulator.world.people.values())
    context = {
        "app": ticket.app,
        "people": people,
        "chosen": remembered(request, people),
        "nobody_chosen": status != 200,
    }
    return render(request, "phone_confirm.html", context, status=status)


def remembered(request: HttpRequest, people: list[Person]) -> str:
    """Return the person last chosen in this browser, or the first one."""
    before = request.COOKIES.get(PERSON_COOKIE, "")
    known = [person.id for person in people]
    return before if before in known else (known or [""])[0]


def _done(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    agreed = ticket.stage is Stage.CONFIRMED
    context = {"app": ticket.app, "ticket": ticket, "agreed": agreed}
    return render(request, "phone_done.html", context)
