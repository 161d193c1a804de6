"""``python -m portal.devtools``: what the Makefile calls."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from portal.devtools.command_errors import CommandFailed
from portal.devtools.folders import ROOT, VAR
from portal.devtools.manage import run_manage
from portal.devtools.release import third_party
from portal.devtools.release.image import run_image
from portal.devtools.release.release import run_release
from portal.devtools.site.site import run_site
from portal.devtools.testing.runs import run_format, run_lint, run_tests
from portal.devtools.translations.catalogues import LOCALE
from portal.devtools.translations.compiling import compile_catalogues


def main(arguments: list[str]) -> int:
    """Do what the command says and give the exit code; words after ``--`` are passed on."""
    ours, passed_on = _split(arguments)
    options = _parser().parse_args(ours)
    os.chdir(ROOT)
    try:
        if options.command == "image":
            return run_image(options.base, options.archive)
        _make_folder(options.var)
        return _do(options.command, options.var.resolve(), passed_on)
    except CommandFailed as refused:
        print(refused, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portal.devtools", description=__doc__)
    parser.add_argument("--var", type=Path, default=VAR, help="where data are kept")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start the portal and all that it needs")
    commands.add_parser("lint", help="make the checks that need no database")
    commands.add_parser("format", help="put code and templates into their layout")
    commands.add_parser("compile-messages", help="make the translations readable for Django")
    commands.add_parser("manage", help="run manage.py as the site would, with the words after --")
    image = commands.add_parser("image", help="build the container image")
    image.add_argument("--base", help="another base image than the Containerfile's")
    image.add_argument("--archive", type=Path, help="save it here, gzipped, for `docker load`")
    commands.add_parser("release", help="build and check what a release consists of, in dist/")
    commands.add_parser("third-party", help="list the installed packages in docs/third-party.md")
    commands.add_parser("test", help="make every check; or run pytest with the words after --")
    return parser


def _make_folder(var: Path) -> None:
    var.mkdir(parents=True, exist_ok=True)
    if not os.access(var, os.R_OK | os.W_OK | os.X_OK):
        raise CommandFailed(f"{var} belongs to somebody else: delete it, or run as its owner.")


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


def _do(command: str, var: Path, passed_on: list[str]) -> int:
    if command == "manage":
        run_manage(var, passed_on)
    if command == "lint":
        return run_lint(var)
    if command == "format":
        return run_format(var)
    if command == "third-party":
        third_party.write_page()
        return 0
    compile_catalogues(LOCALE)
    if command == "run":
        return run_site(var)
    if command == "test":
        return run_tests(var, passed_on)
    if command == "release":
        return run_release(var)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
