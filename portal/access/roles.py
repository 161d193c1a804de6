"""Decorators that check who may see and change a page."""

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

from core.language_links import chosen_language
from core.limits import rate as limits
from portal.access.reauthentication import (
    is_recently_authenticated,
    redirect_to_confirmation,
    restore_typed_fields,
)
from portal.access.second_factors import factor_kinds, used_second_factor
from portal.shell.errors import RoleNeeded, too_many_requests
from projects.models import Membership, Project, Role
from projects.people.languages import store_language
from projects.requests import MemberRequest, OperatorRequest

# Session key: the project that requires the second factor which is being set up.
REQUIRING_PROJECT = "requiring_project"

P = ParamSpec("P")
OperatorView = Callable[Concatenate[OperatorRequest, P], HttpResponse]
ProjectView = Callable[Concatenate[MemberRequest, P], HttpResponseBase]
View = Callable[..., HttpResponseBase]


def operator_page(view: OperatorView[P]) -> View:
    """A page for every signed-in operator."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(cast(OperatorRequest, request), *args, **kwargs)

    return never_cache(login_required(limit_changes(guarded)))


def fresh_page(view: View) -> View:
    """A page that requires recent authentication.

    A submitted form is not kept during reauthentication: it may contain a code.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_recently_authenticated(request):
            return view(request, *args, **kwargs)
        return redirect_to_confirmation(request, keep=())

    return never_cache(login_required(guarded))


def project_page(
    *, role: Role, fresh: bool = False, keep: tuple[str, ...] = ()
) -> Callable[[ProjectView[P]], View]:
    """A page of one project for members with at least this role.

    Others get a 404, as for a project that does not exist; members with a lower role get a 403.
    With `fresh`, the person must have authenticated within the last ten minutes. Otherwise a
    submitted form is not processed, and the fields in `keep` come back as `request.kept_fields`, so
    they must not be secrets. If the project requires a second factor, a session without one gets a
    403.
    """

    def decorate(view: ProjectView[P]) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            member = cast(MemberRequest, request)
            member.membership = membership_or_404(member, slug)
            member.project = member.membership.project
            if member.project.require_second_factor and not used_second_factor(member):
                return second_factor_page(member)
            if member.session.get(REQUIRING_PROJECT) == slug:
                del member.session[REQUIRING_PROJECT]
            if not Role(member.membership.role).includes(role):
                raise RoleNeeded(role)
            if fresh and not is_recently_authenticated(member):
                return redirect_to_confirmation(member, keep=keep)
            member.kept_fields = restore_typed_fields(member)
            return view(member, *args, **kwargs)

        return never_cache(login_required(limit_changes(guarded)))

    return decorate


def limit_changes(view: View) -> View:
    """Apply the rate limit of POST requests, and store the language that a GET request chooses."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = cast(OperatorRequest, request).user
        if request.method == "POST":
            try:
                limits.take_attempt(limits.change_allowance(person.pk))
            except limits.RateLimited as refusal:
                return too_many_requests(request, refusal.seconds)
        elif chosen := chosen_language(request):
            store_language(person, chosen)
        return view(request, *args, **kwargs)

    return guarded


def membership_or_404(request: OperatorRequest, slug: str) -> Membership:
    """Return the person's membership in the project, or a 404."""
    membership = (
        Membership.objects.select_related("project")
        .filter(user=request.user, project__slug=slug)
        .first()
    )
    if membership is None:
        raise Http404
    return membership


def second_factor_page(request: MemberRequest) -> HttpResponse:
    """Return the page that explains how to set up the required second factor."""
    if (
        request.method not in {"GET", "HEAD"}
        or not request.accepts("text/html")
        or is_htmx(request)
    ):
        raise PermissionDenied
    request.session[REQUIRING_PROJECT] = request.project.slug
    context = {
        "project": request.project,
        "kinds": factor_kinds(request.user),
        "next": request.get_full_path(),
    }
    return render(request, "portal/second_factor.html", context, status=403)


def requiring_project(request: OperatorRequest) -> Project | None:
    """Return the project that requires the second factor which is being set up, or None."""
    slug = request.session.get(REQUIRING_PROJECT, "")
    return Project.objects.filter(memberships__user=request.user, slug=slug).first()


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx sent the request; it would insert the response into the page."""
    details: HtmxDetails = cast(Any, request).htmx
    return bool(details)


def can_edit(request: MemberRequest) -> bool:
    """Whether the member may change connections and settings."""
    return Role(request.membership.role).includes(Role.EDITOR)
