"""Views of the History pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from connections import timeline
from connections.models import SignIn
from portal.access.roles import project_page
from portal.history import rows as parts
from portal.history.export import EXPORT_LIMIT
from portal.history.filters import HistoryForm, ReferenceForm
from projects.models import Project, Role
from projects.requests import MemberRequest
from signin.references import parse_reference


@require_safe
@project_page(role=Role.VIEWER)
def history(request: MemberRequest) -> HttpResponse:
    """List changes and sign-ins; a known reference redirects to its sign-in."""
    search = ReferenceForm(request.GET if "reference" in request.GET else None)
    if search.is_bound:
        found = find_by_reference(request.project, search)
        if found is not None:
            return redirect("portal:history_story", request.project.slug, found.reference)
    form = HistoryForm(request.GET, project=request.project)
    wanted = form.timeline_filter
    page = timeline.load_page(
        request.project,
        wanted,
        before=timeline.parse_cursor(request.GET.get("before", "")),
        after=timeline.parse_cursor(request.GET.get("after", "")),
    )
    context: dict[str, Any] = {
        "form": form,
        "search": search,
        "page": page,
        "rows": parts.history_rows(request.project, page.entries),
        "too_many_people": has_too_many_people(request.project, wanted),
        "most_people": timeline.MAX_PEOPLE,
        "export_limit": f"{EXPORT_LIMIT:,}",
    }
    return render(request, "portal/history/list.html", context)


@require_safe
@project_page(role=Role.VIEWER)
def history_story(request: MemberRequest, reference: str) -> HttpResponse:
    """Show the details of one sign-in."""
    sign_in = sign_in_by_reference(request.project, reference)
    if sign_in is None:
        raise Http404
    return render(request, "portal/history/story.html", {"story": parts.sign_in_story(sign_in)})


def find_by_reference(project: Project, search: ReferenceForm) -> SignIn | None:
    """Return the sign-in with the reference, or add an error to the form."""
    typed = search.cleaned_data["reference"] if search.is_valid() else ""
    found = sign_in_by_reference(project, typed)
    if found is None and search.is_valid():
        search.add_error("reference", reference_error(typed))
    return found


def reference_error(typed: str) -> str:
    """Return the error message for an unknown reference."""
    if not parse_reference(typed):
        return _("A reference consists of ten letters and digits, for example 7K3QX-0M9ZD.")
    return _("No sign-in in this project has this reference. Sign-ins are kept for 90 days.")


def sign_in_by_reference(project: Project, typed: str) -> SignIn | None:
    """Return the project's sign-in with this reference, in any spelling."""
    known = project.sign_ins.select_related("connection", "user", "project")
    return known.filter(reference=parse_reference(typed)).first()


def has_too_many_people(project: Project, wanted: timeline.TimelineFilter) -> bool:
    """Whether more people match the filter than are searched for."""
    if not wanted.person or not wanted.has_sign_ins:
        return False
    return len(timeline.find_end_users(project, wanted.person)) > timeline.MAX_PEOPLE
