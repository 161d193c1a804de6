"""Django settings of the simulator: no database, no sessions, no installed apps."""

from __future__ import annotations

import secrets
from pathlib import Path

HERE = Path(__file__).parent

DEBUG = False
# No signature needs to outlive the process.
SECRET_KEY = secrets.token_urlsafe(48)
# Prevents DNS rebinding: pages of other sites cannot reach the control API.
ALLOWED_HOSTS = ["127.0.0.1", "[::1]", "localhost", ".localhost"]
ROOT_URLCONF = "simulator.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["simulator.middleware.page_headers"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
    }
]

CSRF_COOKIE_NAME = "sim_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "simulator.views.console.csrf_failure"

USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django": {"handlers": ["console"], "level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
