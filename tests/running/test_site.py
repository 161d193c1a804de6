"""``make run`` brings everything up and takes it down, or says in a line why it cannot."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from portal.devtools.child_environments import is_ours
from portal.devtools.child_processes import ChildProcesses
from portal.devtools.command_errors import CommandFailed
from portal.devtools.folders import ROOT, VAR
from portal.devtools.lock import hold_lock
from portal.devtools.ports import find_free_port, read_ports
from portal.devtools.processes import command_line, wait_until
from portal.devtools.site.startup_check import StartupPage

VARIABLES = ("PORT", "SIMULATOR_PORT", "WEBSITE_PORT")


def free_ports() -> dict[str, str]:
    return {name: str(find_free_port()) for name in VARIABLES}


def command(var: Path) -> list[str]:
    return [sys.executable, "-m", "portal.devtools", "--var", str(var), "run"]


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not is_ours(name)}
    return {**kept, **settings}


def run(var: Path, **settings: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        command(var),
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@contextmanager
def site(var: Path, **settings: str) -> Iterator[str]:
    """Start the site, give what it says once it is up, and stop it as a person would."""
    said = var / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(
            command(var), cwd=ROOT, env=environment(**settings), stdout=output, stderr=output
        )
    try:
        assert wait_until(
            lambda: "Try this:" in said.read_text() or process.poll() is not None, seconds=60
        )
        assert process.poll() is None, said.read_text()
        yield said.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)
    assert code == 0
    assert said.read_text().endswith("\nStopped.\n")


def line(said: str, label: str) -> str:
    (found,) = [line for line in said.splitlines() if line.startswith(f"  {label}  ")]
    return found.removeprefix(f"  {label}").strip()


def is_answered(address: str, port: int) -> bool:
    parts = urlsplit(address)
    return StartupPage("any", port, parts.path or "/", parts.netloc).is_available()


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_taken_port_is_named_with_the_variable_that_moves_it(
    var: Path, taken: int, variable: str
) -> None:
    ended = run(var, **{**free_ports(), variable: str(taken)})
    assert ended == (
        1,
        "",
        f"Port {taken} is taken (address already in use): set {variable} to another, "
        f"for example {variable}={taken + 1} make run.\n",
    )
    assert not (var / "postgres").exists()


@pytest.mark.parametrize(("one", "other"), list(combinations(VARIABLES, 2)))
def test_one_port_for_two_is_refused(monkeypatch, one: str, other: str) -> None:
    for name, port in {**free_ports(), one: "8001", other: "8001"}.items():
        monkeypatch.setenv(name, port)
    with pytest.raises(
        CommandFailed, match=f"^{one} and {other} are both 8001: set one of them to another.$"
    ):
        read_ports()


@pytest.mark.parametrize("word", ["http", "0", "65536", "-1", "²"])
def test_a_port_that_is_none_is_refused(monkeypatch, word: str) -> None:
    monkeypatch.setenv("PORT", word)
    with pytest.raises(
        CommandFailed,
        match=f"^PORT must be a port, a number from 1 to 65535, and is '{word}'.$",
    ):
        read_ports()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_second_start_beside_the_first_is_refused(var: Path) -> None:
    with hold_lock(var / "run.lock"), ChildProcesses(var / "run.children.json") as children:
        child = children.start("child of the first", ["sleep", "60"])
        assert run(var, **free_ports()) == (
            1,
            "",
            f"`make run` is already at work in this folder (process {os.getpid()}). "
            "Stop it with Ctrl-C first.\n",
        )
        assert child.poll() is None


CANARY = "canary-4f1c-"
THEIRS = {
    "SECRET_KEY": CANARY + "secret-key-that-is-long-enough-for-every-check-there-is",
    "EMAIL_URL": f"smtp://me:{CANARY}mail@127.0.0.1:1",
    "DJANGO_SUPERUSER_EMAIL": "operator@example.com",
    "DJANGO_SUPERUSER_PASSWORD": f"{CANARY}operator",
    "AWS_SECRET_ACCESS_KEY": f"{CANARY}of-another-program",
    "PGPASSWORD": f"{CANARY}of-another-database",
}


def environment_of(pid: int) -> dict[str, str]:
    """What the system says that a process was given."""
    words = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


@dataclass
class Given:
    """What the processes of a site were given."""

    processes: dict[str, dict[str, str]]
    gunicorn_workers: list[dict[str, str]]
    worker_pid: int


@dataclass
class Starts:
    """A site that was started twice, with what was seen of it."""

    var: Path
    ports: dict[str, int]
    first: str
    second: str
    # While it ran for the first time.
    answered: dict[str, bool]
    # The simulator's people while it ran again, one of whom came while it ran before.
    people: list[str]
    # None where there is no /proc to read it from.
    given: Given | None
    # What the demo website was given in its file, by start.
    credentials: list[dict[str, str]]


@pytest.fixture(scope="module")
def starts() -> Iterator[Starts]:
    VAR.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=VAR, prefix="tests-") as folder:
        yield started_twice(Path(folder))


def started_twice(var: Path) -> Starts:
    settings = free_ports()
    ports = {name: int(port) for name, port in settings.items()}
    email = {"DJANGO_SUPERUSER_EMAIL": THEIRS["DJANGO_SUPERUSER_EMAIL"]}
    with site(var, **settings, **email) as first:
        people = line(first, "Simulator") + "/__sim__/people"
        answered = {label: is_answered(line(first, label), port) for label, port in named(ports)}
        requests.post(people, json={"nickname": "王芳"}, timeout=10).raise_for_status()
        credentials = [json.loads((var / "website.json").read_text())]
        ports["DATABASE"] = urlsplit((var / "postgres.url").read_text()).port or 0
    with site(var, **settings, **THEIRS) as second:
        there = requests.get(people, timeout=10).json()["people"]
        credentials.append(json.loads((var / "website.json").read_text()))
        given = given_to_processes(var) if sys.platform == "linux" else None
    names = [each["nickname"] for each in there]
    return Starts(var, ports, first, second, answered, names, given, credentials)


def given_to_processes(var: Path) -> Given:
    listed = json.loads((var / "run.children.json").read_text())
    (simulator,) = [int(pid) for pid, words in listed.items() if "-m simulator" in words]
    (portal,) = [int(pid) for pid, words in listed.items() if "portal.wsgi" in words]
    (website,) = [int(pid) for pid, words in listed.items() if "website:app" in words]
    (worker,) = [int(pid) for pid, words in listed.items() if "manage.py worker" in words]
    postmaster = int((var / "postgres" / "postmaster.pid").read_text().split()[0])
    pids = {"simulator": simulator, "portal": portal, "worker": worker, "website": website}
    pids["postgres"] = postmaster
    given = {name: environment_of(pid) for name, pid in pids.items()}
    workers = [environment_of(pid) for pid in family(portal)[1:]]
    assert wait_until(lambda: "The worker has started" in (var / "said").read_text())
    return Given(given, workers, worker)


def named(ports: dict[str, int]) -> list[tuple[str, int]]:
    """What the site names, and where that is."""
    labels = {
        "Portal": "PORT",
        "Sign-in page": "PORT",
        "Website": "WEBSITE_PORT",
        "Simulator": "SIMULATOR_PORT",
    }
    return [(label, ports[name]) for label, name in labels.items()]


def test_everything_that_is_named_answers_until_it_is_stopped(starts: Starts) -> None:
    port = starts.ports["PORT"]
    assert line(starts.first, "Portal") == f"http://localhost:{port}/login"
    assert line(starts.first, "Sign-in page") == f"http://acme.localhost:{port}/login"
    simulator = f"http://127.0.0.1:{starts.ports['SIMULATOR_PORT']}"
    assert line(starts.first, "Simulator") == simulator
    assert line(starts.first, "Website") == f"http://127.0.0.1:{starts.ports['WEBSITE_PORT']}"
    assert starts.answered == dict.fromkeys(
        ("Portal", "Sign-in page", "Website", "Simulator"), True
    )
    for closed in starts.ports.values():
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", closed)) == errno.ECONNREFUSED


def test_what_was_registered_in_the_simulator_is_there_at_the_next_start(starts: Starts) -> None:
    assert "王芳" in starts.people
    assert (starts.var / "simulator.json").stat().st_mode & 0o777 == 0o600


def test_the_website_is_registered_once_and_its_secret_is_in_its_file_only(starts: Starts) -> None:
    first, second = starts.credentials
    assert first == second
    assert first["issuer"] == f"http://acme.localhost:{starts.ports['PORT']}"
    assert (starts.var / "website.json").stat().st_mode & 0o777 == 0o600
    given = starts.given.processes.values() if starts.given else ()
    assert first["client_secret"] not in f"{starts.first} {starts.second} {list(given)}"


def test_a_second_start_keeps_the_operator_and_tells_no_password_again(starts: Starts) -> None:
    operator = line(starts.first, "Sign in with")
    assert line(starts.second, "Sign in with") == operator
    assert line(starts.first, "Password") not in starts.second


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_94_no_child_is_given_a_secret_that_it_does_not_need(starts: Starts) -> None:
    assert starts.given is not None
    given, workers = starts.given.processes, starts.given.gunicorn_workers
    assert line(starts.second, "Sign in with") == THEIRS["DJANGO_SUPERUSER_EMAIL"]
    secret = {
        name: {variable for variable, value in each.items() if CANARY in value}
        for name, each in given.items()
    }
    assert secret == {
        "simulator": set(),
        "website": set(),
        "postgres": set(),
        "portal": {"SECRET_KEY", "EMAIL_URL"},
        # It sends email and opens what was sealed.
        "worker": {"SECRET_KEY", "EMAIL_URL"},
    }
    for name in ("simulator", "website", "postgres"):
        assert "DATABASE_URL" not in given[name]
        assert given[name]["PATH"] == os.environ["PATH"]  # it was read at all
    assert "DATABASE_URL" in given["portal"]
    assert given["worker"] == given["portal"]
    assert command_line(starts.given.worker_pid) is None
    assert workers
    assert [each for each in workers if each != given["portal"]] == []
