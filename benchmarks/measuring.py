"""Measurements in turns: every round asks each site once, and a ratio is made of one round."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.servers import Running
from portal.devtools.child_environments import plain_environment
from portal.devtools.folders import ROOT

PAUSE_SECONDS = 0.2
ENDLESS = 1_000_000_000


@dataclass(frozen=True)
class Turn:
    """What one site did in one turn."""

    per_second: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float
    generator: float


@dataclass(frozen=True)
class Measured:
    """What one site did in all its turns."""

    turns: tuple[Turn, ...]

    def middle(self, what: str) -> float:
        """The median over the turns."""
        return float(median(getattr(turn, what) for turn in self.turns))

    def ratio(self, other: Measured, what: str = "per_second") -> float:
        """The median of the ratios to another site, made within each round."""
        pairs = zip(self.turns, other.turns, strict=True)
        return float(median(getattr(one, what) / getattr(two, what) for one, two in pairs))


def in_turns(
    sites: Sequence[Running], told: dict[str, Any], *, rounds: int, seconds: float, people: int
) -> dict[str, Measured]:
    """Give every site its turns, after one that is not counted."""
    turns: dict[str, list[Turn]] = {site.name: [] for site in sites}
    for site in sites:
        warm(site, told, seconds=seconds / 3, people=people)
    for number in range(rounds):
        # Whoever comes second finds the machine as the first has left it: they change places.
        for site in sites if number % 2 else sites[::-1]:
            turn = one(site, named(told, number), seconds=seconds, people=people)
            turns[site.name].append(turn)
    return {name: Measured(tuple(each)) for name, each in turns.items()}


def warm(site: Running, told: dict[str, Any], *, seconds: float, people: int) -> None:
    """Have everything used once; everybody who is to return must have been there."""
    if known := told.get("known"):
        one(site, {**told, "most": known}, seconds=60, people=people)
    else:
        one(site, named(told, "warm"), seconds=seconds, people=people)


def named(told: dict[str, Any], turn: int | str) -> dict[str, Any]:
    """What the browsers are told: whoever is new must be new in every turn."""
    return told if "known" in told else {**told, "names": f"{turn}"}


def one(site: Running, told: dict[str, Any], *, seconds: float, people: int) -> Turn:
    """Let the browsers loose on one site, after what they must have done before."""
    time.sleep(PAUSE_SECONDS)
    told = dict(told)
    if before := told.pop("before", None):
        told["tokens"] = loosed(site, {**before, "most": people}, seconds=60, people=people)[
            "tokens"
        ]
    cpu = site.cpu()
    done = loosed(site, told, seconds=seconds, people=people)
    return Turn(
        per_second=done["count"] / done["seconds"],
        cpu_ms=(site.cpu() - cpu) / max(done["count"], 1) * 1000,
        p50_ms=done["took"]["p50"] * 1000,
        p99_ms=done["took"]["p99"] * 1000,
        generator=done["own_cpu"] / done["seconds"],
    )


def loosed(site: Running, told: dict[str, Any], *, seconds: float, people: int) -> dict[str, Any]:
    """Return what the browsers say that they have done."""
    words = {
        **{"known": ENDLESS, "most": ENDLESS},
        **told,
        **{"site": site.name, "port": site.port, "seconds": seconds, "people": people},
    }
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        cwd=ROOT,
        env=plain_environment(),
        input=json.dumps(words),
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise SystemExit(f"{site.name}: {ran.stderr}")
    done: dict[str, Any] = json.loads(ran.stdout)
    return done
