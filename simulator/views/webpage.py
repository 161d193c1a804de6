"""open.weixin.qq.com/connect/oauth2/authorize: 网页授权, inside WeChat's own browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect

from simulator import redirects, texts
from simulator.endpoints import simulated_endpoint
from simulator.state import simulator
from simulator.texts import Refusal
from simulator.views.phone import PERSON_COOKIE, remembered
from simulator.world import App, AppState, Kind, Person

SILENT = "snsapi_base"
SCOPES = (SILENT, "snsapi_userinfo")


@simulated_endpoint("authorize")
@csrf_protect
def page(request: HttpRequest) -> HttpResponse:
    """Ask the person for consent, or redirect at once if the scope is silent."""
    asked = request.GET.dict()
    with simulator.lock:
        app = simulator.world.apps.get(asked.get("appid", ""))
        refusal = _complaint(request, app, asked)
        if app is None or refusal is not None:
            return _refused(request, refusal or texts.BAD_APPID, app)
        if request.method == "POST":
            return _decided(request, app, asked)
        silent = asked["scope"] == SILENT
        person = simulator.world.people.get(request.COOKIES.get(PERSON_COOKIE, ""))
        if silent and person is not None:
            return _sent_back(app, person, asked)
        return _ask(request, app, silent=silent)


def _complaint(request: HttpRequest, app: App | None, asked: dict[str, str]) -> Refusal | None:
    """Return why WeChat shows an error page. Its numbers are documented, their order is not."""
    if not _is_wechat(request.headers.get("user-agent", "")):
        return texts.NOT_IN_WECHAT
    for name, refusal in texts.EMPTY.items():
        if not asked.get(name):
            return refusal
    if app is None:
        return texts.BAD_APPID
    if app.kind is not Kind.SERVICE_ACCOUNT:
        return texts.NOT_AN_ACCOUNT
    if app.state is not AppState.APPROVED:
        return texts.BANNED
    if not redirects.accepts(app, asked["redirect_uri"]):
        return texts.OTHER_DOMAIN
    if asked["scope"] not in SCOPES or not app.login_granted:
        return texts.NO_SCOPE
    return None


def _is_wechat(user_agent: str) -> bool:
    said = user_agent.lower()
    # WeCom's user agent contains MicroMessenger as well.
    return "micromessenger" in said and "wxwork" not in said


def _decided(request: HttpRequest, app: App, asked: dict[str, str]) -> HttpResponse:
    if request.POST.get("decision") != "agree":
        if simulator.returns_after_refusal():
            back = redirects.without_code(asked["redirect_uri"], asked.get("state", ""))
            return HttpResponseRedirect(back)
        return render(request, "webpage_refused.html", {"app": app})
    person = simulator.world.people.get(request.POST.get("person", ""))
    silent = asked["scope"] == SILENT
    if person is None:
        return _ask(request, app, silent=silent, status=400)
    return _sent_back(app, person, asked)


def _sent_back(app: App, person: Person, asked: dict[str, str]) -> HttpResponse:
    code = simulator.issue_code(app, person, asked["scope"])
    back = redirects.with_code(asked["redirect_uri"], code, asked.get("state", ""))
    response = HttpResponseRedirect(back)
    response.set_cookie(PERSON_COOKIE, person.id, httponly=True, samesite="Lax")
    return response


def _ask(request: HttpRequest, app: App, *, silent: bool, status: int = 200) -> HttpResponse:
    people = list(simulator.world.people.values())
    context = {
        "app": app,
        "people": people,
        "chosen": remembered(request, people),
        "nobody_chosen": status != 200,
        "silent": silent,
    }
    response = render(request, "webpage.html", context, status=status)
    response.form_leads_away = True  # type: ignore[attr-defined]
    return response


def _refused(request: HttpRequest, refusal: Refusal, app: App | None) -> HttpResponse:
    context = {
        "text": texts.for_language(""),
        "message": refusal.message,
        "why": refusal.why,
        "app": app,
    }
    if refusal is texts.OTHER_DOMAIN:
        context["asked"] = redirects.place(request.GET.get("redirect_uri", ""))
    return render(request, "refusal.html", context)
