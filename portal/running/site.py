"""``make run``: the portal, the simulator and their PostgreSQL, up together and down together."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from portal.running.alone import alone
from portal.running.answering import Page, wait_for_page
from portal.running.children import Children
from portal.running.environment import demo_environment, is_given, simulator_origin
from portal.running.interruption import interruptible
from portal.running.places import ROOT
from portal.running.ports import HOST, asked_port, refuse_taken
from portal.running.postgres import Server
from portal.running.refusal import Refused
from portal.running.welcome import Welcome

WECHAT_ADDRESSES = ("WECHAT_OPEN_BASE_URL", "WECHAT_API_BASE_URL")


@dataclass(frozen=True)
class Site:
    """What is to be started, and where."""

    port: int
    simulator_port: int
    simulator_data: Path
    environment: Mapping[str, str]

    @property
    def simulator(self) -> str | None:
        """The simulator's address, when WeChat's addresses point there."""
        origin = simulator_origin(self.simulator_port)
        asked = (self.environment.get(name) for name in WECHAT_ADDRESSES)
        return origin if any((url or "").rstrip("/") == origin for url in asked) else None


def run_site(var: Path) -> int:
    """Start everything, say where it is, and keep it up until we are told to stop."""
    site = _chosen(var)
    children = Children(var / "run.children.json")
    try:
        with interruptible(), alone(var / "run.lock"):
            children.end_leftovers()
            _refuse_taken_ports(site)
            # Left in the opposite order: nobody asks the database any more when it stops.
            with _database(var) as address, children:
                _start(children, replace(site, environment={**site.environment, **address}))
                _watch(children)
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


def _chosen(var: Path) -> Site:
    port, simulator_port = asked_port("PORT", 8000), asked_port("SIMULATOR_PORT", 8800)
    if port == simulator_port:
        raise Refused(f"PORT and SIMULATOR_PORT are both {port}: set one of them to another.")
    environment = demo_environment(var, port, simulator_port)
    return Site(port, simulator_port, var / "simulator.json", environment)


def _refuse_taken_ports(site: Site) -> None:
    refuse_taken("PORT", site.port)
    if site.simulator:
        refuse_taken("SIMULATOR_PORT", site.simulator_port)


@contextmanager
def _database(var: Path) -> Iterator[dict[str, str]]:
    if is_given("DATABASE_URL"):
        yield {}
        return
    with Server(var / "postgres") as url:
        yield {"DATABASE_URL": url}


def _start(children: Children, site: Site) -> None:
    if site.simulator:
        children.start("simulator", _simulator(site), environment=site.environment)
    prepared = _prepare(site.environment)
    children.start("portal", _gunicorn(site.port), environment=site.environment)
    host = site.environment["MENKOU_PORTAL_HOST"]
    _await(children, Page("portal", site.port, "/healthz", host))
    if site.simulator:
        _await(children, Page("simulator", site.simulator_port, "/", HOST))
    print(Welcome.read(prepared, simulator=site.simulator).text(), flush=True)


def _simulator(site: Site) -> list[str]:
    command = [sys.executable, "-m", "simulator", "--port", str(site.simulator_port)]
    return [*command, "--data", str(site.simulator_data)]


def _gunicorn(port: int) -> list[str]:
    command = [sys.executable, "-m", "gunicorn", "--config", "portal/gunicorn.py"]
    return [*command, "--bind", f"{HOST}:{port}", "portal.wsgi"]


def _prepare(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Migrate, and make what a first start needs; its last line says how to sign in."""
    made = subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if made.returncode:
        raise Refused("`manage.py prepare` failed; its words are above.")
    said: dict[str, str | None] = json.loads(made.stdout.splitlines()[-1])
    return said


def _await(children: Children, page: Page) -> None:
    if not wait_for_page(page, give_up=lambda: children.ended() is not None):
        _refuse_ended(children)
        raise Refused(f"The {page.name} does not answer at port {page.port}; its words are above.")


def _watch(children: Children) -> None:
    while True:
        _refuse_ended(children)
        time.sleep(0.2)


def _refuse_ended(children: Children) -> None:
    name = children.ended()
    if name is not None:
        raise Refused(f"The {name} has stopped by itself; everything else was stopped, too.")
