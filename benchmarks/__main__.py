"""``python -m benchmarks``: every measurement, and the table of docs/performance.md."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import chain

from benchmarks import parts, report
from benchmarks.world import World, done, postgres, world
from portal.devtools.child_environments import clean_environment
from portal.devtools.supervision import interruptible

PARTS = {
    "statements": parts.statements,
    "footprint": parts.footprint,
    "sign-ins": parts.sign_ins,
    "applications": parts.applications,
    "sizing": parts.plans,
    "pages": parts.pages,
}
HISTORY = "history"


def main() -> None:
    """Read the options, measure, and say or write down what was found."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--quick", action="store_true", help="see that all of it works")
    options.add_argument("--only", nargs="+", choices=[*PARTS, HISTORY], metavar="PART",
                         default=[*PARTS, HISTORY], help=", ".join([*PARTS, HISTORY]))  # fmt: skip
    options.add_argument("--template", help="a database with Menkou's tables, to be copied")
    options.add_argument("--write", action="store_true", help="into docs/performance.md")
    given = options.parse_args()
    size = parts.QUICK if given.quick else parts.FULL
    templates = {"menkou": given.template} if given.template else {}
    with interruptible(), ExitStack() as stack:
        url = os.environ.get("DATABASE_URL") or stack.enter_context(postgres())
        pieces = []
        for piece in chain([report.machine(url)], measured(given.only, size, templates)):
            # At once, so that nothing is lost if a later part fails.
            print(piece, flush=True)
            pieces.append(piece)
    if given.write:
        report.write("\n".join(pieces))


def measured(chosen: list[str], size: parts.Size, templates: Mapping[str, str]) -> Iterator[str]:
    """Yield the pieces of the report as they are measured."""
    names = [name for name in PARTS if name in chosen]
    if names:
        with world(*parts.first(size), quick=size.quick, templates=templates) as made:
            for name in names:
                yield told(name, made, size)
    if HISTORY in chosen:
        yield history(size)


def told(name: str, made: World, size: parts.Size) -> str:
    """Make one part, and say how long it took."""
    began = time.monotonic()
    piece = PARTS[name](made, size)
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return piece


def history(size: parts.Size) -> str:
    """The History page among many rows, which is a program of its own."""
    rounds = str(max(size.rounds, 3))
    command = [sys.executable, "-m", "benchmarks.history", "--rows", str(size.history_rows)]
    told = clean_environment(os.environ["DATABASE_URL"])
    environment = {**told, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return "### History page\n\n" + done([*command, "--rounds", rounds], environment)


if __name__ == "__main__":
    main()
