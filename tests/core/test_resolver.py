"""Names whose servers do not answer keep few threads, and nobody else's names from being found."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest

from connections.providers import catalogue
from core.http import client as http_client
from core.http import resolver
from core.http.resolver import ResolutionFailed, Resolver, fixed_names, on_behalf_of, typed_names
from portal.devtools.processes import wait_until
from tests.rows import each_row

ALICE, BOB = uuid4(), uuid4()
PUBLIC = "93.184.215.14"


class NameServers:
    """What stands for the system's name servers: they hang for some names, and count."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.under_way: Counter[str] = Counter()
        self.known: dict[str, tuple[str, ...]] = {}
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._real = socket.getaddrinfo

    def find(self, host: str, *args: Any, **options: Any) -> Any:
        if not host.endswith(".test"):
            return self._real(host, *args, **options)
        with self._lock:
            self.asked.append(host)
            self.under_way[host] += 1
        try:
            if host.endswith(".dead.test"):
                self.released.wait(20)
                raise socket.gaierror(socket.EAI_AGAIN, "no answer")
            if host not in self.known:
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            return [(2, 1, 6, "", (address, 0)) for address in self.known[host]]
        finally:
            with self._lock:
                self.under_way[host] -= 1

    @property
    def hanging(self) -> int:
        return self.under_way.total()


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServers]:
    found = NameServers()
    monkeypatch.setattr(socket, "getaddrinfo", found.find)
    # A caller that waits for a name waits shortly; nothing here depends on how long.
    monkeypatch.setattr(resolver, "WAIT_SECONDS", 0.3)
    yield found
    found.released.set()
    # Their threads are counted until they have returned.
    assert wait_until(lambda: not typed_names._threads and not fixed_names._threads)
    assert wait_until(lambda: not found.hanging)


def cause_of(host: str, *, project: UUID = ALICE, fixed: frozenset[str] = frozenset()) -> str:
    """Why a project's connection finds no address, or ""."""
    with on_behalf_of(project, fixed_hosts=fixed):
        try:
            http_client.resolve_public_address(host)
        except http_client.RequestFailed as error:
            return error.cause
    return ""


def quickly(call: Callable[[], str]) -> str:
    """What a call returns, that waits for nobody."""
    began = time.monotonic()
    found = call()
    assert time.monotonic() - began < resolver.WAIT_SECONDS
    return found


def ask_for_dead_names(number: int, *, project: UUID = ALICE) -> set[str]:
    with ThreadPoolExecutor(number) as people:
        hosts = [f"{each}.dead.test" for each in range(number)]
        return set(people.map(lambda host: cause_of(host, project=project), hosts))


def test_77_a_hundred_dead_names_of_a_project_do_not_delay_another(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers.known = {"idp.bob.test": (PUBLIC,), "fixed.test": (PUBLIC,)}

    assert ask_for_dead_names(100) == {"timeout"}

    assert wait_until(lambda: servers.hanging == resolver.THREADS_PER_OWNER)
    assert len(servers.asked) == resolver.THREADS_PER_OWNER
    # Generous: what is shown is that nothing waits for the threads that hang.
    monkeypatch.setattr(resolver, "WAIT_SECONDS", 2.0)
    assert quickly(lambda: cause_of("idp.bob.test", project=BOB)) == ""
    assert quickly(lambda: cause_of("fixed.test", fixed=frozenset({"fixed.test"}))) == ""


def test_77_all_projects_together_do_not_delay_a_provider_of_the_catalogue(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    google = catalogue.get("google").fixed_hosts
    servers.known = {"oauth2.test": (PUBLIC,)}
    monkeypatch.setattr(resolver, "THREADS", 6)

    with ThreadPoolExecutor(2) as projects:
        list(projects.map(lambda each: ask_for_dead_names(8, project=each), (ALICE, BOB)))

    assert wait_until(lambda: servers.hanging == 6)
    monkeypatch.setattr(resolver, "WAIT_SECONDS", 2.0)
    assert "oauth2.googleapis.com" in google
    assert quickly(lambda: cause_of("oauth2.test", fixed=frozenset({"oauth2.test"}))) == ""
    with pytest.raises(ResolutionFailed, match="timeout"):
        typed_names.addresses("idp.test", owner=uuid4(), seconds=0.1)


def test_77_a_name_that_hangs_keeps_one_thread_and_then_fails_at_once(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cause_of("x.dead.test") == "timeout"
    time.sleep(resolver.WAIT_SECONDS)

    for _time in range(50):
        assert cause_of("x.dead.test") == "timeout"

    assert servers.asked == ["x.dead.test"]
    # It is tried again while the first lookup hangs, but not by more threads than a project has.
    monkeypatch.setattr(resolver, "RETRY_SECONDS", 0.0)
    for _time in range(10):
        cause_of("x.dead.test")
    assert wait_until(lambda: servers.hanging == resolver.THREADS_PER_OWNER)


def test_77_a_dead_name_leaves_threads_for_the_projects_other_names(servers: NameServers) -> None:
    servers.known = {"alive.test": (PUBLIC,)}
    assert cause_of("x.dead.test") == "timeout"

    assert cause_of("alive.test") == ""


def test_77_a_name_that_was_found_before_is_used_while_the_project_has_no_thread(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers.known = {"alive.test": (PUBLIC,)}
    assert cause_of("alive.test") == ""
    monkeypatch.setattr(resolver, "FRESH_SECONDS", 0.0)
    ask_for_dead_names(8)

    assert cause_of("alive.test") == ""
    assert cause_of("new.test") == "timeout"
    monkeypatch.setattr(resolver, "STALE_SECONDS", 0.0)
    assert cause_of("alive.test") == "timeout"
    assert servers.asked.count("alive.test") == 1


def test_more_names_than_a_project_has_threads_are_found_one_after_the_other(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "WAIT_SECONDS", 5.0)
    servers.known = {f"{each}.alive.test": (PUBLIC,) for each in range(40)}

    with ThreadPoolExecutor(40) as people:
        assert set(people.map(cause_of, servers.known)) == {""}


def test_many_callers_share_one_lookup(servers: NameServers) -> None:
    with ThreadPoolExecutor(20) as people:
        causes = list(people.map(lambda _each: cause_of("x.dead.test"), range(20)))

    assert set(causes) == {"timeout"}
    assert servers.asked == ["x.dead.test"]


def test_an_answer_is_used_for_a_minute_and_a_failure_for_five_seconds(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (resolver.FRESH_SECONDS, resolver.FAILED_SECONDS) == (60, 5)
    servers.known = {"alive.test": (PUBLIC,)}
    for _time in range(3):
        assert cause_of("alive.test") == ""
        assert cause_of("unknown.test") == "unreachable"
    assert Counter(servers.asked) == {"alive.test": 1, "unknown.test": 1}

    monkeypatch.setattr(resolver, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(resolver, "FAILED_SECONDS", 0.0)
    servers.known = {"unknown.test": (PUBLIC,)}

    # What name servers say counts more than what they said before.
    assert cause_of("alive.test") == "unreachable"
    assert cause_of("unknown.test") == ""


def test_77_the_answers_that_are_kept_are_bounded(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "MAX_NAMES", 10)
    names = Resolver("bounded")
    many = tuple(f"93.184.{each}.14" for each in range(200))
    servers.known = {f"{each}.alive.test": many for each in range(50)}

    for host in servers.known:
        found = names.addresses(host, owner=ALICE, seconds=5)
        assert found == many[: resolver.MAX_ADDRESSES]
        with pytest.raises(ResolutionFailed):
            names.addresses(f"not.{host}", owner=ALICE, seconds=5)

    assert len(names._answers) == len(names._last_found) == 10
    assert not names._lookups
    assert not names._threads


def test_a_thread_that_the_system_refuses_is_not_counted(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    names = Resolver("refused")
    with monkeypatch.context() as system, ExitStack() as raised:
        system.setattr(threading.Thread, "start", refuse)
        raised.enter_context(pytest.raises(ResolutionFailed, match="timeout"))
        names.addresses("alive.test", owner=ALICE, seconds=0.1)

    assert not names._lookups
    assert not names._threads


def test_the_numbers_of_the_documentation() -> None:
    assert resolver.THREADS == 64
    assert resolver.THREADS_PER_OWNER == 4
    assert resolver.MAX_NAMES == 1000


@each_row("provider", catalogue.PROVIDERS)
def test_every_endpoint_of_the_catalogue_is_a_fixed_host(provider: str) -> None:
    definition = catalogue.get(provider)

    for endpoint in definition.endpoints.values():
        if not endpoint.base_setting:
            assert endpoint.base.removeprefix("https://") in definition.fixed_hosts
    assert all("/" not in host and ":" not in host for host in definition.fixed_hosts)
