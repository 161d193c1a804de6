"""设置: the behavior of the reviewer and of WeChat."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from simulator.state import simulator
from simulator.switches import DenyMode
from simulator.views import console


@console.page
def preferences(request: HttpRequest) -> HttpResponse:
    """The switches that are useful in a browser. The others are in the control API."""
    switches = simulator.switches
    if request.method == "POST":
        switches.approve_at_once = request.POST.get("review") == "at_once"
        goes_back = request.POST.get("deny_mode") == DenyMode.STATE_ONLY
        switches.deny_mode = DenyMode.STATE_ONLY if goes_back else DenyMode.NONE
        return console.done("saved", "console_settings")
    context = {
        "section": "settings",
        "switches": switches,
        "storage": simulator.storage.path,
        "notice": console.notice(request),
    }
    return render(request, "console_settings.html", context)
