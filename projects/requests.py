"""The types of request that our views receive."""

from __future__ import annotations

from django.http import HttpRequest

from projects.models import Membership, Project, User


class OperatorRequest(HttpRequest):
    """A request of somebody signed in to the portal."""

    user: User


class MemberRequest(OperatorRequest):
    """A request about a project by one of its members."""

    project: Project
    membership: Membership
    # What was typed before the person had to confirm who they are, where a page keeps it.
    typed: dict[str, str]


class TenantRequest(HttpRequest):
    """A request on a project's own host."""

    project: Project
