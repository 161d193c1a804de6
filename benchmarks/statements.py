"""How many statements each request costs when everything is warm."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.browsers import SITES, Answer, Script, sign_in
from benchmarks.grants import PROVIDERS, refresh, silent_sign_in
from benchmarks.load import Seat
from benchmarks.servers import Running
from benchmarks.wire import Heard
from benchmarks.world import World

STEPS = ("page", "start", "callback")
PROVIDER_STEPS = ("authorize", "token", "userinfo", "refresh")
# An empty statement is how Django and psycopg ask whether a connection still lives.
HEALTH_CHECK = ""
TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
# What a thread of the site sends after its answer must have arrived.
SETTLES_SECONDS = 0.1


@dataclass(frozen=True)
class Cost:
    """The statements of one request."""

    statements: tuple[str, ...]

    @property
    def all(self) -> int:
        """Everything that was sent."""
        return len(self.statements)

    @property
    def transactions(self) -> int:
        """Those that only begin and end transactions."""
        return sum(each.upper().startswith(TRANSACTIONS) for each in self.statements)

    @property
    def health(self) -> int:
        """Those by which the pool asks whether a connection still lives."""
        return sum(each == HEALTH_CHECK for each in self.statements)


def count(world: World, site: str, project: str) -> dict[str, dict[str, Cost]]:
    """Return the costs of a returning and of a new person, by step."""
    with world.site(site, project=project, provider_delay=0.0, listen=True, workers=1) as listened:
        server, heard = listened.running, listened.heard
        for _ in range(3):
            walk(server, heard, project, "known")
        return {
            "returning": walk(server, heard, project, "known"),
            "new": walk(server, heard, project, "unknown"),
        }


def walk(server: Running, heard: Heard, project: str, person: str) -> dict[str, Cost]:
    """Sign somebody in, and count between one answer and the next."""
    script = sign_in(SITES[server.name], project, lambda _: person)(0)
    seat = Seat(server.port)
    costs = dict(zip(STEPS, steps(script, seat.ask, heard), strict=True))
    seat.socket.close()
    return costs


def count_provider(world: World, site: str) -> dict[str, Cost]:
    """Return the costs of what an application and a browser ask of a provider, by step."""
    with world.site(site, project="c1", listen=True, workers=1) as listened:
        server, heard = listened.running, listened.heard
        for _ in range(3):
            walk_as_application(server, heard)
        return walk_as_application(server, heard)


def walk_as_application(server: Running, heard: Heard) -> dict[str, Cost]:
    """Sign somebody in silently, use the refresh token, and count as `walk` does."""
    provider, tokens = PROVIDERS[server.name], deque[str]()
    seat = Seat(server.port)
    costs = [
        *steps(silent_sign_in(provider, 1, tokens.append)(0), seat.ask, heard),
        *steps(refresh(provider, tokens)(0), seat.ask, heard),
    ]
    seat.socket.close()
    return dict(zip(PROVIDER_STEPS, costs, strict=True))


def steps(script: Script, ask: Callable[[bytes], Answer], heard: Heard) -> list[Cost]:
    """Return what each request of the script cost."""
    costs, question = [], next(script)
    while True:
        before = len(heard.statements)
        answer = ask(question)
        time.sleep(SETTLES_SECONDS)
        costs.append(Cost(tuple(heard.since(before))))
        try:
            question = script.send(answer)
        except StopIteration:
            return costs
