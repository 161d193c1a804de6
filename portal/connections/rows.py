"""The rows of the list of connections."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from connections.access.sentences import access_sentence, has_rule
from connections.configured import button_label, definition_of, is_secret_missing
from connections.drafts.rows import find_draft
from connections.expiry.parts import ExpiringPart, first_needing_attention, list_expiries
from connections.models import Connection
from connections.providers import catalogue
from connections.providers.definition import Definition
from connections.secrets import find_unreadable_fields
from portal.connections.sign_in_numbers import NONE, SignInNumbers, count_sign_ins
from projects.models import Project
from signin.buttons import group_connections

is_enabled = attrgetter("enabled")


@dataclass(frozen=True)
class ConnectionRow:
    """A connection in the list."""

    connection: Connection
    definition: Definition
    numbers: SignInNumbers
    secret_missing: bool
    unreadable_secret: bool
    # What is the first to expire, if it has expired or soon will.
    expiring: ExpiringPart | None
    # Both False for viewers, and if there is no other connection.
    can_go_up: bool
    can_go_down: bool
    # The aliases of connections that share its button.
    shares_with: tuple[str, ...] = ()
    # Whether another connection has the same button label.
    has_namesake: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    @property
    def has_draft(self) -> bool:
        """Whether there are values that nobody has published yet."""
        return find_draft(self.connection) is not None

    @property
    def access_sentence(self) -> str:
        """Whom the access rules admit."""
        return access_sentence(self.definition, self.connection.settings)

    @property
    def is_limited(self) -> bool:
        """Whether an access rule limits who may sign in."""
        return has_rule(self.connection.settings)


def list_rows(project: Project, *, can_move: bool) -> list[ConnectionRow]:
    """Return the project's connections, in the order of their buttons."""
    connections = project.connections.select_related("project", "draft").prefetch_related("secrets")
    known = [each for each in connections if catalogue.has(each.provider)]
    unreadable = find_unreadable_fields(known)
    numbers = count_sign_ins(project)
    labels = Counter(map(button_label, known))
    ways = {each: way for way in group_connections(filter(is_enabled, known)) for each in way}
    return [
        ConnectionRow(
            connection=each,
            definition=definition_of(each),
            numbers=numbers.get(each.pk, NONE),
            secret_missing=is_secret_missing(each),
            unreadable_secret=each.pk in unreadable,
            expiring=first_needing_attention(list_expiries(each)),
            can_go_up=can_move and place > 1,
            can_go_down=can_move and place < len(known),
            shares_with=tuple(other.alias for other in ways.get(each, ()) if other != each),
            has_namesake=labels[button_label(each)] > 1,
        )
        for place, each in enumerate(known, start=1)
    ]
