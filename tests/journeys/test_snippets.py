"""The code that the portal shows for Django, in a website of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

from applications.services import ApplicationFields, add_application
from connections.secrets import check_keys
from portal.devtools.ports import find_free_port
from portal.devtools.site.startup_check import StartupPage
from tests.journeys.stage import Stage
from tests.waiting import wait_until

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


@contextmanager
def running(folder: Path, secret: str, port: int) -> Iterator[None]:
    """The website of a folder, at this port."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": str(folder),
        "OIDC_CLIENT_SECRET": secret,
    }

    def start(*command: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "django", *command]
        return subprocess.Popen(line, cwd=folder, env=environment)

    assert start("migrate", "--verbosity=0").wait(60) == 0
    server = start("runserver", "--noreload", f"127.0.0.1:{port}")
    try:
        page = StartupPage("website", port, "/", f"127.0.0.1:{port}")
        wait_until(page.is_available, seconds=30)
        yield
    finally:
        server.terminate()
        server.wait(10)


def test_the_code_for_django_works(stage: Stage, tmp_path: Path) -> None:
    check_keys()
    stage.add_wechat()
    port = find_free_port()
    callback = f"http://127.0.0.1:{port}/accounts/oidc/menkou/login/callback/"
    fields = ApplicationFields(name="Shop", redirect_uris=[callback])
    application, secret = add_application(stage.project, fields, actor=stage.owner)
    assert secret is not None
    person = stage.browser()
    person.open_portal(f"/projects/acme/applications/{application.client_id}/")
    snippet = person.page.locator("[data-snippet=django]")
    expect(snippet).to_contain_text(f"It uses the registered redirect URI {callback}.")
    files = snippet.locator("[data-copy]").evaluate_all(
        "buttons => buttons.map(each => each.dataset.copy)"
    )
    _install, settings, urls, template, _run = files
    (tmp_path / "settings.py").write_text(SETTINGS + settings, encoding="utf-8")
    (tmp_path / "urls.py").write_text(URLS + urls, encoding="utf-8")
    (tmp_path / "home.html").write_text(template + HOME, encoding="utf-8")

    with running(tmp_path, secret.value, port):
        website = f"http://127.0.0.1:{port}/"
        person.page.goto(website)
        person.page.get_by_role("button", name="Sign in").click()
        person.page.get_by_role("button", name=person.words["button"], exact=True).click()
        person.page.wait_for_url("**/connect/qrconnect?**")
        person.agree()
        expect(person.page.get_by_role("heading", name="Hello, 李雷")).to_be_visible()
    assert not application.errors.exists()
