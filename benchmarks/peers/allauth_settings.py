"""A provider by django-allauth, with its defaults.

https://docs.allauth.org/en/latest/idp/openid-connect/installation.html
"""

from __future__ import annotations

import os

from benchmarks.peers import common
from benchmarks.peers.common import *  # noqa: F403 - these are settings

ROOT_URLCONF = "benchmarks.peers.allauth_urls"
INSTALLED_APPS = [*common.APPS, "allauth", "allauth.account", "allauth.idp.oidc"]
MIDDLEWARE = [*common.MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
IDP_OIDC_PRIVATE_KEY = common.SIGNING_KEY

# It keeps codes in Django's cache, which the workers must share. Files cost it no statement.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": os.environ["PEER_CACHE_FOLDER"],
    }
}
