"""The context of the navigation around every portal page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import get_language_info

from connections.expiry.parts import BANNER_DAYS, ExpiringPart, list_expiring
from projects.models import Membership, Project, Role, User
from signin.pages import moved_providers

SECTIONS = {
    "account": "account",
    "overview": "overview",
    "history": "history",
    "history_story": "history",
    "settings": "settings",
    "members": "settings",
    "member": "settings",
    "member_invite": "settings",
    "member_remove": "settings",
    "invitation_renew": "settings",
    "project_delete": "settings",
}


@dataclass
class Shell:
    """The navigation of one request; queries run only when a template uses them."""

    request: HttpRequest

    @property
    def membership(self) -> Membership | None:
        """The person's membership in the project of this page."""
        return getattr(self.request, "membership", None)

    @property
    def project(self) -> Project | None:
        """The project of this page, if it is about one."""
        return self.membership.project if self.membership else None

    @cached_property
    def projects(self) -> list[Project]:
        """The projects that the person can switch to."""
        user = getattr(self.request, "user", None)
        if not isinstance(user, User):
            return []
        return list(Project.objects.filter(memberships__user=user))

    @cached_property
    def expiring(self) -> list[ExpiringPart]:
        """What has expired or will within days, of the connections of this page's project."""
        return list_expiring(self.project, BANNER_DAYS) if self.project else []

    @property
    def here(self) -> str:
        """The URL of this page without `lang`, which would override the next choice."""
        query = self.request.GET.copy()
        query.pop("lang", None)
        path: str = getattr(self.request, "page_path", self.request.path)
        return path + (f"?{query.urlencode('/')}" if query else "")

    @property
    def section(self) -> str:
        """The current entry of the navigation."""
        match = self.request.resolver_match
        name = match.url_name if match and match.url_name else ""
        if name.startswith("connection"):
            return "connections"
        if name.startswith("application"):
            return "applications"
        if name.startswith("user"):
            return "users"
        if name.startswith("mfa_"):
            return "account"
        return SECTIONS.get(name, "")

    @property
    def role_label(self) -> str:
        """The person's role here, in words."""
        return self.membership.get_role_display() if self.membership else ""

    @property
    def is_owner(self) -> bool:
        """Whether the person may manage members and delete the project."""
        return self.membership is not None and self.membership.role == Role.OWNER

    @property
    def can_edit(self) -> bool:
        """Whether the person may change things here."""
        return self.membership is not None and Role(self.membership.role).includes(Role.EDITOR)


def navigation_context(request: HttpRequest) -> dict[str, Any]:
    """Context processor for the navigation."""
    return {
        # Pages with a form replace it; the others have no errors to name in their title.
        "form": None,
        "shell": Shell(request),
        "test_endpoints": moved_providers(),
        "languages": [
            (code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES
        ],
    }
