"""The URLs of the OpenID Connect provider, on a project's host."""

from __future__ import annotations

from django.urls import path, re_path

from applications.views import authorize, consent, discovery, logos, logout, tokens

urlpatterns = [
    path(".well-known/openid-configuration", discovery.discovery, name="discovery"),
    path("oauth2/jwks", discovery.jwks, name="jwks"),
    path("oauth2/authorize", authorize.authorize, name="authorize"),
    path("oauth2/continue", authorize.continue_request, name="continue"),
    path("oauth2/cancel", authorize.cancel_request, name="cancel"),
    path("oauth2/consent", consent.consent, name="consent"),
    path("oauth2/par", tokens.push, name="par"),
    path("oauth2/logout", logout.logout, name="oauth2_logout"),
    path("oauth2/logout/continue", logout.continue_logout, name="oauth2_logout_continue"),
    path("oauth2/token", tokens.token, name="token"),
    path("oauth2/userinfo", tokens.userinfo, name="userinfo"),
    path("oauth2/introspect", tokens.introspect, name="introspect"),
    path("oauth2/revoke", tokens.revoke, name="revoke"),
    re_path(r"^logos/(?P<name>[0-9a-f]{32}\.(?:png|jpeg|webp))$", logos.logo, name="logo"),
]
