"""The product's settings with what makes tests quick and repeatable."""

from __future__ import annotations

import os

os.environ["MENKOU_ENV"] = "test"
os.environ["SECRET_KEY"] = (
    "a key for tests only, long enough to be accepted by every check there is"
)
os.environ["MENKOU_PORTAL_HOST"] = "portal.test"
os.environ["MENKOU_PROJECT_DOMAIN"] = "login.test"
# Tests put rows on the stage by hand and in transactions that nobody else hears of.
os.environ["MENKOU_KEPT_PAGES_MB"] = "0"
os.environ["MENKOU_KEYSET_FILE"] = ""  # conftest.py makes one for the session
for name in (
    "WECHAT_OPEN_BASE_URL",
    "WECHAT_API_BASE_URL",
    "MENKOU_MOVED_ENDPOINTS",
    "MENKOU_PRIVATE_ORIGINS",
    "MENKOU_ALLOW_TEST_ENDPOINTS",
):
    os.environ.pop(name, None)

from portal.settings import *  # noqa: E402, F403
from portal.settings import DATABASES  # noqa: E402

# A weak hash that no product uses: passwords of tests protect nothing.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Each test process has one thread at the database, but for those that try concurrency.
del DATABASES["default"]["OPTIONS"]["pool"]
DATABASES["default"]["CONN_MAX_AGE"] = 0
