"""The link to the page of a failure in another language.

The address of the failure itself cannot be opened again: it holds the provider's code. So the link
holds what the page says, signed, and nothing that the page does not show.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from urllib.parse import urlencode

from django.core import signing

from projects.models import Project

SALT = "signin.outcomes"
# As long as a callback is recognized.
VALID_FOR = timedelta(hours=1)
# A path to continue at has up to 2,000 characters.
LONGEST = 4000
PARAMETER = "of"


@dataclass(frozen=True)
class ShownOutcome:
    """What a page of a failure depends on, besides the project and the language."""

    cause: str
    alias: str = ""
    reference: str = ""
    next_path: str = ""
    # The client id of an application whose sign-in it was.
    application: str = ""


NAMES = {each.name for each in fields(ShownOutcome)}


def outcome_query(project: Project, shown: ShownOutcome) -> str:
    """Return the query of the link without a language, "" if it would be too long."""
    values = {name: value for name, value in asdict(shown).items() if value}
    signed = signing.dumps(values, salt=salt_of(project), compress=True)
    return urlencode({PARAMETER: signed}) if len(signed) <= LONGEST else ""


def read_outcome(project: Project, signed: str) -> ShownOutcome | None:
    """Return what a link of this project holds, or None if it is too old or not from us."""
    if len(signed) > LONGEST:
        return None
    try:
        values = signing.loads(signed, salt=salt_of(project), max_age=VALID_FOR)
    except signing.BadSignature:
        return None
    # A link of another release may hold something else.
    if not isinstance(values, dict) or not {"cause"} <= values.keys() <= NAMES:
        return None
    return ShownOutcome(**values)


def salt_of(project: Project) -> str:
    """Return the salt of the project's links, which open on no other host."""
    return f"{SALT}.{project.pk}"
