"""The steps of a check, as values that can be stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from connections.models import StepVerdict


class StepName(StrEnum):
    """What a step checks, in the order of a check. The values are stored."""

    VALUES = "values"
    REACHABLE = "reachable"
    METADATA = "metadata"
    KEYS = "keys"
    CERTIFICATES = "certificates"
    CREDENTIALS = "credentials"
    CALLBACK = "callback"
    DOMAIN_FILE = "domain_file"


# After one of these has failed, the steps at the provider cannot succeed.
PRECONDITIONS = frozenset({StepName.VALUES, StepName.REACHABLE, StepName.METADATA})


# Only a person checks these: they depend on the project and not on the connection.
AT_OWN_HOST = frozenset({StepName.CALLBACK, StepName.DOMAIN_FILE})


@dataclass(frozen=True)
class CheckStep:
    """A step: its verdict, and the cause and the facts if there is something to say."""

    name: StepName
    verdict: StepVerdict
    cause: str = ""
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    milliseconds: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the step as it is stored."""
        stored: dict[str, Any] = {"name": str(self.name), "verdict": str(self.verdict)}
        stored |= {"cause": self.cause} if self.cause else {}
        stored |= {"code": self.code} if self.code else {}
        stored |= {"facts": dict(self.facts)} if self.facts else {}
        return stored | ({"ms": self.milliseconds} if self.milliseconds is not None else {})


def read_steps(stored: Iterable[Mapping[str, Any]]) -> list[CheckStep]:
    """Return stored steps, without those that this release does not know."""
    return [read_step(each) for each in stored if each.get("name") in set(StepName)]


def read_step(stored: Mapping[str, Any]) -> CheckStep:
    """Return a stored step."""
    return CheckStep(
        StepName(stored["name"]),
        StepVerdict(stored["verdict"]),
        stored.get("cause", ""),
        stored.get("code", ""),
        stored.get("facts", {}),
        stored.get("ms"),
    )


def overall_verdict(steps: Sequence[CheckStep]) -> StepVerdict:
    """Return the verdict of a whole check."""
    found = {each.verdict for each in steps}
    for verdict in (StepVerdict.FAILED, StepVerdict.DOUBTFUL, StepVerdict.PASSED):
        if verdict in found:
            return verdict
    return StepVerdict.NOT_CHECKED


def find_failed(steps: Iterable[CheckStep]) -> CheckStep | None:
    """Return the first step that failed, or None."""
    return next((each for each in steps if each.verdict == StepVerdict.FAILED), None)


def has_stopped(steps: Iterable[CheckStep]) -> bool:
    """Whether a step failed after which no further step at the provider can succeed."""
    return any(each.name in PRECONDITIONS and each.verdict == StepVerdict.FAILED for each in steps)
