"""Projects with their connections: ``python -m benchmarks.stage --new 1 10 50 --more 10000``.

``--new`` makes the tables and collects the static files first. ``--people 64`` gives the project
with one connection an application and people with sessions.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import timedelta
from typing import Any

import django

from benchmarks.grants import CALLBACK, CLIENT_ID, CLIENT_SECRET, session_key


def asked(words: list[str]) -> argparse.Namespace:
    """Return what is to be put on the stage of either site."""
    options = argparse.ArgumentParser()
    options.add_argument("connections", type=int, nargs="*", help="a project for each number")
    options.add_argument("--new", action="store_true", help="migrate first")
    options.add_argument("--more", type=int, default=0, help="so many with ten connections each")
    options.add_argument("--people", type=int, default=0, help="so many with a session")
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


def make_application(project: Any) -> None:
    """A website that gets a refresh token each time, and has a known secret."""
    from applications.models import Application, ApplicationSecret
    from applications.services import ApplicationFields, add_application
    from core.random_text import hash_text

    asked_for = ApplicationFields(name="Shop", redirect_uris=[CALLBACK], refresh_tokens="always")
    application, _secret = add_application(project, asked_for, actor=None)
    Application.objects.filter(pk=application.pk).update(client_id=CLIENT_ID)
    ApplicationSecret.objects.update(hash=hash_text(CLIENT_SECRET))


def make_person(project: Any, number: int) -> None:
    """Somebody who has signed in, in the browser of this number."""
    from django.utils import timezone

    from connections.models import EndUserSession
    from core.random_text import hash_text
    from projects.models import User

    now = timezone.now()
    person = User(
        project=project,
        name="Zhang Wei",
        address=f"person{number}@example.com",
        address_verified=True,
    )
    person.set_unusable_password()
    person.save()
    EndUserSession.objects.create(
        key_hash=hash_text(session_key(number)),
        project=project,
        user=person,
        alias="wechat",
        provider="wechat_web",
        subject=f"person-{number}",
        amr=["fed"],
        auth_time=now,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(days=14),
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.core.management import call_command

    from connections.secrets import check_keys
    from projects.models import User

    given = asked(sys.argv[1:])
    if given.new:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
    # As a server does when it starts for the first time.
    check_keys()
    owner, _made = User.objects.get_or_create(email="olga@example.com", name="Olga")
    for count in given.connections:
        make_project(f"c{count}", count, owner)
    make_more(given.more, each=10)
    if given.people:
        from projects.models import Project

        project = Project.objects.get(slug="c1")
        make_application(project)
        for number in range(given.people):
            make_person(project, number)
