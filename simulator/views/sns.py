"""api.weixin.qq.com/sns/*: the calls that a website's server makes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest

from simulator.answers import SnsAnswer, error_answer
from simulator.endpoints import parameters, simulated_endpoint
from simulator.errors import WeChatError
from simulator.grants import ACCESS_TOKEN_LIFE_S, Grant
from simulator.state import simulator
from simulator.world import App, Person

Params = dict[str, str]
Endpoint = Callable[[HttpRequest, Params], dict[str, Any]]


def sns(endpoint: Endpoint) -> Callable[[HttpRequest], SnsAnswer]:
    """Return a view for the endpoint, with its result or its errcode. Both have HTTP 200."""

    @wraps(endpoint)
    def answered(request: HttpRequest) -> SnsAnswer:
        with simulator.lock:
            try:
                return SnsAnswer(endpoint(request, parameters(request)))
            except WeChatError as error:
                return error_answer(error)

    return answered


@simulated_endpoint("token")
@sns
def access_token(request: HttpRequest, params: Params) -> dict[str, Any]:
    """Exchange a code for tokens. Credential tests rely on the order of the checks."""
    _require(params, appid=41002, secret=41004, code=41008)
    _require_grant_type(params, "authorization_code")
    app = _app(params)
    if params["secret"] != app.secret:
        raise WeChatError(40125)
    _require_listed_ip(app, simulator.switches.client_ip or request.META["REMOTE_ADDR"])
    now, life_s = simulator.clock.now(), simulator.switches.code_ttl
    grant = simulator.grants.exchange(app, params["code"], now, life_s)
    answer = _tokens(grant)
    if grant.consent.shows_unionid:
        answer["unionid"] = grant.consent.person.unionid(app)
    if grant.consent.snapshot:
        answer["is_snapshotuser"] = 1
    return answer


@simulated_endpoint("refresh")
@sns
def refresh_token(request: HttpRequest, params: Params) -> dict[str, Any]:
    """Extend an access token's life, or return a new one, never with a unionid."""
    _require(params, appid=41002, refresh_token=41003)
    _require_grant_type(params, "refresh_token")
    app = _app(params)
    return _tokens(simulator.grants.refresh(app, params["refresh_token"], simulator.clock.now()))


@simulated_endpoint("userinfo")
@sns
def userinfo(request: HttpRequest, params: Params) -> dict[str, Any]:
    """Return nickname and picture. Sex and place have been blank since 2021."""
    consent = _checked_grant(params).consent
    if consent.scope == "snsapi_base":
        raise WeChatError(48001)
    answer = {
        "openid": consent.openid,
        "nickname": consent.person.nickname,
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": _picture(request, consent.person),
        "privilege": [],
    }
    if consent.shows_unionid:
        answer["unionid"] = consent.person.unionid(consent.app)
    return answer


@simulated_endpoint("auth")
@sns
def auth(request: HttpRequest, params: Params) -> dict[str, Any]:
    """Return whether a token is valid: the only success with an errcode, which is 0."""
    _checked_grant(params)
    return {"errcode": 0, "errmsg": "ok"}


def _require(params: Params, **errcodes: int) -> None:
    for name, errcode in errcodes.items():
        if not params.get(name):
            raise WeChatError(errcode)


def _require_grant_type(params: Params, grant_type: str) -> None:
    if params.get("grant_type") != grant_type:
        raise WeChatError(40002)


def _require_listed_ip(app: App, ip: str) -> None:
    if app.ip_whitelist and ip not in app.ip_whitelist:
        raise WeChatError(40164, f"invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist")


def _app(params: Params) -> App:
    app = simulator.world.apps.get(params["appid"])
    if app is None:
        raise WeChatError(40013)
    return app


def _checked_grant(params: Params) -> Grant:
    _require(params, access_token=41001, openid=41009)
    now = simulator.clock.now()
    return simulator.grants.check(params["access_token"], params["openid"], now)


def _tokens(grant: Grant) -> dict[str, Any]:
    return {
        "access_token": grant.access_token,
        "expires_in": ACCESS_TOKEN_LIFE_S,
        "refresh_token": grant.refresh_token,
        "openid": grant.openid,
        "scope": grant.consent.scope,
    }


def _picture(request: HttpRequest, person: Person) -> str:
    return request.build_absolute_uri(person.picture + "/132") if person.picture else ""
