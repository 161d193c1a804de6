"""The connection that an authorization request asks for, past the sign-in page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from applications.models import Application
from connections.configured import known_definition, same_people
from connections.fields.common import ALIAS
from connections.providers import catalogue
from core.postgresql.retry import retry_on_lost_connection

# What other products call it, and what stands before the alias there: Keycloak, Logto, Authgear.
FOREIGN_PARAMETERS = {"kc_idp_hint": "", "direct_sign_in": "social:", "x_oauth_provider_alias": ""}
FOREIGN_NAMES = tuple(FOREIGN_PARAMETERS)


class UnusableConnection(InvalidRequestError):  # type: ignore[misc]
    """The application may not ask for this connection."""


@dataclass(frozen=True)
class RequestedConnection:
    """The alias that a request asks for, or "", and those of the same people."""

    alias: str = ""
    same_people: tuple[str, ...] = ()


def read_connection(
    pairs: Sequence[tuple[str, str]], application: Application, request: Any
) -> RequestedConnection:
    """Return the connection that the parameters of a request ask for; one statement if any.

    Raises UnusableConnection for one that the application cannot use. If the application accepts
    them, parameters of other products are read as well; of these, what cannot be used is ignored.
    """
    sent = dict(pairs)
    alias = sent.get("connection", "")
    if alias:
        if not ALIAS.fullmatch(alias):
            raise UnusableConnection("The connection is not an alias.", request=request)
        found = find_connection(application, alias)
        if not found.alias:
            text = f"The connection {alias} is not an enabled one that this application may use."
            raise UnusableConnection(text, request=request)
        return found
    if not application.accept_foreign_parameters:
        return RequestedConnection()
    for name, prefix in FOREIGN_PARAMETERS.items():
        value = sent.get(name, "")
        hinted = value.removeprefix(prefix)
        if value.startswith(prefix) and ALIAS.fullmatch(hinted):
            return find_connection(application, hinted)
    return RequestedConnection()


@retry_on_lost_connection
def find_connection(application: Application, alias: str) -> RequestedConnection:
    """Return an enabled connection that the application may use; its alias is "" if there is none.

    One statement.
    """
    sharing = [each.id for each in catalogue.all_providers() if each.preferred_browsers]
    enabled = application.project.connections.filter(enabled=True)
    allowed = application.connections
    usable = {
        each.alias: each
        for each in enabled.filter(Q(alias=alias) | Q(provider__in=sharing))
        if known_definition(each) and (not allowed or each.alias in allowed)
    }
    if alias not in usable:
        return RequestedConnection()
    return RequestedConnection(alias, tuple(same_people(usable[alias], usable.values())))
