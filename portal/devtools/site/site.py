"""``make run``: starts and stops portal, worker, simulator and PostgreSQL together."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from portal.devtools.child_environments import (
    demo_environment,
    is_set,
    local_origin,
    portal_environment,
    simulator_environment,
    website_environment,
)
from portal.devtools.child_processes import ChildProcesses
from portal.devtools.command_errors import CommandFailed
from portal.devtools.folders import ROOT
from portal.devtools.lock import hold_lock
from portal.devtools.ports import HOST, Ports, read_ports, refuse_taken_port
from portal.devtools.postgres.server import Server
from portal.devtools.site.startup_check import StartupPage, wait_for_page
from portal.devtools.site.welcome import Welcome
from portal.devtools.supervision import interruptible

WECHAT_ADDRESSES = ("WECHAT_OPEN_BASE_URL", "WECHAT_API_BASE_URL")


@dataclass(frozen=True)
class Site:
    """Ports, folders and environment of a site."""

    ports: Ports
    var: Path
    environment: Mapping[str, str]

    @property
    def simulator(self) -> str | None:
        """The simulator's origin, or None if WeChat's base URLs point elsewhere."""
        origin = local_origin(self.ports.simulator)
        asked = (self.environment.get(name) for name in WECHAT_ADDRESSES)
        return origin if any((url or "").rstrip("/") == origin for url in asked) else None

    @property
    def website(self) -> str:
        """The demo website's origin."""
        return local_origin(self.ports.website)

    @property
    def website_file(self) -> Path:
        """The file with the website's client id and secret."""
        return self.var / "website.json"


def run_site(var: Path) -> int:
    """Start everything, print the URLs, and wait until interrupted."""
    site = _read_options(var)
    children = ChildProcesses(var / "run.children.json")
    try:
        with interruptible(), hold_lock(var / "run.lock"):
            children.terminate_leftovers()
            _refuse_taken_ports(site)
            # Left in reverse order: the database stops after its clients.
            with _database(var) as address, children:
                _start(children, replace(site, environment={**site.environment, **address}))
                _watch(children)
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


def _read_options(var: Path) -> Site:
    ports = read_ports()
    return Site(ports, var, demo_environment(var, ports))


def _refuse_taken_ports(site: Site) -> None:
    refuse_taken_port("PORT", site.ports.portal)
    if site.simulator:
        refuse_taken_port("SIMULATOR_PORT", site.ports.simulator)
    refuse_taken_port("WEBSITE_PORT", site.ports.website)


@contextmanager
def _database(var: Path) -> Iterator[dict[str, str]]:
    if is_set("DATABASE_URL"):
        yield {}
        return
    with Server(var / "postgres") as url:
        yield {"DATABASE_URL": url}


def _start(children: ChildProcesses, site: Site) -> None:
    if site.simulator:
        simulator = simulator_environment(site.environment)
        children.start("simulator", _simulator(site), environment=simulator)
    prepared = _prepare(site)
    portal = portal_environment(site.environment)
    children.start("portal", _gunicorn(site.ports.portal), environment=portal)
    children.start("worker", [sys.executable, "manage.py", "worker"], environment=portal)
    website = website_environment(site.website_file)
    children.start("website", website_command(site.ports.website), environment=website)
    host = site.environment["MENKOU_PORTAL_HOST"]
    _await(children, StartupPage("portal", site.ports.portal, "/healthz", host))
    _await(children, StartupPage("website", site.ports.website, "/", HOST))
    if site.simulator:
        _await(children, StartupPage("simulator", site.ports.simulator, "/", HOST))
    print(Welcome.from_prepared(prepared, simulator=site.simulator).text(), flush=True)


def _simulator(site: Site) -> list[str]:
    command = [sys.executable, "-m", "simulator", "--port", str(site.ports.simulator)]
    return [*command, "--data", str(site.var / "simulator.json")]


def _gunicorn(port: int) -> list[str]:
    command = [sys.executable, "-m", "gunicorn", "--config", "portal/server/gunicorn.py"]
    return [*command, "--bind", f"{HOST}:{port}", "portal.wsgi"]


def website_command(port: int) -> list[str]:
    """Return the command that starts the demo website in the clone's folder."""
    command = [sys.executable, "-m", "gunicorn", "--chdir", "examples/website", "--threads", "4"]
    quiet = ["--log-level", "warning", "--no-control-socket"]
    return [*command, *quiet, "--bind", f"{HOST}:{port}", "website:app"]


def _prepare(site: Site) -> dict[str, str | None]:
    """Run `manage.py prepare`; return the credentials from its last line."""
    website = ["--website", site.website, "--website-file", str(site.website_file)]
    made = subprocess.run(
        [sys.executable, "manage.py", "prepare", *website],
        cwd=ROOT,
        env=site.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if made.returncode:
        raise CommandFailed("`manage.py prepare` failed; its words are above.")
    result: dict[str, str | None] = json.loads(made.stdout.splitlines()[-1])
    return result


def _await(children: ChildProcesses, page: StartupPage) -> None:
    if not wait_for_page(page, give_up=lambda: children.first_ended() is not None):
        _refuse_ended(children)
        raise CommandFailed(
            f"The {page.name} does not answer at port {page.port}; its words are above."
        )


def _watch(children: ChildProcesses) -> None:
    while True:
        _refuse_ended(children)
        time.sleep(0.2)


def _refuse_ended(children: ChildProcesses) -> None:
    name = children.first_ended()
    if name is not None:
        raise CommandFailed(f"The {name} has stopped by itself; everything else was stopped, too.")
