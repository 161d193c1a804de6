"""Points allauth's WeChat provider, whose addresses are attributes, to the scripted one."""

from __future__ import annotations

import os

from django.apps import AppConfig


class ScriptedProvider(AppConfig):
    """Not a provider of its own: allauth's, at another address."""

    name = "benchmarks.plain_allauth"
    label = "scripted"

    def ready(self) -> None:
        from allauth.socialaccount.providers.weixin.views import WeixinOAuth2Adapter

        origin = os.environ["PROVIDER_URL"]
        WeixinOAuth2Adapter.access_token_url = f"{origin}/sns/oauth2/access_token"
        WeixinOAuth2Adapter.profile_url = f"{origin}/sns/userinfo"
