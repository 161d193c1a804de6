"""Many browsers in one thread, over kept connections: a process of its own, told by JSON.

    echo '{"site": "menkou", "port": 8000, …}' | python -m benchmarks.load

It is written so as to cost little beside what it measures: requests are bytes that were put
together before, answers are looked through and not parsed. What it takes all the same it reports.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.browsers import SITES, Answer, Script, Wrong, look, sign_in
from benchmarks.grants import PROVIDERS, refresh, silent_sign_in

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length: "
PIECE = 1 << 17


@dataclass
class Done:
    """How many scripts came to their end in the time that was measured."""

    count: int = 0
    seconds: float = 0.0
    own_cpu: float = 0.0
    took: list[float] = field(default_factory=list)


class Seat:
    """A connection, and the browser that has it at the moment."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.began = 0.0
        self.script: Script

    def begin(self, script: Script) -> None:
        """Let the next browser send its first request."""
        self.script, self.began = script, time.perf_counter()
        self.socket.sendall(next(script))

    def ask(self, question: bytes) -> Answer:
        """Send one request, and wait for its answer."""
        self.socket.sendall(question)
        received = b""
        while (answer := complete(received)) is None:
            piece = self.socket.recv(PIECE)
            if not piece:
                raise Wrong("the server hung up")
            received += piece
        return answer

    def hear(self) -> bool:
        """Take what has come; true when the browser has seen the last of its pages."""
        piece = self.socket.recv(PIECE)
        if not piece:
            raise Wrong("the server hung up")
        self.received += piece
        answer = complete(self.received)
        if answer is None:
            return False
        self.received = b""
        try:
            self.socket.sendall(self.script.send(answer))
        except StopIteration:
            return True
        return False


def complete(received: bytes) -> Answer | None:
    """Return the answer, once all of it is there."""
    end = received.find(END_OF_HEAD)
    if end < 0:
        return None
    head = received[:end]
    at = head.lower().find(LENGTH)
    if at < 0:
        raise Wrong(f"an answer without a length: {head!r}")
    length = int(head[at + len(LENGTH) :].split(b"\r", 1)[0])
    if len(received) < end + 4 + length:
        return None
    return Answer(int(head[9:12]), head, received[end + 4 :])


def run(
    port: int, people: int, scripts: Callable[[int], Script], *, seconds: float, most: int
) -> Done:
    """Keep so many browsers busy for so long, or until so many have come to their end.

    Whoever is under way when the time is up goes on to the end, and counts: the server has worked
    for them, too.
    """
    seats = [Seat(port) for _ in range(min(people, most))]
    done, numbers = Done(), iter(range(most))
    cpu, began = time.process_time(), time.perf_counter()
    ends = began + seconds
    with selectors.DefaultSelector() as selector:
        for seat in seats:
            selector.register(seat.socket, selectors.EVENT_READ, seat)
            seat.begin(scripts(next(numbers)))
        busy = len(seats)
        while busy:
            for key, _ in selector.select(1.0):
                seat = key.data
                if not seat.hear():
                    continue
                now = time.perf_counter()
                done.count += 1
                done.took.append(now - seat.began)
                if now < ends and (number := next(numbers, None)) is not None:
                    seat.begin(scripts(number))
                else:
                    busy -= 1
    done.seconds = time.perf_counter() - began
    done.own_cpu = time.process_time() - cpu
    for seat in seats:
        seat.socket.close()
    return done


def scripts_of(told: dict[str, Any], tokens: deque[str]) -> Callable[[int], Script]:
    """Return what the browsers do; refresh tokens are taken from `tokens` and put there."""
    if told["does"] == "silent sign-in":
        return silent_sign_in(PROVIDERS[told["site"]], told["known"], tokens.append)
    if told["does"] == "refresh":
        return refresh(PROVIDERS[told["site"]], tokens)
    site = SITES[told["site"]]
    if told["does"] == "look":
        return look(site, told["project"], told["buttons"])
    names, known = told["names"], told["known"]
    return sign_in(site, told["project"], lambda number: f"{names}-{number % known}")


def main() -> None:
    """Read what to do, do it, and print what came of it."""
    told = json.load(sys.stdin)
    tokens = deque(told.get("tokens", []))
    done = run(
        told["port"],
        told["people"],
        scripts_of(told, tokens),
        seconds=told["seconds"],
        most=told["most"],
    )
    took = sorted(done.took) or [0.0]
    said = asdict(done) | {
        "took": {"p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100]},
        "tokens": list(tokens),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
