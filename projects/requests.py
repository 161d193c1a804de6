"""The types of request that our views receive."""

from __future__ import annotations

from django.http import HttpRequest

from projects.models import Membership, Project, User


class OperatorRequest(HttpRequest):
    """A request of an operator who is signed in to the portal."""

    user: User


class MemberRequest(OperatorRequest):
    """A request about a project by one of its members."""

    project: Project
    membership: Membership
    # Form fields that were typed before a reauthentication, on pages that keep them.
    kept_fields: dict[str, str]
    # Where the page is, if a form that is sent elsewhere is answered with it.
    page_path: str


class TenantRequest(HttpRequest):
    """A request on a project's own host."""

    project: Project
