"""What is done to an app: by its owner, by its reviewer, and by nobody but a simulator."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from simulator import domains, registration, review
from simulator.state import simulator
from simulator.texts import Both
from simulator.views import changing
from simulator.views.details import show
from simulator.views.finding import app_or_404
from simulator.world import AppState, new_secret

NO_REASON = Both("请写明原因。", "Say why.")


@changing.posted
def submit(request: HttpRequest, appid: str) -> HttpResponse:
    """提交审核, with the same checks as the form."""
    app = app_or_404(appid)
    kept = {name: str(value) for name, value in registration.begin(app).values.items()}
    if app.lenient_localhost:
        kept["lenient"] = "on"
    if registration.read(kept, {}, before=app, is_draft=False).errors:
        return redirect("console_edit", appid)
    review.submit(app, approve_at_once=simulator.switches.approve_at_once)
    return changing.submitted(app)


@changing.posted
def decide(request: HttpRequest, appid: str) -> HttpResponse:
    """Play the reviewer."""
    app = app_or_404(appid)
    if request.POST.get("decision") == "approve":
        review.approve(app)
        return changing.done("approved", "console_app", appid)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return show(request, app, reason_error=NO_REASON, status=400)
    review.refuse(app, reason[: registration.LONGEST])
    return changing.done("refused", "console_app", appid)


@changing.posted
def secret(request: HttpRequest, appid: str) -> HttpResponse:
    """生成 or 重置: a new secret, from which moment the old one is dead."""
    app = app_or_404(appid)
    if app.state is not AppState.APPROVED:
        raise review.NotNow("no secret before approval")
    app.secret = new_secret()
    app.secret_is_open = False
    simulator.unseen_secrets[appid] = app.secret
    return redirect("console_app", appid)


@changing.posted
def domain(request: HttpRequest, appid: str) -> HttpResponse:
    """修改授权回调域, in force at once."""
    app = app_or_404(appid)
    typed = domains.cleaned(request.POST.get("callback_domain", ""))
    lenient = "lenient" in request.POST
    problem = domains.complaint(typed, lenient=lenient)
    if problem is not None:
        wrong = {"typed_domain": typed, "typed_lenient": lenient, "domain_error": problem}
        return show(request, app, status=400, **wrong)
    app.callback_domain, app.lenient_localhost = typed, lenient
    return changing.done("domain", "console_app", appid)


@changing.posted
def availability(request: HttpRequest, appid: str) -> HttpResponse:
    """下线 and back."""
    app = app_or_404(appid)
    if request.POST.get("to") == "offline":
        review.take_offline(app)
        return changing.done("offline", "console_app", appid)
    review.bring_back(app)
    return changing.done("approved", "console_app", appid)


@changing.posted
def login(request: HttpRequest, appid: str) -> HttpResponse:
    """Grant the interface 微信登录, or take it away."""
    app_or_404(appid).login_granted = request.POST.get("granted") == "yes"
    return changing.done("login", "console_app", appid)


@changing.posted
def account(request: HttpRequest, appid: str) -> HttpResponse:
    """Bind the app to another account, where people have other unionids."""
    app, chosen = app_or_404(appid), request.POST.get("open_account", "")
    if chosen not in simulator.world.accounts:
        raise Http404
    app.open_account = chosen
    return changing.done("account", "console_app", appid)


@changing.posted
def remove(request: HttpRequest, appid: str) -> HttpResponse:
    """Delete the app."""
    app_or_404(appid)
    del simulator.world.apps[appid]
    simulator.unseen_secrets.pop(appid, None)
    return changing.done("removed", "console_apps")
