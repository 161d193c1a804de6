"""The seam to django-allauth: our connections as its unsaved apps."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.http import HttpRequest

from connections import outside
from connections.models import Connection
from connections.signin import listening


class ConnectionAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lists the enabled connections of the request's project; nobody signs up through allauth."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        project = getattr(request, "project", None)
        if project is None:
            return []
        apps = (app_of(each) for each in project.connections.filter(enabled=True))
        return [
            app
            for app in apps
            if (not provider or provider in (app.provider, app.provider_id))
            and (not client_id or app.client_id == client_id)
        ]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def get_requests_session(self) -> outside.Session:
        session = outside.session()
        listening.attach(session)
        return session


def app_of(connection: Connection, *, secret: str = "") -> SocialApp:
    """Return an unsaved app; the secret is given only when a request talks to the provider."""
    return SocialApp(
        provider=connection.provider,
        provider_id=str(connection.pk),
        name=connection.alias,
        client_id=connection.client_id,
        secret=secret,
        settings=dict(connection.settings),
    )
