"""Resolves host names, with limits: `getaddrinfo` has no timeout.

A lookup cannot be cancelled, so each runs in its own thread until it returns. That takes 5 to 30
seconds for a name whose servers do not answer. The number of threads is limited, including threads
whose caller has given up.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from urllib3.util.connection import allowed_gai_family

# The longest that a caller waits for a lookup.
WAIT_SECONDS = 2.0
# How long an answer is used, and how long while the name servers do not respond.
FRESH_SECONDS = 60.0
STALE_SECONDS = 60 * 60.0
# How long a name that was not found is not looked up again.
FAILED_SECONDS = 5.0
# When a name is looked up once more although the last lookup of it has not returned.
RETRY_SECONDS = 10.0
# Threads of one resolver, and of one owner in it.
THREADS = 64
THREADS_PER_OWNER = 4
MAX_NAMES = 1000
MAX_ADDRESSES = 8


class ResolutionFailed(Exception):
    """A name has no address that is known in time; `cause` is "timeout" or "unreachable"."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True)
class DNSAnswer:
    """The addresses of a name, in the system's order; none where it was not found."""

    addresses: tuple[str, ...]
    # False: the name servers did not respond.
    definite: bool = True
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        """Whether it is used without another lookup."""
        return self.is_younger_than(FRESH_SECONDS if self.addresses else FAILED_SECONDS)

    def is_younger_than(self, seconds: float) -> bool:
        """Whether it was given within the last seconds."""
        return time.monotonic() - self.at < seconds


@dataclass(frozen=True)
class Lookup:
    """A lookup that has not returned."""

    began: float = field(default_factory=time.monotonic)


class Resolver:
    """Lookups of one kind of names, a few at a time for each owner, and their latest answers."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        # The latest lookup of a name, and how many each owner has under way.
        self._lookups: dict[str, Lookup] = {}
        self._threads: Counter[Hashable] = Counter()
        self._answers: OrderedDict[str, DNSAnswer] = OrderedDict()
        # The last answers that had addresses, for as long as they may serve.
        self._last_found: OrderedDict[str, DNSAnswer] = OrderedDict()

    def addresses(self, host: str, *, owner: Hashable, seconds: float) -> tuple[str, ...]:
        """Return the addresses of a host, on behalf of an owner; raises ResolutionFailed.

        The caller must check the addresses each time: an answer may be an hour old.
        """
        with self._changed:
            answer = self._wait_for_answer(
                host, owner, time.monotonic() + min(seconds, WAIT_SECONDS)
            )
            if answer is None or not (answer.addresses or answer.definite):
                good = self._last_found.get(host)
                if good and good.is_younger_than(STALE_SECONDS):
                    return good.addresses
        if answer is None:
            raise ResolutionFailed("timeout")
        if not answer.addresses:
            raise ResolutionFailed("unreachable")
        return answer.addresses

    def clear(self) -> None:
        """Drop all answers; tests begin with none."""
        with self._changed:
            self._answers.clear()
            self._last_found.clear()

    def _wait_for_answer(self, host: str, owner: Hashable, ends: float) -> DNSAnswer | None:
        """Return the answer, or None where there is none before the end."""
        called = time.monotonic()
        while True:
            answer = self._answers.get(host)
            if answer and (answer.at >= called or answer.is_fresh):
                return answer
            until = ends
            lookup = self._lookups.get(host)
            if lookup and time.monotonic() - lookup.began < RETRY_SECONDS:
                # Callers that join a hanging lookup late do not wait the full time.
                until = min(ends, lookup.began + WAIT_SECONDS)
            elif self._may_start(owner):
                self._start_lookup(host, owner)
            left = until - time.monotonic()
            if left <= 0 or not self._changed.wait(left):
                return None

    def _may_start(self, owner: Hashable) -> bool:
        return self._threads[owner] < THREADS_PER_OWNER and self._threads.total() < THREADS

    def _start_lookup(self, host: str, owner: Hashable) -> None:
        lookup = self._lookups[host] = Lookup()
        self._threads[owner] += 1
        # A thread that hangs must not keep the process from ending.
        thread = threading.Thread(
            target=self._look_up, args=(host, owner, lookup), name=self._name, daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # the system has no thread left
            self._end_lookup(host, owner, lookup)

    def _look_up(self, host: str, owner: Hashable, lookup: Lookup) -> None:
        answer = DNSAnswer((), definite=False)
        try:
            answer = query_system_resolver(host)
        finally:
            with self._changed:
                self._end_lookup(host, owner, lookup)
                store_answer(self._answers, host, answer)
                if answer.addresses:
                    store_answer(self._last_found, host, answer)
                elif answer.definite:
                    self._last_found.pop(host, None)
                self._changed.notify_all()

    def _end_lookup(self, host: str, owner: Hashable, lookup: Lookup) -> None:
        self._threads[owner] -= 1
        self._threads = +self._threads
        if self._lookups.get(host) is lookup:
            del self._lookups[host]


def query_system_resolver(host: str) -> DNSAnswer:
    """Resolve a name with the system's resolver."""
    try:
        found = socket.getaddrinfo(host, None, family=allowed_gai_family(), type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return DNSAnswer((), definite=error.errno != socket.EAI_AGAIN)
    except (OSError, ValueError):  # also for labels that are empty or too long
        return DNSAnswer(())
    addresses = dict.fromkeys(str(address[0]) for *_kind, address in found)
    return DNSAnswer(tuple(addresses)[:MAX_ADDRESSES])


def store_answer(answers: OrderedDict[str, DNSAnswer], host: str, answer: DNSAnswer) -> None:
    """Store an answer; drop the oldest above MAX_NAMES."""
    answers[host] = answer
    answers.move_to_end(host)
    while len(answers) > MAX_NAMES:
        answers.popitem(last=False)


# Hosts of the deployment and the catalogue, and hosts that members typed. Each has its own threads,
# so that typed hosts cannot block the fixed ones.
fixed_names = Resolver("fixed-names")
typed_names = Resolver("typed-names")


@dataclass(frozen=True)
class Caller:
    """The project that lookups count for, and the hosts that do not come from its members."""

    project_id: UUID
    fixed_hosts: frozenset[str]


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)


@contextlib.contextmanager
def on_behalf_of(project_id: UUID, *, fixed_hosts: frozenset[str]) -> Iterator[None]:
    """Count lookups in the block against a project's limit, except the provider's own hosts.

    Outside such a block all lookups share one limit.
    """
    token = _caller.set(Caller(project_id, fixed_hosts))
    try:
        yield
    finally:
        _caller.reset(token)


def lookup_addresses(host: str, *, trusted: bool, seconds: float) -> tuple[str, ...]:
    """Return a host's addresses; raises ResolutionFailed.

    A host of the deployment or of the catalogue has a limit of its own.
    """
    caller = _caller.get()
    if trusted or (caller and host in caller.fixed_hosts):
        return fixed_names.addresses(host, owner=host, seconds=seconds)
    owner = caller.project_id if caller else None
    return typed_names.addresses(host, owner=owner, seconds=seconds)
