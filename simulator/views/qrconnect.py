"""open.weixin.qq.com/connect/qrconnect: the page with the QR code, and its polling."""

from __future__ import annotations

import io

import segno
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from simulator import redirects, texts
from simulator.endpoints import simulated_endpoint
from simulator.state import simulator
from simulator.texts import Refusal
from simulator.world import App


@simulated_endpoint("qrconnect")
def page(request: HttpRequest) -> HttpResponse:
    """The QR code page, or one of three error messages, which the website does not receive."""
    asked = request.GET.dict()
    text = texts.for_language(asked.get("lang", ""))
    embedded = asked.get("login_type") == "jssdk"
    with simulator.lock:
        app = simulator.world.apps.get(asked.get("appid", ""))
        if app is None:
            response = _refusal(request, text, texts.BAD_APPID)
        elif (refusal := _complaint(app, asked)) is not None:
            response = _refusal(request, text, refusal, app)
        else:
            context = {"text": text, "app": app, "embedded": embedded}
            response = render(request, "qrconnect.html", context | _sign_in(app, asked))
    response.may_be_framed = embedded  # type: ignore[attr-defined]
    return response


@simulated_endpoint("qrcode")
def qrcode(request: HttpRequest, uuid: str) -> HttpResponse:
    """The picture of a QR code with the URL of the simulated phone."""
    with simulator.lock:
        if simulator.tickets.find(uuid) is None:
            raise Http404
    address = request.build_absolute_uri(reverse("confirm") + f"?uuid={uuid}")
    picture = io.BytesIO()
    code = segno.make_qr(address, error="l", boost_error=False)
    code.save(picture, kind="png", scale=14, border=3)
    return HttpResponse(picture.getvalue(), content_type="image/png")


@simulated_endpoint("poll")
def poll(request: HttpRequest) -> HttpResponse:
    """The long poll: a line of script, or JSON with ``f=json``."""
    stage, code = simulator.poll(request.GET.get("uuid", ""), request.GET.get("last", ""))
    if request.GET.get("f") == "json":
        return JsonResponse({"wx_errcode": stage.value, "wx_code": code})
    line = f"window.wx_errcode={stage.value};window.wx_code='{code}';"
    return HttpResponse(line, content_type="text/javascript")


def _complaint(app: App, asked: dict[str, str]) -> Refusal | None:
    if not redirects.accepts(app, asked.get("redirect_uri", "")):
        return texts.BAD_REDIRECT
    if asked.get("scope") != "snsapi_login" or not app.offers_website_login:
        return texts.BAD_SCOPE
    return None


def _refusal(
    request: HttpRequest, text: dict[str, str], refusal: Refusal, app: App | None = None
) -> HttpResponse:
    context = {"text": text, "message": refusal.message, "why": refusal.why, "app": app}
    if refusal is texts.BAD_REDIRECT:
        context["asked"] = redirects.place(request.GET.get("redirect_uri", ""))
    return render(request, "refusal.html", context)


def _sign_in(app: App, asked: dict[str, str]) -> dict[str, object]:
    redirect_uri, state = asked["redirect_uri"], asked.get("state", "")
    ticket = simulator.tickets.make(app, redirect_uri, state, simulator.clock.now())
    returns = simulator.returns_after_refusal()
    return {
        "ticket": ticket,
        "before_code": redirects.before_code(redirect_uri),
        "after_code": redirects.after_code(state),
        "after_refusal": ticket.address_after_refusal() if returns else "",
        "self_redirect": asked.get("self_redirect") == "true",
        "white": asked.get("style") == "white",
    }
