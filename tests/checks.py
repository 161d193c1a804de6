"""Checks of connections, as tests ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.test import Client

from connections.checking.steps import CheckStep, StepName
from connections.models import Connection
from projects.models import Project
from signin.checking.own_host import PATH, own_answer
from signin.checking.run import check_live
from tests.connections.servers import Peer, Server, serving
from tests.portal.page_reader import Page

FILE, CONTENT = "MP_verify_Q7m0wRmfoPCJYpcH.txt", "Q7m0wRmfoPCJYpcH"
Treatment = Callable[[Peer], None]


def ours(host: str) -> Treatment:
    """Answer as this installation does."""

    def treat(peer: Peer) -> None:
        if peer.path.startswith(PATH):
            peer.answer(own_answer(host, peer.path.removeprefix(PATH)).encode())
        elif peer.path == f"/{FILE}":
            peer.answer(CONTENT.encode())
        else:
            peer.answer(b"", status="404 Not Found")

    return treat


@contextmanager
def reachable_project(project: Project, settings: Any) -> Iterator[Server]:
    """A server at the project's address that answers checks as this installation does."""
    with serving(ours(project.host)) as server:
        settings.MENKOU_MOVED_ENDPOINTS = {f"http://{project.host}": server.origin}
        yield server


def steps_of(connection: Connection, *, own_host: bool = False) -> dict[str, CheckStep]:
    """The steps of a check of what is saved, by name."""
    fresh = Connection.objects.select_related("project").get(pk=connection.pk)
    steps = check_live(fresh, scheme="http", own_host=own_host)
    return {str(each.name): each for each in steps}


def credentials_of(connection: Connection) -> CheckStep:
    """What a check says of the saved credentials."""
    return steps_of(connection)[StepName.CREDENTIALS]


def said_after_check(client: Client, alias: str, *, project: str = "acme") -> str:
    """What the connection's page says after a check of what is saved."""
    url = f"/projects/{project}/connections/{alias}/check/"
    page = Page(client.post(url, {"saved": "on"}, follow=True))
    return page.one(id="check").text
