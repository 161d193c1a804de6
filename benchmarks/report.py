"""The measurements as tables, and the page of the documentation that holds them."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import psycopg

from benchmarks.measuring import Measured
from benchmarks.servers import THREADS, WORKERS
from benchmarks.sizing import MILLION, Growth
from benchmarks.statements import PROVIDER_STEPS, STEPS, Cost
from portal.devtools.folders import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PACKAGES = ("django", "django-allauth", "django-oauth-toolkit", "gunicorn", "oauthlib", "psycopg")
# Ratios to plain django-allauth.
PAGE_TARGET, SIGN_IN_TARGET, CPU_TARGET = 20, 4, 5
STATEMENT_TARGETS = {
    "returning": {"page": 0, "start": 2, "callback": 8},
    "new": {"page": 0, "start": 2, "callback": 10},
}
# Ratio to the better of the two other providers.
PROVIDER_TARGET = 2
PROVIDER_STATEMENT_TARGETS = {"authorize": 4, "token": 6, "userinfo": 2, "refresh": 6}
MEMORY_TARGET, FIRST_ANSWER_TARGET = 130, 1.5

Row = tuple[str, dict[str, Measured]]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first hold numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def pages(rows: Sequence[Row], *, words_of_page: str, size: int) -> str:
    """Sign-in pages a second, with what each costs the server."""
    head = (
        "sign-in page", "Menkou, a second", "plain", "bare WSGI",
        "Menkou to plain", "to bare", "CPU ms: Menkou", "plain", "CPU ratio to plain",
    )  # fmt: skip
    return (
        f"### Sign-in page\n\n{table(head, [page(*row) for row in rows])}\n"
        f"With {words_of_page} the page has {size:,} bytes. "
        f"Aimed at: {PAGE_TARGET} times plain django-allauth in every row. "
        f"Of one core, the generator took {busy(rows)} at most.\n"
    )


def page(words: str, measured: Mapping[str, Measured]) -> list[str]:
    """One row of the table of pages."""
    menkou, plain, bare = (measured[name] for name in ("menkou", "plain", "bare"))
    return [
        words,
        *(f"{each.middle('per_second'):,.0f}" for each in (menkou, plain, bare)),
        f"**{menkou.ratio(plain):.1f}**",
        f"{menkou.ratio(bare):.2f}",
        *(f"{each.middle('cpu_ms'):.2f}" for each in (menkou, plain)),
        f"{plain.ratio(menkou, 'cpu_ms'):.1f}",
    ]


def sign_ins(rows: Sequence[Row]) -> str:
    """Whole sign-ins a second."""
    head = (
        "whole sign-in", "Menkou, a second", "plain", "Menkou to plain",
        "ms: Menkou, median", "99 %", "plain, median", "99 %",
        "CPU ms: Menkou", "plain", "CPU ratio to plain",
    )  # fmt: skip
    return (
        f"### Whole sign-in\n\n{table(head, [sign_in(*row) for row in rows])}\n"
        f"Aimed at: {SIGN_IN_TARGET} times plain django-allauth, and {CPU_TARGET} times by "
        f"processor time, in every row. Of one core, the generator took {busy(rows)} at most.\n"
    )


def sign_in(words: str, measured: Mapping[str, Measured]) -> list[str]:
    """One row of the table of sign-ins."""
    menkou, plain = measured["menkou"], measured["plain"]
    return [
        words,
        *(f"{each.middle('per_second'):.1f}" for each in (menkou, plain)),
        f"**{menkou.ratio(plain):.1f}**",
        *(f"{each.middle(what):.0f}" for each in (menkou, plain) for what in ("p50_ms", "p99_ms")),
        *(f"{each.middle('cpu_ms'):.1f}" for each in (menkou, plain)),
        f"{plain.ratio(menkou, 'cpu_ms'):.1f}",
    ]


def applications(rows: Sequence[Row], costs: Mapping[str, Mapping[str, Cost]]) -> str:
    """What applications ask for, a second, and the statements for it."""
    head = (
        "applications", "Menkou, a second", "allauth", "toolkit", "Menkou to allauth", "to toolkit",
        "CPU ms: Menkou", "allauth", "toolkit", "CPU ratio to allauth", "to toolkit",
    )  # fmt: skip
    counted_head = (
        "SQL statements", "Menkou", "of them BEGIN and the like", "pool's health checks",
        "allauth", "toolkit", "aimed at",
    )  # fmt: skip
    counts = [
        [step, *counted(costs["menkou"][step]),
         *(str(costs[peer][step].all) for peer in ("allauth", "toolkit")),
         f"≤ {PROVIDER_STATEMENT_TARGETS[step]}"]
        for step in PROVIDER_STEPS
    ]  # fmt: skip
    return (
        f"### Applications\n\n{table(head, [application(*row) for row in rows])}\n"
        f"Aimed at: {PROVIDER_TARGET} times the better of the two others in every row. "
        f"Of one core, the generator took {busy(rows)} at most.\n\n"
        f"{table(counted_head, counts)}"
    )


def application(words: str, measured: Mapping[str, Measured]) -> list[str]:
    """One row of the table of applications."""
    menkou, *peers = (measured[name] for name in ("menkou", "allauth", "toolkit"))
    return [
        words,
        *(f"{each.middle('per_second'):.1f}" for each in (menkou, *peers)),
        *(f"**{menkou.ratio(each):.1f}**" for each in peers),
        *(f"{each.middle('cpu_ms'):.1f}" for each in (menkou, *peers)),
        *(f"{each.ratio(menkou, 'cpu_ms'):.1f}" for each in peers),
    ]


def busy(rows: Sequence[Row]) -> str:
    """How much of a core the generator took where it took most."""
    return f"{max(each.middle('generator') for _, row in rows for each in row.values()):.0%}"


def statements(costs: Mapping[str, Mapping[str, Mapping[str, Cost]]]) -> str:
    """Statements on the wire."""
    head = ("SQL statements", "Menkou", "of them BEGIN and the like", "pool's health checks",
            "plain", "aimed at")  # fmt: skip
    rows = [
        [f"{step}, {who}", *counted(costs["menkou"][who][step]), str(costs["plain"][who][step].all),
         str(STATEMENT_TARGETS[who][step])]
        for who in ("returning", "new")
        for step in STEPS
    ]  # fmt: skip
    return f"### Statements\n\n{table(head, rows)}"


def counted(cost: Cost) -> list[str]:
    """All statements, and which of them ask for nothing."""
    return [f"**{cost.all}**", str(cost.transactions), str(cost.health)]


def footprint(
    memory: Mapping[str, float], own_memory: Mapping[str, float], first: Mapping[str, float]
) -> str:
    """Memory and the first answer."""
    head = ("footprint", "Menkou", "plain", "bare WSGI", "aimed at")
    rows = [
        [f"PSS in MB, master and {WORKERS} workers, warm",
         *(f"{each:.0f}" for each in memory.values()), f"≤ {MEMORY_TARGET}"],
        ["of it without files, which other programs may share",
         *(f"{each:.0f}" for each in own_memory.values()), ""],
        ["seconds from the start of gunicorn to the first sign-in page",
         *(f"{each:.2f}" for each in first.values()), f"≤ {FIRST_ANSWER_TARGET}"],
    ]  # fmt: skip
    return f"### Footprint\n\n{table(head, rows)}"


def plans(workers: Mapping[int, tuple[Measured, float]], growth: Mapping[str, Growth]) -> str:
    """Speed and memory by the number of workers, and what sign-ins add to the database."""
    speed = [
        [str(number), f"{measured.middle('per_second'):.0f}", f"{measured.middle('cpu_ms'):.1f}",
         f"{memory:.0f}"]
        for number, (measured, memory) in workers.items()
    ]  # fmt: skip
    sizes = [
        [who, f"{each.sign_ins:,}", f"{each.bytes_each:,.0f}",
         f"{each.bytes_each * MILLION / 1024**3:.2f}"]
        for who, each in growth.items()
    ]  # fmt: skip
    head = ("workers", "sign-ins a second", "CPU ms each", "PSS in MB, master and workers")
    growth_head = ("growth of the database", "sign-ins", "bytes each", "GB for a million")
    return f"### Sizing\n\n{table(head, speed)}\n{table(growth_head, sizes)}"


def machine(url: str) -> str:
    """The words on where and with what this was measured."""
    libraries = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    with psycopg.connect(url) as connection:
        postgres = setting(connection, "server_version").split()[0]
        durable = setting(connection, "fsync"), setting(connection, "synchronous_commit")
    return (
        f"{date.today().isoformat()}; {os.cpu_count()} cores ({processor()}), "
        f"{memory_gb():.0f} GB; Python {platform.python_version()}, {libraries}, "
        f"PostgreSQL {postgres} on the same machine (fsync {durable[0]}, synchronous_commit "
        f"{durable[1]}); gunicorn with {WORKERS} workers of {THREADS} threads; "
        f"load when it began: {os.getloadavg()[0]:.1f}.\n"
    )


def setting(connection: psycopg.Connection[tuple[str]], name: str) -> str:
    """What the server says of itself."""
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""


def processor() -> str:
    """The processor's name."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def memory_gb() -> float:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3


def write(text: str) -> None:
    """Put the report into the documentation, in place of the one before."""
    page_text = PAGE.read_text(encoding="utf-8")
    before, _, rest = page_text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or not after:
        sys.exit(f"{PAGE} has lost its marks {BEGIN} and {END}.")
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
