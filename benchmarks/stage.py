"""Projects with their connections: ``python -m benchmarks.stage 1 10 50 --more 10000``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

import django


def asked(words: list[str]) -> argparse.Namespace:
    """Return what is to be put on the stage of either site."""
    options = argparse.ArgumentParser()
    options.add_argument("connections", type=int, nargs="*", help="a project for each number")
    options.add_argument("--more", type=int, default=0, help="so many with ten connections each")
    return options.parse_args(words)


def more_names(number: int) -> list[str]:
    """The names of many projects."""
    return [f"more{index}" for index in range(number)]


def make_project(name: str, number: int, owner: Any) -> None:
    """A project whose sign-in page shows so many buttons, WeChat first."""
    from connections.models import Connection
    from connections.secrets import seal_secret
    from projects.models import Project

    project = Project.objects.create(slug=name, name=name.upper())
    made = Connection.objects.bulk_create(connection(project, each) for each in range(number))
    seal_secret(made[0], field="client_secret", value="0123" * 8, actor=owner)


def connection(project: Any, index: int) -> Any:
    """WeChat, or one of many OpenID Connect providers."""
    from connections.models import Connection

    if index == 0:
        settings = {"client_id": "wx0123456789abcdef", "account_id": "gh_0123456789ab"}
        provider, alias = "wechat_web", "wechat"
    else:
        settings = {"client_id": f"client-{index}", "issuer": f"https://login{index}.example.com"}
        provider, alias = "openid_connect", f"oidc{index}"
    return Connection(
        project=project,
        provider=provider,
        alias=alias,
        position=index,
        labels={} if index == 0 else {"en": f"Provider {index}"},
        settings=settings,
    )


def make_more(number: int, each: int) -> None:
    """Many projects more, each with as many connections of its own."""
    from connections.models import Connection
    from projects.models import Project

    projects = Project.objects.bulk_create(
        (Project(slug=name, name=name.upper()) for name in more_names(number)), batch_size=5000
    )
    Connection.objects.bulk_create(
        (connection(project, index) for project in projects for index in range(each)),
        batch_size=5000,
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from connections.secrets import check_keys
    from projects.models import User

    # As a server does when it starts for the first time.
    check_keys()
    given = asked(sys.argv[1:])
    owner, _made = User.objects.get_or_create(email="olga@example.com", name="Olga")
    for count in given.connections:
        make_project(f"c{count}", count, owner)
    make_more(given.more, each=10)
