"""/__sim__/: the control API for tests and demos. WeChat has nothing like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, JsonResponse

from simulator import control_actions, control_resources
from simulator.json_input import BadInput, parse_body
from simulator.state import simulator

Action = Callable[[dict[str, Any]], dict[str, Any]]


def control(*, locked: bool = True, **actions: Action) -> Callable[[HttpRequest], JsonResponse]:
    """Return a view with one action per HTTP method. Invalid input is a 400 with the reason."""

    def view(request: HttpRequest) -> JsonResponse:
        action = actions.get(request.method or "")
        if action is None:
            return _json({"error": f"Use one of: {', '.join(actions)}."}, status=405)
        # This content type requires a CORS preflight, so pages of other sites cannot send it.
        if request.method == "POST" and request.content_type != "application/json":
            return _json({"error": "Send application/json."}, status=415)
        try:
            asked = parse_body(request.body)
            if not locked:
                return _json(action(asked))
            with simulator.lock:
                answer = _json(action(asked))
                simulator.keep()
            return answer
        except BadInput as problem:
            return _json({"error": str(problem)}, status=400)

    return view


def _json(data: dict[str, Any], *, status: int = 200) -> JsonResponse:
    return JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})


health = control(GET=control_actions.health)
reset = control(POST=control_actions.reset)
apps = control(GET=control_resources.list_apps, POST=control_resources.save_app)
accounts = control(GET=control_resources.list_accounts, POST=control_resources.save_account)
people = control(GET=control_resources.list_people, POST=control_resources.save_person)
clock = control(GET=control_actions.read_clock, POST=control_actions.move_clock)
switches = control(GET=control_actions.read_switches, POST=control_actions.change_switches)
faults = control(POST=control_actions.add_fault, DELETE=control_actions.clear_faults)
approve = control(POST=control_actions.approve)
cancel = control(POST=control_actions.cancel)
issue_code = control(POST=control_actions.issue_code)
# The website that receives the push may call back before it responds.
push = control(locked=False, POST=control_actions.push_event)
log = control(GET=control_actions.read_log, DELETE=control_actions.clear_log)
