"""The code that the portal shows, as it is, in websites of their own.

What no test runs was tried by hand: docs/applications.md says which.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

from connections.models import EndUserSession
from tests.journeys.node_packages import find_node, node_modules
from tests.journeys.snippet_websites import Website, register, running, sign_in
from tests.journeys.stage import Stage

# What `django-admin startproject` makes, as far as the code needs it.
SETTINGS = """\
SECRET_KEY = "a website's own"
ALLOWED_HOSTS = ["127.0.0.1"]
DEBUG = True
ROOT_URLCONF = "urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": ["."],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
"""
URLS = """\
from django.urls import path
from django.views.generic import TemplateView

urlpatterns = [path("", TemplateView.as_view(template_name="home.html"))]
"""
HOME = "<h1>Hello, {{ user.first_name }}</h1>"


def test_the_code_for_django_works(stage: Stage, tmp_path: Path) -> None:
    website = register(stage, "django")
    _install, settings, urls, template, _run = website.code
    (tmp_path / "settings.py").write_text(SETTINGS + settings, encoding="utf-8")
    (tmp_path / "urls.py").write_text(URLS + urls, encoding="utf-8")
    (tmp_path / "home.html").write_text(template + HOME, encoding="utf-8")
    django = [sys.executable, "-m", "django"]
    environment = {"DJANGO_SETTINGS_MODULE": "settings"}
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "OIDC_CLIENT_SECRET": "…"}
    migrate = [*django, "migrate", "--verbosity=0"]
    subprocess.run(migrate, cwd=tmp_path, env=own | environment, timeout=60, check=True)
    serve = [*django, "runserver", "--noreload", f"127.0.0.1:{website.port}"]
    with running(website, tmp_path, serve, environment):
        visitor = stage.browser()
        visitor.page.goto(f"{website.origin}/")
        visitor.page.get_by_role("button", name="Sign in").click()
        sign_in(visitor)
        expect(visitor.page.get_by_role("heading", name="Hello, 李雷")).to_be_visible()
    assert not website.application.errors.exists()


def test_the_code_for_flask_works(stage: Stage, tmp_path: Path) -> None:
    website = register(stage, "flask")
    _install, code, _run = website.code
    (tmp_path / "app.py").write_text(code, encoding="utf-8")
    serve = [sys.executable, "-m", "flask", "run", "--port", str(website.port)]
    with running(website, tmp_path, serve):
        expect_login_and_logout(stage, website)


def test_the_code_for_fastapi_works(stage: Stage, tmp_path: Path) -> None:
    website = register(stage, "fastapi")
    _install, code, _run = website.code
    (tmp_path / "main.py").write_text(code, encoding="utf-8")
    serve = [sys.executable, "-m", "uvicorn", "main:app", "--port", str(website.port)]
    with running(website, tmp_path, serve):
        expect_login_and_logout(stage, website)


def test_the_code_for_express_works(stage: Stage, tmp_path: Path) -> None:
    packages = node_modules()
    website = register(stage, "express")
    _install, code, _run = website.code
    (tmp_path / "server.mjs").write_text(code, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(packages)
    with running(website, tmp_path, [find_node(), "server.mjs"]):
        expect_login_and_logout(stage, website)


def expect_login_and_logout(stage: Stage, website: Website) -> None:
    """What the page says that people should see: /login, a greeting, /logout."""
    visitor = stage.browser()
    visitor.page.goto(f"{website.origin}/login")
    sign_in(visitor)
    expect(visitor.page.get_by_text("Hello, 李雷")).to_be_visible()
    assert visitor.page.url == f"{website.origin}/"
    for cookie in visitor.page.context.cookies(website.origin):
        if cookie["domain"] == "127.0.0.1" and not cookie["name"].startswith("sim_"):
            assert cookie["httpOnly"]
            assert cookie["sameSite"] == "Lax"
    visitor.page.goto(f"{website.origin}/logout")
    expect(visitor.page.get_by_text("Open /login to sign in.")).to_be_visible()
    assert not EndUserSession.objects.exists()
    assert not website.application.errors.exists()
