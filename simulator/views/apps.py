"""管理中心: the list of apps, and the form that creates one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from simulator import registration, review
from simulator.registration import FilledForm
from simulator.state import simulator
from simulator.views import console
from simulator.views.lookup import app_or_404
from simulator.world import App, AppState, new_appid


@console.page
def apps(request: HttpRequest) -> HttpResponse:
    """All apps, newest first."""
    world = simulator.world
    context = {
        "section": "apps",
        "apps": [(app, review.STATES[app.state]) for app in reversed(world.apps.values())],
        "accounts": world.accounts,
        "notice": console.notice(request),
    }
    return render(request, "console_apps.html", context)


@console.page
def new(request: HttpRequest) -> HttpResponse:
    """创建网站应用."""
    if request.method != "POST":
        return _form(request, registration.start_form())
    app = App(
        appid=new_appid(),
        secret="",
        name="",
        callback_domain="",
        open_account=request.POST.get("open_account", ""),
        state=AppState.DRAFT,
        login_granted=False,
        secret_is_open=False,
    )
    return _save(request, app, is_new=True)


@console.page
def edit(request: HttpRequest, appid: str) -> HttpResponse:
    """The same form for a draft or a refused app."""
    app = app_or_404(appid)
    if not review.may_be_edited(app):
        return console.done("", "console_app", appid)
    if request.method != "POST":
        return _form(request, registration.start_form(app), app)
    return _save(request, app, is_new=False)


def _save(request: HttpRequest, app: App, *, is_new: bool) -> HttpResponse:
    is_draft = request.POST.get("then") != "submit"
    filled = registration.parse_form(request.POST, request.FILES, before=app, is_draft=is_draft)
    if filled.errors:
        return _form(request, filled, None if is_new else app, status=400)
    filled.put_into(app)
    if app.open_account not in simulator.world.accounts:
        app.open_account = simulator.world.open_account("").original_id
    simulator.world.apps[app.appid] = app
    if is_draft:
        return console.done("draft", "console_app", app.appid)
    review.submit(app, approve_at_once=simulator.switches.approve_at_once)
    return console.submitted(app)


def _form(
    request: HttpRequest, filled: FilledForm, app: App | None = None, *, status: int = 200
) -> HttpResponse:
    accounts = simulator.world.accounts.values()
    context = {
        "section": "apps",
        "app": app,
        "lines": list(filled.lines()),
        "lenient": filled.lenient,
        "has_errors": bool(filled.errors),
        "accounts": accounts,
        "chosen": request.POST.get("open_account", request.GET.get("account", "")),
    }
    return render(request, "console_form.html", context, status=status)
