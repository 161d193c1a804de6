"""Decorators and helpers of the console's pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect

from simulator.review import WrongState
from simulator.state import simulator
from simulator.texts import Both
from simulator.world import App, AppState

View = Callable[..., HttpResponse]

NOTICES = {
    "draft": Both("草稿已保存。", "The draft is saved."),
    "submitted": Both("已提交审核。", "Submitted for review."),
    "approved": Both("审核通过。", "Approved."),
    "refused": Both("审核未通过。", "Refused."),
    "offline": Both("应用已下线。", "The app is offline."),
    "domain": Both("授权回调域已修改，立即生效。", "The callback domain is changed, at once."),
    "login": Both("微信登录接口已修改。", "微信登录 is changed."),
    "account": Both("已绑定到该账号。", "The app belongs to that account now."),
    "push": Both("推送设置已保存。", "The push settings are saved."),
    "saved": Both("已保存。", "Saved."),
    "added": Both("已添加。", "Added."),
    "removed": Both("已删除。", "Removed."),
    "late": Both(
        "应用的状态已变，未做任何修改。", "The app's state has changed; nothing was done."
    ),
    "sent": Both("事件已送达，服务器已确认。", "The event was sent, and the server confirmed it."),
    "unsent": Both("服务器没有确认该事件。", "The server did not confirm the event."),
}


def page(view: View) -> View:
    """Decorate a page of the console: one at a time, only our own forms, changes are saved."""

    @csrf_protect
    @wraps(view)
    def answered(request: HttpRequest, **names: str) -> HttpResponse:
        with simulator.lock:
            response = view(request, **names)
            if request.method == "POST":
                simulator.keep()
            return response

    return answered


def post_only(view: View) -> View:
    """Decorate an action of the console, which requires a POST."""

    @page
    @wraps(view)
    def answered(request: HttpRequest, **names: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            return view(request, **names)
        except WrongState:
            return done("late", "console_app", *names.values())

    return answered


def done(notice: str, page_name: str, *args: str) -> HttpResponse:
    """Redirect to a page that shows the notice."""
    return redirect(f"{reverse(page_name, args=args)}?done={notice}")


def submitted(app: App) -> HttpResponse:
    """Redirect to the page of a submitted app, which may be approved already."""
    word = "approved" if app.state is AppState.APPROVED else "submitted"
    return done(word, "console_app", app.appid)


def notice(request: HttpRequest) -> Both | None:
    """Return the notice to show."""
    return NOTICES.get(request.GET.get("done", ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the response to a form that is not from this simulator."""
    is_phone = request.path == reverse("confirm")
    template = "phone_forged.html" if is_phone else "forged.html"
    return render(request, template, status=403)
