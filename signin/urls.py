"""The URLs of a project host."""

from __future__ import annotations

from django.urls import path, re_path

from signin import views
from signin.account import views as account
from signin.checking import own_host
from signin.trial import views as trials

urlpatterns = [
    # The most frequent first; the sign-in page is nearly always cached.
    path("sso/oauth2/callback/<slug:alias>", views.callback, name="callback"),
    path("sso/<slug:alias>/start", views.start, name="start"),
    path("", views.home, name="home"),
    path("login", views.sign_in, {"mode": "login"}, name="login"),
    path("signup", views.sign_in, {"mode": "signup"}, name="signup"),
    path("account", account.account, name="account"),
    path("account/sessions/<uuid:sid>/end", account.sign_out_of_session, name="session_end"),
    path("account/sessions/end", account.sign_out_of_others, name="other_sessions_end"),
    path("account/applications/<slug:client_id>/end", account.remove_access, name="access_end"),
    path("logout", account.sign_out, name="logout"),
    re_path(r"^sso/check/(?P<value>[0-9a-f]{32})$", own_host.answer, name="own_answer"),
    path("sso/outcome", views.outcome, name="outcome"),
    path("sso/<slug:alias>/go", views.go, name="go"),
    path("sso/<slug:alias>/elsewhere", views.browser_fallback, name="browser_fallback"),
    path("sso/<slug:alias>/metadata", views.metadata, name="metadata"),
    path("try/<slug:token>", trials.trial, name="trial"),
    re_path(r"^(?P<name>[A-Z]{2}_verify_[A-Za-z0-9]{1,64}\.txt)$", views.domain_file, name="file"),
]
