"""The query strings of sign-in pages that can be cached."""

from __future__ import annotations

import re
from dataclasses import dataclass

from applications.tokens.hashing import CLIENT_ID_LENGTH
from connections.fields.common import ALIAS
from core.language_middleware import known_language
from core.random_text import LENGTH

# Stands in a cached page where the id of an authorization request belongs. Letters only, so that
# no kind of escaping changes it.
REQUEST_ID_PLACE = "REQUESTIDREQUESTIDREQUESTIDREQUE"
CACHEABLE = re.compile(
    rf"(?:lang=(?P<language>[a-z-]{{2,10}}))?"
    rf"(?:(?:^|&)application=(?P<application>[a-z0-9]{{{CLIENT_ID_LENGTH}}})"
    rf"&request=(?P<request>[A-Za-z0-9]{{{LENGTH}}})"
    rf"(?:&connection=(?P<connection>{ALIAS.pattern}))?)?"
)
LONGEST = 200


@dataclass(frozen=True)
class PageQuery:
    """A query that a page can be cached for; each part may be empty."""

    language: str = ""
    # The client id of an application, and the id of its request, which differs for each visitor.
    application: str = ""
    request_id: str = ""
    # The alias of the only connection that its page shows.
    connection: str = ""


def read_query(query: str) -> PageQuery | None:
    """Return the query of a page that can be cached, or None."""
    found = CACHEABLE.fullmatch(query) if len(query) <= LONGEST else None
    if found is None:
        return None
    language, application, request_id, connection = (
        found[name] or "" for name in ("language", "application", "request", "connection")
    )
    if language != known_language(language):
        return None
    return PageQuery(language, application, request_id, connection)
