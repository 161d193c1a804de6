"""What an administrator plans with: speed and memory by workers, and growth by sign-ins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psycopg

from benchmarks.measuring import Measured, in_turns
from benchmarks.scratch import vacuum
from benchmarks.servers import Running
from benchmarks.world import World

PEOPLE = 16
PROJECT = "c1"
MILLION = 1_000_000
# Tables whose rows go within minutes or hours: they keep their size while sign-ins are even.
SHORT_LIVED = ("connections_pendingsignin", "limits_ratelimitbucket")


@dataclass(frozen=True)
class Growth:
    """What sign-ins added to the database."""

    sign_ins: int
    # By table, with its indexes.
    added: dict[str, int]

    @property
    def bytes_each(self) -> float:
        """Bytes that one sign-in adds to all tables together."""
        return sum(self.added.values()) / max(self.sign_ins, 1)


def by_workers(
    world: World, numbers: Iterable[int], *, known: int, seconds: float, most: int
) -> dict[int, tuple[Measured, float]]:
    """Return sign-ins of people who return, and PSS in MB after them, by number of workers."""
    told = {"does": "sign in", "project": PROJECT, "names": "known", "known": known}
    found = {}
    for workers in numbers:
        with world.site("menkou", project=PROJECT, provider_delay=0.0, workers=workers) as listened:
            site = listened.running
            people = min(PEOPLE, most)
            measured = in_turns([site], told, rounds=1, seconds=seconds, people=people)["menkou"]
            found[workers] = (measured, site.memory())
    return found


def growth(
    world: World, kinds: Mapping[str, dict[str, object]], *, seconds: float, most: int
) -> dict[str, Growth]:
    """Return what sign-ins of each kind of people leave in the database."""
    with world.site("menkou", project=PROJECT, provider_delay=0.0) as listened:
        site = listened.running
        url, people = world.urls["menkou"], min(PEOPLE, most)
        return {
            words: grown(site, url, who, seconds=seconds, people=people)
            for words, who in kinds.items()
        }


def grown(
    site: Running, url: str, who: dict[str, object], *, seconds: float, people: int
) -> Growth:
    """Let people sign in for a while, and see what has become larger."""
    told = {"does": "sign in", "project": PROJECT, **who}
    in_turns([site], told, rounds=0, seconds=seconds / 3, people=people)
    vacuum(url)
    before, sizes = sign_ins(url), table_sizes(url)
    in_turns([site], told, rounds=1, seconds=seconds, people=people)
    after = table_sizes(url)
    added = {name: size - sizes.get(name, 0) for name, size in after.items()}
    return Growth(sign_ins(url) - before, {name: each for name, each in added.items() if each > 0})


def sign_ins(url: str) -> int:
    """Return how many sign-ins are recorded."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM connections_signin").fetchone()
    return int(row[0]) if row else 0


def table_sizes(url: str) -> dict[str, int]:
    """Return the bytes of each table that lasts, with its indexes."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
    return {name: size for name, size in rows if name not in SHORT_LIVED}
