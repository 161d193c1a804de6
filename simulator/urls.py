"""URLs: WeChat's own paths, the home page, and the control API under /__sim__/."""

from __future__ import annotations

from pathlib import Path

from django.urls import path
from django.views.static import serve

from simulator.views import (
    accounts,
    app_actions,
    apps,
    control,
    details,
    events,
    home,
    people,
    phone,
    pictures,
    preferences,
    qrconnect,
    sns,
    webpage,
)

STATIC_FILES = Path(__file__).parent / "static"

urlpatterns = [
    path("", home.home, name="home"),
    path("connect/qrconnect", qrconnect.page, name="qrconnect"),
    path("connect/qrcode/<str:uuid>", qrconnect.qrcode, name="qrcode"),
    path("connect/l/qrconnect", qrconnect.poll, name="poll"),
    path("connect/oauth2/authorize", webpage.page, name="authorize"),
    path("connect/confirm", phone.confirm, name="confirm"),
    path("sns/oauth2/access_token", sns.access_token, name="token"),
    path("sns/oauth2/refresh_token", sns.refresh_token, name="refresh"),
    path("sns/userinfo", sns.userinfo, name="userinfo"),
    path("sns/auth", sns.auth, name="auth"),
    path("avatar/<str:person_id>", pictures.avatar, name="avatar"),
    path("avatar/<str:person_id>/<int:size>", pictures.avatar, name="avatar_size"),
    path("console/", apps.apps, name="console_apps"),
    path("console/apps/new", apps.new, name="console_new"),
    path("console/apps/<str:appid>", details.details, name="console_app"),
    path("console/apps/<str:appid>/edit", apps.edit, name="console_edit"),
    path("console/apps/<str:appid>/icon", details.icon, name="console_icon"),
    path("console/apps/<str:appid>/submit", app_actions.submit, name="console_submit"),
    path("console/apps/<str:appid>/decide", app_actions.decide, name="console_decide"),
    path("console/apps/<str:appid>/secret", app_actions.secret, name="console_secret"),
    path("console/apps/<str:appid>/domain", app_actions.domain, name="console_domain"),
    path("console/apps/<str:appid>/online", app_actions.availability, name="console_availability"),
    path("console/apps/<str:appid>/login", app_actions.login, name="console_login"),
    path("console/apps/<str:appid>/account", app_actions.account, name="console_account"),
    path("console/apps/<str:appid>/push", events.push_settings, name="console_push"),
    path("console/apps/<str:appid>/event", events.send_event, name="console_event"),
    path("console/apps/<str:appid>/remove", app_actions.remove, name="console_remove"),
    path("console/accounts", accounts.accounts, name="console_accounts"),
    path("console/accounts/<str:original_id>", accounts.rename, name="console_rename"),
    path("console/people", people.people, name="console_people"),
    path("console/people/<str:person_id>", people.change, name="console_person"),
    path("console/settings", preferences.preferences, name="console_settings"),
    path("__sim__/health", control.health),
    path("__sim__/reset", control.reset),
    path("__sim__/apps", control.apps),
    path("__sim__/accounts", control.accounts),
    path("__sim__/people", control.people),
    path("__sim__/clock", control.clock),
    path("__sim__/switches", control.switches),
    path("__sim__/faults", control.faults),
    path("__sim__/approve", control.approve),
    path("__sim__/cancel", control.cancel),
    path("__sim__/issue-code", control.issue_code),
    path("__sim__/push", control.push),
    path("__sim__/log", control.log),
    path(
        "__sim__/static/<path:path>",
        serve,
        {"document_root": STATIC_FILES},
        name="static",
    ),
]
