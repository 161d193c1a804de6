"""Addresses: WeChat's own paths, the home page, and the control API under /__sim__/."""

from __future__ import annotations

from pathlib import Path

from django.urls import path
from django.views.static import serve

from simulator.views import control, home, phone, pictures, qrconnect, sns

STATIC_FILES = Path(__file__).parent / "static"

urlpatterns = [
    path("", home.home, name="home"),
    path("connect/qrconnect", qrconnect.page, name="qrconnect"),
    path("connect/qrcode/<str:uuid>", qrconnect.qrcode, name="qrcode"),
    path("connect/l/qrconnect", qrconnect.poll, name="poll"),
    path("connect/confirm", phone.confirm, name="confirm"),
    path("sns/oauth2/access_token", sns.access_token, name="token"),
    path("sns/oauth2/refresh_token", sns.refresh_token, name="refresh"),
    path("sns/userinfo", sns.userinfo, name="userinfo"),
    path("sns/auth", sns.auth, name="auth"),
    path("avatar/<str:person_id>", pictures.avatar, name="avatar"),
    path("avatar/<str:person_id>/<int:size>", pictures.avatar, name="avatar_size"),
    path("__sim__/health", control.health),
    path("__sim__/reset", control.reset),
    path("__sim__/apps", control.apps),
    path("__sim__/people", control.people),
    path("__sim__/clock", control.clock),
    path("__sim__/switches", control.switches),
    path("__sim__/faults", control.faults),
    path("__sim__/approve", control.approve),
    path("__sim__/cancel", control.cancel),
    path("__sim__/issue-code", control.issue_code),
    path("__sim__/log", control.log),
    path(
        "__sim__/static/<path:path>",
        serve,
        {"document_root": STATIC_FILES},
        name="static",
    ),
]
