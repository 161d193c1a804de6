"""Plain functions that put people, connections and sessions on the stage."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.utils import timezone

from connections.forms.connection_form import Proposal
from connections.models import Connection, EndUserSession, StoredSecret
from connections.secrets import open_sealed, seal_secret
from core.random_text import hash_text, new_random_text
from projects.models import Project, User
from projects.people.sessions import SessionStore

PASSWORD = "correct horse battery staple"
APPID = "wx0123456789abcdef"
APPSECRET = "0123456789abcdef0123456789abcdef"
ACCOUNT_ID = "gh_0123456789ab"
OFFICIAL_APPID = "wx4444444444444444"
OFFICIAL_SECRET = "4" * 32
SETTINGS = {"client_id": APPID, "account_id": ACCOUNT_ID, "test_account": False}


def client_of(host: str) -> Client:
    """A browser at this host."""
    return Client(headers={"host": host})


def sign_in_as(person: User, *, ago: float = 0) -> Client:
    """A browser in which an operator is signed in to the portal, or an end user to the project.

    It happened so many seconds ago.
    """
    client = client_of(person.project.host if person.project else settings.MENKOU_PORTAL_HOST)
    key = end_user_session(person, ago) if person.project else operator_session(person, ago)
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def end_user_session(person: User, ago: float = 0, **given: Any) -> str:
    """The key of a new session of an end user."""
    key, then = new_random_text(), timezone.now() - timedelta(seconds=ago)
    EndUserSession.objects.create(
        **{
            "key_hash": hash_text(key),
            "project": person.project,
            "user": person,
            "amr": ["fed"],
            "auth_time": then,
            "created_at": then,
            "last_seen_at": then,
            "expires_at": then + timedelta(days=14),
            **given,
        }
    )
    return key


def operator_session(person: User, ago: float = 0) -> str:
    """The key of a new session of an operator."""
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "projects.people.authentication.OperatorBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store["account_authentication_methods"] = [{"method": "password", "at": time.time() - ago}]
    store["account_authentication_methods_user"] = str(person.pk)
    store.save()
    return str(store.session_key)


def open_secret(connection: Connection, field: str) -> str:
    """The stored secret; raises SecretMissing if there is none."""
    stored = StoredSecret.objects.filter(connection=connection, field=field).first()
    return open_sealed(connection, field, stored.ciphertext if stored else None)


def make_connection(
    project: Project,
    *,
    alias: str = "wechat_web",
    secret: str = APPSECRET,
    actor: User | None = None,
    enabled: bool = True,
    labels: dict[str, str] | None = None,
    **settings_given: Any,
) -> Connection:
    """A saved WeChat Web connection; an empty secret leaves it without one."""
    values = {**SETTINGS, **settings_given}
    connection = Connection.objects.create(
        project=project,
        provider="wechat_web",
        alias=alias,
        settings=values,
        labels=labels or {},
        enabled=enabled,
        updated_by=actor,
    )
    if secret:
        seal_secret(connection, field="client_secret", value=secret, actor=actor)
    return connection


def make_official_account(project: Project, *, enabled: bool = True, **given: Any) -> Connection:
    """A saved official account of the same Open Platform account."""
    connection = Connection.objects.create(
        project=project,
        provider="wechat_official_account",
        alias="wechat_official_account",
        enabled=enabled,
        settings={
            "client_id": OFFICIAL_APPID,
            "account_id": ACCOUNT_ID,
            "official_account_id": "gh_fedcba987654",
            "domain_file": "",
            "domain_file_content": "",
            "test_account": False,
            **given,
        },
    )
    seal_secret(connection, field="client_secret", value=OFFICIAL_SECRET, actor=None)
    return connection


def wechat_form(**values: Any) -> dict[str, Any]:
    """What an administrator types into the form of a WeChat Web connection."""
    typed = {
        "client_id": APPID,
        "client_secret": APPSECRET,
        "account_id": ACCOUNT_ID,
        "alias": "wechat_web",
        "label_en": "",
        "label_zh_hans": "",
        "enabled": "on",
        **values,
    }
    return {name: value for name, value in typed.items() if value is not None}


def proposal(**changes: Any) -> Proposal:
    """What a valid form of a WeChat Web connection asks for, its secrets left as they are."""
    given = {
        "alias": "wechat_web",
        "labels": {},
        "enabled": True,
        "settings": SETTINGS,
        "secrets": {},
        **changes,
    }
    return Proposal(**given)
