"""The account page of an end user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from applications.access import Access, list_accesses
from connections.configured import button_label, known_definition
from connections.models import EndUserSession
from connections.protocols.pictures import safe_picture
from connections.sessions.rows import list_sessions
from connections.values.browser_names import describe_browser
from core.content_policy import set_policy
from projects.requests import TenantRequest
from signin.pages import base_context, brand_of, mark_private

# More of them are folded.
MOST_SHOWN = 5


@dataclass(frozen=True)
class SessionRow:
    """A browser in which the person is signed in."""

    sid: UUID
    browser: str
    last_seen_at: datetime
    is_this_one: bool


def account_page(request: TenantRequest, session: EndUserSession) -> HttpResponse:
    """Return the account page: three statements."""
    person, connection = session.user, session.connection
    definition = known_definition(connection) if connection else None
    hosts = definition.picture_hosts if definition else ()
    sessions, accesses = session_rows(session), list_accesses(session)
    back = way_back(accesses)
    context = {
        "person": {
            "name": person.shown_name,
            "picture": safe_picture(person.picture, hosts),
            "initials": initials(person.shown_name),
        },
        # A provider's default button label adds nothing to its name.
        "via": button_label(connection) if connection and connection.labels else "",
        "provider_name": brand_of(connection),
        "back_url": back.home_page if back else "",
        "back_label": _("Back to %(name)s") % {"name": back.name} if back else "",
        "sessions": sessions[:MOST_SHOWN],
        "more_sessions": sessions[MOST_SHOWN:],
        "has_others": len(sessions) > 2,
        "accesses": accesses[:MOST_SHOWN],
        "more_accesses": accesses[MOST_SHOWN:],
        **base_context(request.project),
    }
    response = render(request, "signin/account.html", context)
    set_policy(response, any_form_action=True, picture_hosts=hosts)
    # No sign-in leads through this page, so no other window needs it.
    response["Cross-Origin-Opener-Policy"] = "same-origin"
    return mark_private(response)


def session_rows(session: EndUserSession) -> list[SessionRow]:
    """Return where the person is signed in, beginning with this browser."""
    rows = [
        SessionRow(
            sid=each.sid,
            browser=describe_browser(each.browser),
            last_seen_at=each.last_seen_at,
            is_this_one=each.sid == session.sid,
        )
        for each in list_sessions(session.user)
    ]
    return sorted(rows, key=lambda row: not row.is_this_one)


def way_back(accesses: Sequence[Access]) -> Access | None:
    """Return the application with a home page that this browser has signed in to last, or None."""
    here = [(each.grant_here, each) for each in accesses if each.grant_here and each.home_page]
    return max(here, key=lambda pair: pair[0])[1] if here else None


def initials(name: str) -> str:
    """Return one or two letters for a name."""
    words_of_name = [word for word in name.split() if word[0].isalnum()]
    if not words_of_name:
        return "?"
    if ord(words_of_name[0][0]) > 0x2E7F:
        return words_of_name[0][0]
    return "".join(word[0] for word in words_of_name[:2]).upper()
