"""Who a provider says somebody is, in our words."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Claims:
    """A person as a provider knows them, checked and cut to size.

    `subject` is empty where the provider sent no id that holds in the namespace; then the first
    of `keys` identifies the person.
    """

    namespace: str
    subject: str
    keys: tuple[tuple[str, str], ...] = ()
    # Empty where the provider did not say it: then a name that is known already stays, and a new
    # person is called by the stand-in.
    name: str = ""
    stand_in: str = ""
    picture: str = ""
    address: str = ""
    address_verified: bool = False
    # What is kept of the answer: only what a page of ours shows or a later match needs.
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def primary(self) -> tuple[str, str]:
        """The (namespace, subject) under which the person is stored."""
        if self.subject:
            return self.namespace, self.subject
        return self.keys[0]
