"""What is measured, part by part; each gives a piece of the report in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks import report, sizing
from benchmarks.grants import PROVIDERS
from benchmarks.measuring import Measured, in_turns
from benchmarks.servers import Running
from benchmarks.statements import count, count_provider
from benchmarks.world import World

PAGE_PEOPLE, SIGN_IN_PEOPLE, SLOW_PEOPLE = 16, 8, 32
SLOW_SECONDS = 0.1


@dataclass(frozen=True)
class Size:
    """How long and how often."""

    connections: tuple[int, ...]
    # Which of them are asked for their page before there are many projects.
    alone: tuple[int, ...]
    more_projects: int
    # People who come again and again.
    known: int
    # At once, where a part would let more of them in.
    most_people: int
    rounds: int
    seconds: float
    history_rows: int
    starts: int
    # Each site is started once for all parts: see that everything works, and believe no number.
    quick: bool
    # Numbers of workers, to plan with.
    workers: tuple[int, ...]


FULL = Size(
    connections=(1, 10, 50),
    alone=(1, 10, 50),
    more_projects=10_000,
    known=64,
    most_people=SLOW_PEOPLE,
    rounds=5,
    seconds=3,
    history_rows=1_000_000,
    starts=5,
    quick=False,
    workers=(1, 2, 4),
)
QUICK = Size(
    connections=(1,),
    alone=(),
    more_projects=20,
    known=2,
    most_people=2,
    rounds=1,
    seconds=0.05,
    history_rows=2_000,
    starts=1,
    quick=True,
    workers=(1,),
)


def pages(world: World, size: Size) -> str:
    """The sign-in page with few and many buttons, and among many projects."""
    rows = [(plural(number), looked(world, size, number)) for number in size.alone]
    if rows:
        world.fill(*many(size))
    among = usual(size)
    words = f"{plural(among)}, {size.more_projects:,} projects"
    rows.append((words, looked(world, size, among)))
    return report.pages(rows, words_of_page=plural(among), size=world.page.stat().st_size)


def first(size: Size) -> list[str]:
    """What is in the databases from the beginning; the many projects, if no part is without."""
    words = [*map(str, size.connections), "--people", str(size.known)]
    return words if size.alone else [*words, *many(size)]


def many(size: Size) -> list[str]:
    """What puts many projects into the databases."""
    return ["--more", str(size.more_projects)]


def looked(world: World, size: Size, buttons: int) -> dict[str, Measured]:
    """One kind of page, asked of all three."""
    project = f"c{buttons}"
    told = {"does": "look", "project": project, "buttons": buttons}
    with three(world, project) as sites:
        people = min(PAGE_PEOPLE, size.most_people)
        return in_turns(sites, told, rounds=size.rounds, seconds=size.seconds, people=people)


@contextmanager
def three(world: World, project: str) -> Iterator[list[Running]]:
    """All sites, the bare one with a copy of Menkou's page of this project."""
    with world.sites("menkou", "plain", project=project) as sites:
        world.copy_page(sites[0], project)
        with world.sites("bare", project=project) as bare:
            yield [*sites, *bare]


def usual(size: Size) -> int:
    """The number of buttons where only one number is measured."""
    return 10 if 10 in size.connections else size.connections[0]


def plural(number: int) -> str:
    """So many connections, in words."""
    return f"{number} connection{'' if number == 1 else 's'}"


def sign_ins(world: World, size: Size) -> str:
    """Whole sign-ins: the page, the press of the button, the way back."""
    known: dict[str, object] = {"names": "known", "known": size.known}
    kinds: tuple[tuple[str, dict[str, object], float, int], ...] = (
        ("somebody who returns", known, 0.0, SIGN_IN_PEOPLE),
        ("somebody new", {}, 0.0, SIGN_IN_PEOPLE),
        (
            "a provider that takes 100 ms a call, 32 people at once",
            known,
            SLOW_SECONDS,
            SLOW_PEOPLE,
        ),
    )
    rows = []
    for words, who, delay, people in kinds:
        with crowd(world, delay) as ask:
            rows.append((words, ask(who, size, people)))
    return report.sign_ins(rows)


@contextmanager
def crowd(
    world: World, delay: float
) -> Iterator[Callable[[dict[str, object], Size, int], dict[str, Measured]]]:
    """People who sign in to both sites with the same provider."""
    with world.sites("menkou", "plain", project="c1", provider_delay=delay) as sites:
        yield lambda who, size, people: in_turns(
            sites,
            {"does": "sign in", "project": "c1", **who},
            rounds=size.rounds,
            seconds=size.seconds * 1.5,
            people=min(people, size.most_people),
        )


def applications(world: World, size: Size) -> str:
    """What an application asks of a provider, beside two other providers."""
    silent: dict[str, object] = {"does": "silent sign-in", "known": size.known}
    kinds = (
        ("authorize, code and userinfo", silent),
        ("refresh", {"does": "refresh", "known": size.known, "before": silent}),
    )
    with world.providers(size.known) as made:
        costs = {site: count_provider(made, site) for site in PROVIDERS}
        with made.sites(*PROVIDERS, project="c1") as sites:
            rows = [
                (
                    words,
                    in_turns(
                        sites,
                        told,
                        rounds=size.rounds,
                        seconds=size.seconds * 1.5,
                        people=min(SIGN_IN_PEOPLE, size.most_people),
                    ),
                )
                for words, told in kinds
            ]
    return report.applications(rows, costs)


def plans(world: World, size: Size) -> str:
    """What an administrator plans with."""
    known: dict[str, object] = {"names": "known", "known": size.known}
    people = {"somebody who returns": known, "somebody new": {}}
    seconds, most = size.seconds * 3, size.most_people
    return report.plans(
        sizing.by_workers(world, size.workers, known=size.known, seconds=seconds, most=most),
        sizing.growth(world, people, seconds=seconds * 3, most=most),
    )


def statements(world: World, _size: Size) -> str:
    """What is sent to PostgreSQL."""
    return report.statements({site: count(world, site, "c1") for site in ("menkou", "plain")})


def footprint(world: World, size: Size) -> str:
    """Memory when everything was used, and the time to the first page, one site after another."""
    with world.sites("menkou", project=f"c{usual(size)}") as (site,):
        world.copy_page(site, f"c{usual(size)}")
    found: dict[str, list[Started]] = {"menkou": [], "plain": [], "bare": []}
    for _ in range(size.starts):
        for name, each in found.items():
            each.append(started(world, name, size))
    return report.footprint(
        *(middle(found, what) for what in ("memory", "own_memory", "first_answer"))
    )


@dataclass(frozen=True)
class Started:
    """The megabytes of a server that has been used, and the seconds that its start took."""

    memory: float
    # Without files.
    own_memory: float
    first_answer: float


def started(world: World, name: str, size: Size) -> Started:
    """Start a server, use it and measure it."""
    buttons = usual(size)
    project = f"c{buttons}"
    with world.site(name, project=project, provider_delay=0.0) as listened:
        site = listened.running
        look = {"does": "look", "project": project, "buttons": buttons}
        people = min(PAGE_PEOPLE, size.most_people)
        in_turns([site], look, rounds=1, seconds=size.seconds / 4, people=people)
        if name != "bare":
            told = {"does": "sign in", "project": "c1", "names": "known", "known": size.known}
            people = min(SLOW_PEOPLE, size.most_people)
            in_turns([site], told, rounds=1, seconds=size.seconds / 2, people=people)
        return Started(site.memory(), site.memory("Pss_Anon"), site.first_answer)


def middle(found: dict[str, list[Started]], what: str) -> dict[str, float]:
    """Return the medians."""
    return {name: median(getattr(one, what) for one in each) for name, each in found.items()}
