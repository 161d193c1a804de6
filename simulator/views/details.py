"""应用详情: one app, what its owner may do, and what only a simulator can."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from simulator import domains, icons, pushes, registration, review, steering
from simulator.pushes import PushEvent
from simulator.reading import BadInput
from simulator.state import simulator
from simulator.texts import Both
from simulator.views import changing
from simulator.views.finding import app_or_404
from simulator.world import App, AppState, PushFormat, new_secret

NO_REASON = Both("请写明原因。", "Say why.")


@changing.page
def details(request: HttpRequest, appid: str) -> HttpResponse:
    """The page, with the secret if it was made just now: it is shown once."""
    app = app_or_404(appid)
    secret = simulator.unseen_secrets.pop(appid, "") if request.method == "GET" else ""
    return _page(request, app, new_secret=secret)


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
    return changing.done("submitted", "console_app", appid)


@changing.posted
def decide(request: HttpRequest, appid: str) -> HttpResponse:
    """Play the reviewer."""
    app = app_or_404(appid)
    if request.POST.get("decision") == "approve":
        review.approve(app)
        return changing.done("approved", "console_app", appid)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return _page(request, app, reason_error=NO_REASON, status=400)
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
        return _page(request, app, status=400, **wrong)
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
def push_settings(request: HttpRequest, appid: str) -> HttpResponse:
    """Where events go, and how they are signed."""
    app, address = app_or_404(appid), request.POST.get("push_url", "").strip()
    problem = pushes.complaint(address)
    if problem is not None:
        return _page(request, app, typed_push_url=address, push_error=problem, status=400)
    app.push_url = address
    app.push_token = request.POST.get("push_token", "").strip()
    is_json = request.POST.get("push_format") == PushFormat.JSON
    app.push_format = PushFormat.JSON if is_json else PushFormat.XML
    return changing.done("push", "console_app", appid)


@require_POST
@csrf_protect
def send_event(request: HttpRequest, appid: str) -> HttpResponse:
    """Push an event; without the lock, since the server that is told may ask back."""
    asked = {"appid": appid, "person": request.POST.get("person", "")}
    try:
        status = steering.push_event({**asked, "event": request.POST.get("event", "")})["status"]
    except BadInput as problem:
        raise Http404 from problem
    is_fine = status is not None and 200 <= status < 300
    return changing.done("sent" if is_fine else "unsent", "console_app", appid)


@changing.posted
def remove(request: HttpRequest, appid: str) -> HttpResponse:
    """Delete the app."""
    app_or_404(appid)
    del simulator.world.apps[appid]
    simulator.unseen_secrets.pop(appid, None)
    return changing.done("removed", "console_apps")


def icon(request: HttpRequest, appid: str) -> HttpResponse:
    """The app's larger picture."""
    with simulator.lock:
        kept = app_or_404(appid).icon_large
    if not kept:
        raise Http404
    picture = HttpResponse(icons.from_text(kept), content_type="image/png")
    picture.headers["X-Content-Type-Options"] = "nosniff"
    return picture


def _page(request: HttpRequest, app: App, *, status: int = 200, **more: Any) -> HttpResponse:
    world = simulator.world
    context = {
        "section": "apps",
        "app": app,
        "state": review.STATES[app.state],
        "is_approved": app.state in (AppState.APPROVED, AppState.OFFLINE),
        "may_be_edited": review.may_be_edited(app),
        "lines": list(registration.begin(app).lines())[:-1],
        "doubts": list(review.doubts(app, world.apps.values())),
        "account": world.accounts[app.open_account],
        "accounts": world.accounts.values(),
        "people": world.people.values(),
        "events": list(PushEvent),
        "formats": list(PushFormat),
        "notice": changing.notice(request),
    }
    return render(request, "console_app.html", context | more, status=status)
