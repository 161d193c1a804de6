"""设置: how the reviewer and the pretend WeChat behave."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from simulator.state import simulator
from simulator.switches import DenyMode
from simulator.views import changing


@changing.page
def preferences(request: HttpRequest) -> HttpResponse:
    """The switches that somebody at a browser may want; the others are the control API's."""
    switches = simulator.switches
    if request.method == "POST":
        switches.approve_at_once = request.POST.get("review") == "at_once"
        goes_back = request.POST.get("deny_mode") == DenyMode.STATE_ONLY
        switches.deny_mode = DenyMode.STATE_ONLY if goes_back else DenyMode.NONE
        return changing.done("saved", "console_settings")
    context = {
        "section": "settings",
        "switches": switches,
        "storage": simulator.storage.path,
        "notice": changing.notice(request),
    }
    return render(request, "console_settings.html", context)
