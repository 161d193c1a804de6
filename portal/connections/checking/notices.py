"""Emails to the owners of a project about a connection that starts to fail, or works again."""

from __future__ import annotations

from typing import Any

from connections.checking.state import Transition
from connections.configured import definition_of
from portal.connections.checking.page_context import show_step
from portal.mail import portal_origin, send_to_owners

TEMPLATES = "portal/connections/email/"


def notify_owners(change: Transition) -> int:
    """Send each owner an email about a change; return how many were accepted.

    Call it inside the transaction of the change, so that it is told once.
    """
    connection = change.connection
    context: dict[str, Any] = {
        "connection": connection,
        "provider": definition_of(connection).name,
        "step": show_step(definition_of(connection), change.step),
        "link": f"{portal_origin()}{connection.get_absolute_url()}",
    }
    name = "recovered" if change.has_recovered else "failing"
    return send_to_owners(connection.project, f"{TEMPLATES}{name}", context)
