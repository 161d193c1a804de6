"""The apps, accounts and people that the control API can create and change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from simulator import pushes
from simulator.json_input import BadInput, check_keys, parse_choice
from simulator.state import simulator
from simulator.tickets import random_text
from simulator.world import App, AppState, Kind, Person, PushFormat, new_appid, new_secret

Data = dict[str, Any]


def list_apps(data: Data) -> Data:
    """All apps, secrets included."""
    return {"apps": [asdict(app) for app in simulator.world.apps.values()]}


def save_app(data: Data) -> Data:
    """Create an app, or change the one with this appid. ``rotate_secret`` ends the old secret."""
    check_keys(
        data,
        appid=str,
        secret=str,
        rotate_secret=bool,
        name=str,
        name_en=str,
        kind=str,
        state=str,
        login_granted=bool,
        callback_domain=str,
        open_account=str,
        original_id=str,
        ip_whitelist=list,
        lenient_localhost=bool,
        description=str,
        description_en=str,
        website=str,
        refusal=str,
        push_url=str,
        push_token=str,
        push_format=str,
    )
    changes = dict(data)
    if changes.pop("rotate_secret", False):
        changes["secret"] = new_secret()
    if "secret" in changes:
        changes["secret_is_open"] = True
    if "kind" in changes:
        changes["kind"] = parse_choice(changes["kind"], Kind, "kind")
    if "state" in changes:
        changes["state"] = parse_choice(changes["state"], AppState, "state")
    if "push_format" in changes:
        changes["push_format"] = parse_choice(changes["push_format"], PushFormat, "push_format")
    if problem := pushes.find_problem(changes.get("push_url", "")):
        raise BadInput(problem.en)
    if "ip_whitelist" in changes:
        changes["ip_whitelist"] = tuple(map(str, changes["ip_whitelist"]))
    app = simulator.world.apps.get(changes.get("appid", "")) or _new_app(changes)
    for name, value in changes.items():
        setattr(app, name, value)
    return asdict(app)


def list_accounts(data: Data) -> Data:
    """All accounts of the Open Platform."""
    return {"accounts": [asdict(account) for account in simulator.world.accounts.values()]}


def save_account(data: Data) -> Data:
    """Create an account, or rename the one with this 原始ID."""
    check_keys(data, original_id=str, name=str)
    account = simulator.world.accounts.get(data.get("original_id", ""))
    if "original_id" in data and account is None:
        raise BadInput("No account has this original_id.")
    account = account or simulator.world.open_account("")
    account.name = data.get("name", account.name)
    return asdict(account)


def list_people(data: Data) -> Data:
    """All people."""
    return {"people": [asdict(person) for person in simulator.world.people.values()]}


def save_person(data: Data) -> Data:
    """Create a person, or change the one with this id."""
    check_keys(data, id=str, nickname=str, picture=str, unionids=dict)
    person_id = data.get("id") or random_text(8)
    person = simulator.world.people.setdefault(person_id, Person(person_id, ""))
    for name, value in {**data, "id": person_id}.items():
        setattr(person, name, value)
    return asdict(person)


def _new_app(given: Data) -> App:
    app = App(
        appid=given.get("appid") or new_appid(),
        secret=new_secret(),
        name="Website",
        callback_domain="",
        open_account="gh_000000000000",
    )
    given.setdefault("appid", app.appid)
    simulator.world.apps[app.appid] = app
    return app
