"""The claims of a provider about a person, in a common form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connections.values.facts import describe_json
from connections.values.failures import SignInFailed
from core.text import is_storable
from core.untrusted import BadInput

# The sizes of the columns in the database.
LONGEST_NAMESPACE = 200
LONGEST_SUBJECT = 256
LONGEST_NAME = 150
LONGEST_ADDRESS = 254
LONGEST_PICTURE = 500
SHOWN = {"name": LONGEST_NAME, "picture": LONGEST_PICTURE, "address": LONGEST_ADDRESS}


def app_namespace(namespace: str, settings: Mapping[str, Any]) -> str:
    """Return where an id is unique that a provider gives a person for one app.

    It says nothing of the account or company to which the app belongs: whoever corrects that in a
    connection keeps its people.
    """
    return f"{namespace.partition(':')[0]}-app:{settings.get('client_id', '')}"


def fits(value: object, length: int) -> bool:
    """Whether a column of this length takes the value."""
    return isinstance(value, str) and len(value) <= length and is_storable(value)


@dataclass(frozen=True, kw_only=True)
class Claims:
    """A person's claims, validated.

    `subject` is empty if the provider sent no id for the namespace; then the first of `keys`
    identifies the person.
    """

    namespace: str
    subject: str
    keys: tuple[tuple[str, str], ...] = ()
    # Empty if the provider sent no name: then a known name stays, and a new user gets `stand_in`.
    name: str = ""
    picture: str = ""
    # Empty if the provider sent no address: then a known address stays as it is.
    address: str = ""
    address_verified: bool = False
    # The user's tenants and organizations at the provider, if its definition says how to find them.
    tenants: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise BadInput or SignInFailed for an id that the database would refuse.

        A value that is only shown is dropped instead.
        """
        namespaces, values = zip((self.namespace, self.subject), *self.keys, strict=True)
        if not all(fits(each, LONGEST_NAMESPACE) for each in namespaces):
            raise BadInput("namespace")
        for each in values:
            if not fits(each, LONGEST_SUBJECT):
                expected = f"string of up to {LONGEST_SUBJECT} characters"
                raise SignInFailed("no_subject", received=describe_json(each), expected=expected)
        for name, length in SHOWN.items():
            if not fits(getattr(self, name), length):
                object.__setattr__(self, name, "")
        if not self.address:
            object.__setattr__(self, "address_verified", False)

    @property
    def primary(self) -> tuple[str, str]:
        """The (namespace, subject) under which the person is stored."""
        if self.subject:
            return self.namespace, self.subject
        return self.keys[0]


@dataclass(frozen=True, kw_only=True)
class IdentityClaims:
    """Returns the ids of an identity under the provider's own names, without those it lacks.

    An id in `Claims` has at most LONGEST_SUBJECT characters, and a setting is as long as its field
    allows.
    """

    # The names of the subject, whose parts are separated by colons, and of the first of the keys.
    subject: tuple[str, ...] = ()
    key: str = ""
    # The settings that belong to an id, such as the app for which it is unique: name → setting.
    settings: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, claims: Claims, settings: Mapping[str, Any]) -> dict[str, str]:
        """Return the ids by name."""
        parts = claims.subject.split(":", len(self.subject) - 1) if self.subject else []
        found = dict(zip(self.subject, parts, strict=False))
        if self.key and claims.keys:
            found[self.key] = claims.keys[0][1]
        found |= {name: str(settings.get(each, "")) for name, each in self.settings.items()}
        return {name: value for name, value in found.items() if value}
