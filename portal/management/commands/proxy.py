"""``manage.py proxy check``: what the reverse proxies in front of this installation break."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from portal.environment import ADDRESS
from portal.server.proxy.check import Route, find_problems
from projects.models import Project

# Any project's host will do: the request is answered before the project is looked up.
NOBODY = "proxy-check"


def address(text: str) -> tuple[str, int]:
    """Return the host and port of an argument; raises ArgumentTypeError."""
    found = ADDRESS.fullmatch(text)
    if found is None:
        raise ArgumentTypeError("must look like 10.0.0.20:443")
    return found[1] or found[2], int(found[3])


class Command(BaseCommand):
    help = "Send requests to the portal and a project through the proxies; say what they break."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="action")
        check = actions.add_parser("check", help="check Host, scheme, addresses, headers and sizes")
        check.add_argument("--project", help="the ID of a project; by default any")
        check.add_argument(
            "--connect",
            type=address,
            metavar="HOST:PORT",
            help="connect to the proxy at this address, not to the one in DNS",
        )

    def handle(
        self, *args: Any, project: str | None, connect: tuple[str, int] | None, **options: Any
    ) -> None:
        slug = project or Project.objects.values_list("slug", flat=True).first() or NOBODY
        scheme = "https" if settings.SESSION_COOKIE_SECURE else "http"
        problems = []
        for host in (settings.MENKOU_PORTAL_HOST, f"{slug}.{settings.MENKOU_PROJECT_DOMAIN}"):
            found = list(find_problems(Route(host, scheme, connect)))
            problems += found
            if not found:
                self.stdout.write(f"{host}: everything arrives as it should.")
        if problems:
            count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
            raise CommandError("\n".join([f"{count} found.", *map(str, problems)]))
