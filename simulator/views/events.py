"""授权变更推送: the settings of an app's events, and sending one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from simulator import control_actions, pushes
from simulator.json_input import BadInput
from simulator.views import console
from simulator.views.details import show
from simulator.views.lookup import app_or_404
from simulator.world import PushFormat


@console.post_only
def push_settings(request: HttpRequest, appid: str) -> HttpResponse:
    """Save where events are sent, and how they are signed."""
    app, address = app_or_404(appid), request.POST.get("push_url", "").strip()
    problem = pushes.find_problem(address)
    if problem is not None:
        return show(request, app, typed_push_url=address, push_error=problem, status=400)
    app.push_url = address
    app.push_token = request.POST.get("push_token", "").strip()
    is_json = request.POST.get("push_format") == PushFormat.JSON
    app.push_format = PushFormat.JSON if is_json else PushFormat.XML
    return console.done("push", "console_app", appid)


@require_POST
@csrf_protect
def send_event(request: HttpRequest, appid: str) -> HttpResponse:
    """Push an event. Without the lock, since the receiving server may call back."""
    asked = {"appid": appid, "person": request.POST.get("person", "")}
    try:
        status = control_actions.push_event({**asked, "event": request.POST.get("event", "")})[
            "status"
        ]
    except BadInput as problem:
        raise Http404 from problem
    is_fine = status is not None and 200 <= status < 300
    return console.done("sent" if is_fine else "unsent", "console_app", appid)
