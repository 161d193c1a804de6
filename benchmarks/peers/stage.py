"""The tables, one application and people with sessions: ``python -m benchmarks.peers.stage 64``."""

from __future__ import annotations

import sys
from datetime import timedelta

import django
from django.apps import apps

from benchmarks.grants import CALLBACK, CLIENT_ID, CLIENT_SECRET, session_key
from benchmarks.scratch import create_tables


def make_person(number: int) -> None:
    """Somebody who has signed in, in the browser of this number."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    name = f"person{number}"
    person = User.objects.create(
        username=name, email=f"{name}@example.com", first_name="Wei", last_name="Zhang"
    )
    if apps.is_installed("allauth.account"):
        from allauth.account.models import EmailAddress

        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    facts = {
        SESSION_KEY: str(person.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: person.get_session_auth_hash(),
    }
    Session.objects.create(
        session_key=session_key(number),
        session_data=SessionStore().encode(facts),
        expire_date=timezone.now() + timedelta(days=14),
    )


def make_allauth_client() -> None:
    """A confidential client that needs no consent."""
    from allauth.idp.oidc.models import Client

    client = Client(id=CLIENT_ID, name="Shop", skip_consent=True)
    client.set_secret(CLIENT_SECRET)
    client.set_scopes(["openid", "profile", "email"])
    client.set_redirect_uris([CALLBACK])
    client.set_grant_types([Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN])
    client.save()


def make_toolkit_client() -> None:
    """A confidential application that needs no consent."""
    from oauth2_provider.models import Application

    Application.objects.create(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        name="Shop",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=CALLBACK,
        algorithm=Application.RS256_ALGORITHM,
        skip_authorization=True,
    )


if __name__ == "__main__":
    django.setup()
    create_tables()
    is_toolkit = apps.is_installed("oauth2_provider")
    (make_toolkit_client if is_toolkit else make_allauth_client)()
    for index in range(int(sys.argv[1])):
        make_person(index)
