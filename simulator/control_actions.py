"""The actions of the control API. Each function takes and returns a JSON object."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from simulator import pushes
from simulator.json_input import BadInput, check_keys, parse_choice, require_keys
from simulator.pushes import PushEvent
from simulator.state import simulator
from simulator.tickets import Stage, Ticket
from simulator.world import App, Person
from simulator.worlds import WORLDS

Data = dict[str, Any]


def health(data: Data) -> Data:
    """Return the world, and the number of polls on hold."""
    held = simulator.held_polls
    return {"ok": True, "world": simulator.world.name, "held_polls": held}


def reset(data: Data) -> Data:
    """Start again with a world."""
    world = check_keys(data, world=str).get("world", "demo")
    if world not in WORLDS:
        raise BadInput(f"world must be one of: {', '.join(WORLDS)}.")
    simulator.begin(world)
    return health({})


def read_clock(data: Data) -> Data:
    """The simulator's time."""
    return {"now": simulator.clock.read()}


def move_clock(data: Data) -> Data:
    """Stop the clock at a moment, advance it, or let it follow real time again."""
    check_keys(data, advance_s=float, set=str, real=bool)
    if data.get("real"):
        simulator.clock.follow_real_time()
    if "set" in data:
        try:
            simulator.clock.stop_at(datetime.fromisoformat(data["set"]))
        except ValueError as error:
            raise BadInput("set must be a time such as 2026-01-01T00:00:00Z.") from error
    simulator.clock.advance(data.get("advance_s", 0))
    simulator.tell_pollers()
    return read_clock({})


def read_switches(data: Data) -> Data:
    """Return the current switches."""
    return simulator.switches.read()


def change_switches(data: Data) -> Data:
    """Change the given switches."""
    simulator.switches.change(data)
    return simulator.switches.read()


def add_fault(data: Data) -> Data:
    """Add a fault to an endpoint."""
    return asdict(simulator.faults.add(data))


def clear_faults(data: Data) -> Data:
    """Remove all faults."""
    simulator.faults.clear()
    return {}


def approve(data: Data) -> Data:
    """Scan and tap 同意 as a person; return the code and the URL for the browser."""
    check_keys(data, uuid=str, person=str)
    require_keys(data, "uuid", "person")
    ticket, person = _ticket(data["uuid"]), _person(data["person"])
    simulator.scan(ticket)
    simulator.agree(ticket, person)
    return {"code": ticket.code, "navigate": ticket.address_after_consent()}


def cancel(data: Data) -> Data:
    """Scan and tap 取消; return the URL for the browser, which is usually empty."""
    check_keys(data, uuid=str)
    require_keys(data, "uuid")
    ticket = _ticket(data["uuid"])
    simulator.scan(ticket)
    simulator.refuse(ticket)
    goes_back = simulator.returns_after_refusal()
    return {"navigate": ticket.address_after_refusal() if goes_back else None}


def issue_code(data: Data) -> Data:
    """Return a code without any page, also for a service account or with the scope snsapi_base."""
    check_keys(data, appid=str, person=str, scope=str)
    require_keys(data, "appid", "person")
    scope = data.get("scope", "snsapi_login")
    code = simulator.issue_code(_app(data["appid"]), _person(data["person"]), scope)
    return {"code": code}


def push_event(data: Data) -> Data:
    """Push an event to an app's server; return the event and the server's status."""
    check_keys(data, appid=str, person=str, event=str)
    require_keys(data, "appid", "person")
    kind = parse_choice(data.get("event", PushEvent.REVOKE), PushEvent, "event")
    with simulator.lock:
        app, person = _app(data["appid"]), _person(data["person"])
        if not app.push_url:
            raise BadInput("The app has no push_url.")
        push = pushes.prepare(app, person, kind, simulator.clock.now())
    status = pushes.send(push)
    simulator.record("push", {"params": {"event": kind.value}, "status": status})
    return {"event": push.event, "status": status}


def read_log(data: Data) -> Data:
    """Return the counts and the calls, without secrets."""
    return simulator.journal.read()


def clear_log(data: Data) -> Data:
    """Reset the counts."""
    simulator.journal.clear()
    return {}


def _app(appid: str) -> App:
    app = simulator.world.apps.get(appid)
    if app is None:
        raise BadInput("No app has this appid.")
    return app


def _ticket(uuid: str) -> Ticket:
    ticket = simulator.tickets.find(uuid)
    if ticket is None or ticket.stage_at(simulator.clock.now()) is Stage.EXPIRED:
        raise BadInput("No living QR code has this uuid.")
    if ticket.stage is Stage.CONFIRMED:
        raise BadInput("This QR code has been used.")
    return ticket


def _person(person_id: str) -> Person:
    person = simulator.world.people.get(person_id)
    if person is None:
        raise BadInput(f"Nobody has the id {person_id!r}.")
    return person
