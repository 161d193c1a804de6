"""History: what people changed and who signed in, and the whole story of one sign-in."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from connections import timeline
from connections.models import SignIn
from connections.signin.references import read
from portal.access import project_page
from portal.filters import HistoryForm, ReferenceForm
from portal.views import history_parts as parts
from projects.models import Project, Role
from projects.requests import MemberRequest


@require_safe
@project_page(role=Role.VIEWER)
def history(request: MemberRequest) -> HttpResponse:
    """Changes and sign-ins, newest first, filtered; a known reference leads to its story."""
    search = ReferenceForm(request.GET if "reference" in request.GET else None)
    if search.is_bound:
        found = sought(request.project, search)
        if found is not None:
            return redirect("portal:history_story", request.project.slug, found.reference)
    form = HistoryForm(request.GET, project=request.project)
    wanted = form.wanted
    page = timeline.page(
        request.project,
        wanted,
        before=timeline.read_place(request.GET.get("before", "")),
        after=timeline.read_place(request.GET.get("after", "")),
    )
    context: dict[str, Any] = {
        "form": form,
        "search": search,
        "page": page,
        "rows": parts.rows(request.project, page.entries),
        "too_many_people": too_many(request.project, wanted),
        "most_people": timeline.MOST_PEOPLE,
    }
    return render(request, "portal/history/list.html", context)


@require_safe
@project_page(role=Role.VIEWER)
def history_story(request: MemberRequest, reference: str) -> HttpResponse:
    """The whole story of one sign-in."""
    sign_in = with_reference(request.project, reference)
    if sign_in is None:
        raise Http404
    return render(request, "portal/history/story.html", {"story": parts.story(sign_in)})


def sought(project: Project, search: ReferenceForm) -> SignIn | None:
    """Return the sign-in that was asked for; where there is none, the form says so."""
    typed = search.cleaned_data["reference"] if search.is_valid() else ""
    found = with_reference(project, typed)
    if found is None and search.is_valid():
        search.add_error("reference", not_found(typed))
    return found


def not_found(typed: str) -> str:
    """Return why a reference leads nowhere."""
    if not read(typed):
        return _("A reference has ten letters and digits, for example 7K3QX-0M9ZD.")
    return _(
        "No sign-in of this project has this reference. Sign-ins are kept for 90 days; "
        "a request that belonged to no sign-in is only in the server's log."
    )


def with_reference(project: Project, typed: str) -> SignIn | None:
    """Return the project's sign-in with this reference, however it was written."""
    known = project.sign_ins.select_related("connection", "user", "project")
    return known.filter(reference=read(typed)).first()


def too_many(project: Project, wanted: timeline.Wanted) -> bool:
    """Whether only some of the people meant can be shown."""
    if not wanted.person or not wanted.has_sign_ins:
        return False
    return len(timeline.end_users(project, wanted.person)) > timeline.MOST_PEOPLE
