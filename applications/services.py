"""What people can do with applications: each is one transaction with one line of history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from applications import events
from applications.keys.rotation import ensure_keys
from applications.models import (
    Application,
    ApplicationSecret,
    Kind,
    RefreshTokens,
    SigningAlgorithm,
)
from applications.tokens.deletion import delete_issued
from applications.tokens.hashing import new_client_id, new_client_secret
from connections.secrets import fingerprint
from core.random_text import hash_text
from projects.audit.log import diff_states, record_event
from projects.models import Project, User

# Two, so that a secret can be replaced without an interruption.
MOST_SECRETS = 2
MOST_APPLICATIONS = 200


class TooManyApplications(Exception):
    """The project has as many applications as it may have."""


class TooManySecrets(Exception):
    """The application has two secrets that are valid."""


class LastSecret(Exception):
    """The application would be left without a valid secret."""


@dataclass(frozen=True, kw_only=True)
class ApplicationFields:
    """What people decide about an application; checked by the caller."""

    name: str
    kind: str = Kind.WEBSITE
    redirect_uris: list[str] = field(default_factory=list)
    post_logout_redirect_uris: list[str] = field(default_factory=list)
    backchannel_logout_uri: str = ""
    initiate_login_uri: str = ""
    home_page: str = ""
    pkce_optional: bool = False
    is_development: bool = False
    is_third_party: bool = False
    connections: list[str] = field(default_factory=list)
    idp_claim: bool = False
    accept_foreign_parameters: bool = False
    signing_alg: str = SigningAlgorithm.RS256
    refresh_tokens: str = RefreshTokens.REQUESTED
    access_token_seconds: int = 3600
    id_token_seconds: int = 3600
    refresh_idle_days: int = 30
    refresh_max_days: int = 180


FIELD_NAMES = tuple(each.name for each in fields(ApplicationFields))


@dataclass(frozen=True)
class NewSecret:
    """A client secret that was made now. It is shown once, and only its hash is kept."""

    stored: ApplicationSecret
    value: str = field(repr=False)


@transaction.atomic
def add_application(
    project: Project, proposal: ApplicationFields, *, actor: User | None, client_id: str = ""
) -> tuple[Application, NewSecret | None]:
    """Return a new application, with its first secret if it can keep one.

    A client ID that was made before, by new_client_id, keeps a form that is sent twice from adding
    two. The project's first application sets its issuer and makes its signing keys. Raises
    TooManyApplications, IntegrityError for a client ID that exists, or KeysetError without usable
    keys.
    """
    project = lock_project(project)
    if project.applications.count() >= MOST_APPLICATIONS:
        raise TooManyApplications
    if not project.issuer:
        project.issuer = own_issuer(project)
        project.save(update_fields=["issuer"])
    ensure_keys(project)
    application = Application.objects.create(
        project=project,
        client_id=client_id or new_client_id(),
        updated_by=actor,
        **asdict(proposal),
    )
    record_event(
        events.APPLICATION_ADDED,
        project=project,
        actor=actor,
        target=application,
        changes=diff_states({}, application_state(application)),
    )
    secret = create_secret(application, actor=actor) if application.is_confidential else None
    return application, secret


@transaction.atomic
def change_application(
    application: Application, changed: Mapping[str, Any], *, actor: User | None
) -> Application:
    """Change some fields of an application and return it; raises Application.DoesNotExist.

    The type cannot be changed, because a secret belongs to one type only.
    """
    application = lock_application(application)
    before = application_state(application)
    for name, value in changed.items():
        if name not in FIELD_NAMES or name == "kind":
            raise ValueError(f"{name} cannot be changed.")
        setattr(application, name, value)
    changes = diff_states(before, application_state(application))
    if changes:
        application.updated_by = actor
        application.save()
        record_event(
            events.APPLICATION_CHANGED,
            project=application.project,
            actor=actor,
            target=application,
            changes=changes,
        )
    return application


@transaction.atomic
def delete_application(application: Application, *, actor: User) -> None:
    """Delete an application with its secrets and tokens; raises Application.DoesNotExist."""
    application = lock_application(application)
    record_event(
        events.APPLICATION_DELETED,
        project=application.project,
        actor=actor,
        target=application,
        changes=diff_states(application_state(application), {}),
    )
    delete_issued([application.pk])
    application.delete()


@transaction.atomic
def add_secret(application: Application, *, actor: User | None) -> NewSecret:
    """Return a second secret, beside the one in use.

    Raises TooManySecrets, or Application.DoesNotExist for one that was deleted or has no secrets.
    """
    application = lock_application(application)
    if not application.is_confidential:
        raise Application.DoesNotExist
    if live_secrets(application).count() >= MOST_SECRETS:
        raise TooManySecrets
    secret = create_secret(application, actor=actor)
    record_event(
        events.SECRET_ADDED,
        project=application.project,
        actor=actor,
        target=application,
        changes={"secret": (None, fingerprint(secret.value))},
    )
    return secret


@transaction.atomic
def remove_secret(secret: ApplicationSecret, *, actor: User | None) -> None:
    """Remove a secret; it is invalid at once.

    Raises LastSecret unless another one is valid, and DoesNotExist if it is gone.
    """
    application = lock_application(secret.application)
    secret = application.secrets.get(pk=secret.pk)
    if not live_secrets(application).exclude(pk=secret.pk).exists():
        raise LastSecret
    record_event(
        events.SECRET_REMOVED, project=application.project, actor=actor, target=application
    )
    secret.delete()


@transaction.atomic
def expire_secret(secret: ApplicationSecret, *, at: datetime, actor: User) -> None:
    """Let a secret expire at a moment; raises LastSecret unless another one stays valid."""
    application = lock_application(secret.application)
    secret = application.secrets.get(pk=secret.pk)
    others = live_secrets(application).exclude(pk=secret.pk)
    if not others.filter(expires_at=None).exists():
        raise LastSecret
    before, secret.expires_at = secret.expires_at, at
    secret.save(update_fields=["expires_at"])
    record_event(
        events.SECRET_EXPIRY_SET,
        project=application.project,
        actor=actor,
        target=application,
        changes={"expires_at": (before and before.isoformat(), at.isoformat())},
    )


def create_secret(application: Application, *, actor: User | None) -> NewSecret:
    """Save the hash of a new secret."""
    value = new_client_secret()
    stored = ApplicationSecret.objects.create(
        application=application, hash=hash_text(value), last4=value[-4:], created_by=actor
    )
    return NewSecret(stored, value)


def live_secrets(application: Application) -> Any:
    """Return the secrets of an application that are valid now."""
    return application.secrets.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


def own_issuer(project: Project) -> str:
    """Return the issuer of a project on its present host."""
    scheme = "https" if settings.PRODUCTION else "http"
    return f"{scheme}://{project.host}"


def application_state(application: Application) -> dict[str, Any]:
    """Return an application as the history records it: what differs from an empty value."""
    return {name: value for name in FIELD_NAMES if (value := getattr(application, name))}


def lock_application(application: Application) -> Application:
    """Lock the application until the transaction ends, and return it as it is now."""
    lock_project(application.project)
    held = Application.objects.select_for_update(of=("self",)).select_related("project")
    return held.get(pk=application.pk)


def lock_project(project: Project) -> Project:
    """Lock the project until the transaction ends, and return it as it is now.

    Its version rises, because the sign-in page shows the application's name.
    """
    Project.objects.filter(pk=project.pk).update(version=F("version") + 1)
    return Project.objects.get(pk=project.pk)
