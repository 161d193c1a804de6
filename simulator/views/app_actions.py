"""Actions on an app by its owner, its reviewer, or only by the simulator."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from simulator import domains, registration, review
from simulator.state import simulator
from simulator.texts import Both
from simulator.views import console
from simulator.views.details import show
from simulator.views.lookup import app_or_404
from simulator.world import AppState, new_secret

NO_REASON = Both("请写明原因。", "Say why.")


@console.post_only
def submit(request: HttpRequest, appid: str) -> HttpResponse:
    """提交审核, with the same checks as the form."""
    app = app_or_404(appid)
    kept = {name: str(value) for name, value in registration.start_form(app).values.items()}
    if app.lenient_localhost:
        kept["lenient"] = "on"
    if registration.parse_form(kept, {}, before=app, is_draft=False).errors:
        return redirect("console_edit", appid)
    review.submit(app, approve_at_once=simulator.switches.approve_at_once)
    return console.submitted(app)


@console.post_only
def decide(request: HttpRequest, appid: str) -> HttpResponse:
    """Approve or refuse the app as the reviewer."""
    app = app_or_404(appid)
    if request.POST.get("decision") == "approve":
        review.approve(app)
        return console.done("approved", "console_app", appid)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return show(request, app, reason_error=NO_REASON, status=400)
    review.refuse(app, reason[: registration.LONGEST])
    return console.done("refused", "console_app", appid)


@console.post_only
def secret(request: HttpRequest, appid: str) -> HttpResponse:
    """生成 or 重置: create a new secret. The old one becomes invalid."""
    app = app_or_404(appid)
    if app.state is not AppState.APPROVED:
        raise review.WrongState("no secret before approval")
    app.secret = new_secret()
    app.secret_is_open = False
    simulator.unseen_secrets[appid] = app.secret
    return redirect("console_app", appid)


@console.post_only
def domain(request: HttpRequest, appid: str) -> HttpResponse:
    """修改授权回调域, effective at once."""
    app = app_or_404(appid)
    typed = domains.clean_domain(request.POST.get("callback_domain", ""))
    lenient = "lenient" in request.POST
    problem = domains.find_problem(typed, lenient=lenient)
    if problem is not None:
        wrong = {"typed_domain": typed, "typed_lenient": lenient, "domain_error": problem}
        return show(request, app, status=400, **wrong)
    app.callback_domain, app.lenient_localhost = typed, lenient
    return console.done("domain", "console_app", appid)


@console.post_only
def availability(request: HttpRequest, appid: str) -> HttpResponse:
    """下线 and back."""
    app = app_or_404(appid)
    if request.POST.get("to") == "offline":
        review.take_offline(app)
        return console.done("offline", "console_app", appid)
    review.bring_back(app)
    return console.done("approved", "console_app", appid)


@console.post_only
def login(request: HttpRequest, appid: str) -> HttpResponse:
    """Grant or revoke the interface 微信登录."""
    app_or_404(appid).login_granted = request.POST.get("granted") == "yes"
    return console.done("login", "console_app", appid)


@console.post_only
def account(request: HttpRequest, appid: str) -> HttpResponse:
    """Bind the app to another account, where people have other unionids."""
    app, chosen = app_or_404(appid), request.POST.get("open_account", "")
    if chosen not in simulator.world.accounts:
        raise Http404
    app.open_account = chosen
    return console.done("account", "console_app", appid)


@console.post_only
def remove(request: HttpRequest, appid: str) -> HttpResponse:
    """Delete the app."""
    app_or_404(appid)
    del simulator.world.apps[appid]
    simulator.unseen_secrets.pop(appid, None)
    return console.done("removed", "console_apps")
