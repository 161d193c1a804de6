"""/__sim__/: how tests and demos steer the simulator. WeChat has nothing like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, JsonResponse

from simulator import furnishing, steering
from simulator.reading import BadInput, body
from simulator.state import simulator

Action = Callable[[dict[str, Any]], dict[str, Any]]


def control(*, locked: bool = True, **actions: Action) -> Callable[[HttpRequest], JsonResponse]:
    """A view with one action per HTTP method; what cannot be used is a 400 that says why."""

    def view(request: HttpRequest) -> JsonResponse:
        action = actions.get(request.method or "")
        if action is None:
            return _json({"error": f"Use one of: {', '.join(actions)}."}, status=405)
        # With this type a browser asks before it posts, so that no foreign page can do it.
        if request.method == "POST" and request.content_type != "application/json":
            return _json({"error": "Send application/json."}, status=415)
        try:
            asked = body(request.body)
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


health = control(GET=steering.health)
reset = control(POST=steering.reset)
apps = control(GET=furnishing.list_apps, POST=furnishing.save_app)
accounts = control(GET=furnishing.list_accounts, POST=furnishing.save_account)
people = control(GET=furnishing.list_people, POST=furnishing.save_person)
clock = control(GET=steering.read_clock, POST=steering.move_clock)
switches = control(GET=steering.read_switches, POST=steering.change_switches)
faults = control(POST=steering.add_fault, DELETE=steering.clear_faults)
approve = control(POST=steering.approve)
cancel = control(POST=steering.cancel)
issue_code = control(POST=steering.issue_code)
# The website that is told may ask back before it answers.
push = control(locked=False, POST=steering.push_event)
log = control(GET=steering.read_log, DELETE=steering.clear_log)
