"""Who may see and change what: asked on every page, answered the same way everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from connections import limits
from portal.fresh import confirm_first, is_fresh, typed_before
from portal.views.errors import too_many
from projects.models import Membership, Role
from projects.requests import MemberRequest, OperatorRequest

P = ParamSpec("P")
OperatorView = Callable[Concatenate[OperatorRequest, P], HttpResponse]
ProjectView = Callable[Concatenate[MemberRequest, P], HttpResponse]
View = Callable[..., HttpResponse]


def operator_page(view: OperatorView[P]) -> View:
    """A page for anybody who is signed in to the portal."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(cast(OperatorRequest, request), *args, **kwargs)

    return never_cache(login_required(counted(guarded)))


def project_page(
    *, role: Role, fresh: bool = False, keep: tuple[str, ...] = ()
) -> Callable[[ProjectView[P]], View]:
    """A page of one project for members with at least this role.

    A stranger gets the 404 of a project that does not exist; a member with too small a role
    gets a 403. A page that is `fresh` first has everybody confirm who they are whose last sign-in
    or confirmation is more than ten minutes old. What was sent is not done then; the fields that
    `keep` names come back as `request.typed`, so they must not be secrets.
    """

    def decorate(view: ProjectView[P]) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            member = cast(MemberRequest, request)
            member.membership = membership_of(member, slug)
            member.project = member.membership.project
            if not Role(member.membership.role).includes(role):
                raise PermissionDenied
            if fresh and not is_fresh(member):
                return confirm_first(member, keep=keep)
            member.typed = typed_before(member)
            return view(member, *args, **kwargs)

        return never_cache(login_required(counted(guarded)))

    return decorate


def counted(view: View) -> View:
    """Count what a person sends, whatever comes of it: much of it writes, or asks a provider."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            try:
                limits.spend(limits.changes(cast(OperatorRequest, request).user.pk))
            except limits.TooMany as refusal:
                return too_many(request, refusal.seconds)
        return view(request, *args, **kwargs)

    return guarded


def membership_of(request: OperatorRequest, slug: str) -> Membership:
    """Return the person's membership in the project, or a 404."""
    membership = (
        Membership.objects.select_related("project")
        .filter(user=request.user, project__slug=slug)
        .first()
    )
    if membership is None:
        raise Http404
    return membership


def can_edit(request: MemberRequest) -> bool:
    """Whether the member may change connections and settings."""
    return Role(request.membership.role).includes(Role.EDITOR)
