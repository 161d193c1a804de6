"""Checks of connections, as tests ask for them."""

from __future__ import annotations

from django.test import Client

from connections.checking.steps import CheckStep, StepName
from connections.models import Connection
from signin.checking.run import check_live
from tests.portal.page_reader import Page


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
