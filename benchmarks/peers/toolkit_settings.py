"""A provider by django-oauth-toolkit, with its defaults and what OpenID Connect needs.

https://django-oauth-toolkit.readthedocs.io/en/latest/oidc.html
"""

from __future__ import annotations

from benchmarks.peers import common
from benchmarks.peers.common import *  # noqa: F403 - these are settings

ROOT_URLCONF = "benchmarks.peers.toolkit_urls"
INSTALLED_APPS = [*common.APPS, "oauth2_provider"]
LOGIN_URL = "/nobody-is-signed-in/"
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": common.SIGNING_KEY,
    "SCOPES": {"openid": "OpenID Connect", "profile": "Name", "email": "Email address"},
    "OAUTH2_VALIDATOR_CLASS": "benchmarks.peers.toolkit_claims.Claims",
}
