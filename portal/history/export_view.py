"""The view that exports the history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from connections import timeline
from portal.access.roles import project_page
from portal.history.export import EXPORT_LIMIT, export_lines
from portal.history.filters import ExportForm, ExportFormat
from projects.audit.events import A_NAME, HISTORY_EXPORTED
from projects.audit.log import record_event
from projects.models import Project, Role
from projects.requests import MemberRequest

CONTENT_TYPES = {
    ExportFormat.CSV.value: "text/csv; charset=utf-8",
    ExportFormat.JSON_LINES.value: "application/x-ndjson; charset=utf-8",
}


@require_POST
@project_page(role=Role.VIEWER)
def history_export(request: MemberRequest) -> HttpResponseBase:
    """Send what matches the filter as a file; the export is recorded before its first row.

    An invalid filter leads back to the page, which shows the error, and nothing is exported.
    """
    form = ExportForm(request.POST, project=request.project)
    if not form.is_valid():
        given = {name: value for name, value in form.given.items() if name != "format"}
        page = reverse("portal:history", args=[request.project.slug])
        return redirect(f"{page}?{urlencode(given)}")
    now = timezone.now()
    wanted = form.timeline_filter
    # What happens meanwhile, such as this export, is not part of it.
    wanted = replace(wanted, until=min(wanted.until or now, now))
    rows = timeline.count_entries(request.project, wanted, limit=EXPORT_LIMIT)
    record_event(
        HISTORY_EXPORTED,
        project=request.project,
        actor=request.user,
        target=request.project,
        changes={name: (None, value) for name, value in export_facts(form, rows).items()},
    )
    file_format = form.cleaned_data["format"]
    batches = timeline.iterate_batches(request.project, wanted, limit=rows)
    return StreamingHttpResponse(
        export_lines(batches, file_format),
        content_type=CONTENT_TYPES[file_format],
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(request.project, form)}"'
        },
    )


def export_facts(form: ExportForm, rows: int) -> dict[str, Any]:
    """Return what is recorded of an export: its format, number of entries and filter."""
    wanted = form.timeline_filter
    given: dict[str, Any] = form.given | {
        name: f"{moment:%Y-%m-%d %H:%M} UTC"
        for name, moment in (("since", wanted.since), ("until", wanted.until))
        if moment
    }
    if wanted.person and not timeline.parse_uuid(wanted.person):
        given["person"] = A_NAME
    given["rows"] = rows
    return {name: given[name] for name in HISTORY_EXPORTED.fields if name in given}


def file_name(project: Project, form: ExportForm) -> str:
    """Return the name of the file, such as acme-history-2026-11-22.csv."""
    return f"{project.slug}-history-{timezone.now():%Y-%m-%d}.{form.cleaned_data['format']}"
