"""Claims of an account at a social provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connections.protocols.pictures import safe_picture
from connections.protocols.profiles import Names, email_claim, name_of
from connections.protocols.responses import text
from connections.providers.definition import Settings
from connections.values.claims import Claims, app_namespace


@dataclass(frozen=True, kw_only=True)
class Account:
    """Reads the claims from a provider's profile."""

    # The member with the id, and one with an id that is unique for this app only. Either id may be
    # "" if the provider has sent the other one.
    subject: str = "sub"
    app_id: str = ""
    # The members with the user's name. The first one present is used.
    names: Names = ("name",)
    # The picture is kept if it is on one of the hosts.
    picture: str = "picture"
    hosts: tuple[str, ...] = ()
    # Whether the provider's email_verified is trusted.
    proves_address: bool = False

    def __call__(self, settings: Settings, namespace: str, answer: Mapping[str, Any]) -> Claims:
        """Return the user's claims."""
        address, verified = email_claim(answer)
        own_id = answer[self.app_id] if self.app_id else ""
        picture = safe_picture(text(answer, self.picture), self.hosts) if self.hosts else ""
        return Claims(
            namespace=namespace,
            subject=answer[self.subject],
            keys=((app_namespace(namespace, settings), own_id),) if own_id else (),
            name=name_of(answer, self.names),
            picture=picture,
            address=address,
            address_verified=verified and self.proves_address,
        )
