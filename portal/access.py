"""Who may see and change what: asked on every page, answered the same way everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django_htmx.middleware import HtmxDetails

from connections import limits
from portal.fresh import confirm_first, is_fresh, typed_before
from portal.second_factors import by_second_factor, kinds_of
from portal.views.errors import too_many
from projects.models import Membership, Project, Role
from projects.requests import MemberRequest, OperatorRequest

# In the session of who is on the way to a second factor: the project that asked for it.
CAME_FOR = "came_for"

P = ParamSpec("P")
OperatorView = Callable[Concatenate[OperatorRequest, P], HttpResponse]
ProjectView = Callable[Concatenate[MemberRequest, P], HttpResponse]
View = Callable[..., HttpResponse]
AnyView = Callable[..., HttpResponseBase]


def operator_page(view: OperatorView[P]) -> View:
    """A page for anybody who is signed in to the portal."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(cast(OperatorRequest, request), *args, **kwargs)

    return never_cache(login_required(counted(guarded)))


def fresh_page(view: AnyView) -> AnyView:
    """A page for which the person must have signed in, or confirmed who they are, just now.

    What was sent is not kept on the way: it may be a code, or done twice.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        return confirm_first(request, keep=())

    return never_cache(login_required(guarded))


def project_page(
    *, role: Role, fresh: bool = False, keep: tuple[str, ...] = ()
) -> Callable[[ProjectView[P]], View]:
    """A page of one project for members with at least this role.

    A stranger gets the 404 of a project that does not exist; a member with too small a role
    gets a 403. A page that is `fresh` first has everybody confirm who they are whose last sign-in
    or confirmation is more than ten minutes old. What was sent is not done then; the fields that
    `keep` names come back as `request.typed`, so they must not be secrets. Where the project
    requires a second factor, a session that came in without one gets a 403.
    """

    def decorate(view: ProjectView[P]) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            member = cast(MemberRequest, request)
            member.membership = membership_of(member, slug)
            member.project = member.membership.project
            if member.project.require_second_factor and not by_second_factor(member):
                return second_factor_missing(member)
            if member.session.get(CAME_FOR) == slug:
                del member.session[CAME_FOR]
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


def second_factor_missing(request: MemberRequest) -> HttpResponse:
    """Say that the project asks for a second factor, and lead to it and back."""
    if (
        request.method not in {"GET", "HEAD"}
        or not request.accepts("text/html")
        or is_htmx(request)
    ):
        raise PermissionDenied
    request.session[CAME_FOR] = request.project.slug
    context = {
        "project": request.project,
        "kinds": kinds_of(request.user),
        "next": request.get_full_path(),
    }
    return render(request, "portal/second_factor.html", context, status=403)


def came_for(request: OperatorRequest) -> Project | None:
    """Return the project on whose account the person set out for a second factor."""
    slug = request.session.get(CAME_FOR, "")
    return Project.objects.filter(memberships__user=request.user, slug=slug).first()


def is_htmx(request: HttpRequest) -> bool:
    """Whether a script of the page asked, which would show a part of the answer only."""
    details: HtmxDetails = cast(Any, request).htmx
    return bool(details)


def can_edit(request: MemberRequest) -> bool:
    """Whether the member may change connections and settings."""
    return Role(request.membership.role).includes(Role.EDITOR)
