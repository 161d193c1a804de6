"""Adding, changing and deleting applications and their secrets."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone

from applications import services
from applications.models import (
    Application,
    ApplicationSecret,
    AuthorizationRequest,
    Grant,
    SigningKey,
    Token,
)
from applications.services import ApplicationFields, NewSecret
from core.random_text import hash_text
from projects.models import Event, Project, User
from tests.connections.concurrent import overtaken


def add(project: Project, owner: User, **fields: object) -> tuple[Application, NewSecret | None]:
    proposal = ApplicationFields(**{"name": "Shop", **fields})  # type: ignore[arg-type]
    return services.add_application(project, proposal, actor=owner)


def test_the_first_application_sets_issuer_and_keys(project: Project, owner: User) -> None:
    _application, secret = add(project, owner)
    project.refresh_from_db()
    assert project.issuer == f"http://{project.host}"
    assert project.version == 1
    assert sorted(key.alg for key in project.signing_keys.all()) == ["ES256", "RS256"]
    assert secret is not None
    assert ApplicationSecret.objects.get().hash == hash_text(secret.value)
    assert secret.value not in repr(secret)
    before = set(SigningKey.objects.values_list("kid", flat=True))
    Project.objects.update(issuer="https://login.shop.example")
    add(project, owner, name="Other", kind="browser")
    project.refresh_from_db()
    assert project.issuer == "https://login.shop.example"
    assert set(SigningKey.objects.values_list("kid", flat=True)) == before


@pytest.mark.parametrize("kind", ["browser", "native"])
def test_an_application_that_keeps_no_secret_gets_none(
    project: Project, owner: User, kind: str
) -> None:
    application, secret = add(project, owner, kind=kind)
    assert secret is None
    assert application.requires_pkce
    with pytest.raises(Application.DoesNotExist):
        services.add_secret(application, actor=owner)


def test_history_says_what_changed_and_no_secret(project: Project, owner: User) -> None:
    application, first = add(project, owner, redirect_uris=["https://shop.example/callback"])
    services.change_application(application, {"name": "Demo Shop"}, actor=owner)
    services.change_application(application, {"name": "Demo Shop"}, actor=owner)
    second = services.add_secret(application, actor=owner)
    assert first is not None
    services.remove_secret(first.stored, actor=owner)
    services.delete_application(application, actor=owner)
    events = list(Event.objects.order_by("id"))
    assert [each.action for each in events] == [
        "application:added",
        "application:changed",
        "application:secret-added",
        "application:secret-removed",
        "application:deleted",
    ]
    assert events[1].changes == {"name": ["Shop", "Demo Shop"]}
    told = str([each.changes for each in events])
    assert first.value[-8:] not in told
    assert second.value[-8:] not in told


def test_at_most_two_secrets_and_at_least_one(project: Project, owner: User) -> None:
    application, first = add(project, owner)
    assert first is not None
    with pytest.raises(services.LastSecret):
        services.remove_secret(first.stored, actor=owner)
    second = services.add_secret(application, actor=owner)
    with pytest.raises(services.TooManySecrets):
        services.add_secret(application, actor=owner)
    services.expire_secret(first.stored, at=timezone.now(), actor=owner)
    with pytest.raises(services.LastSecret):
        services.expire_secret(second.stored, at=timezone.now(), actor=owner)
    services.add_secret(application, actor=owner)


def test_the_type_cannot_be_changed(project: Project, owner: User) -> None:
    application, _secret = add(project, owner)
    with pytest.raises(ValueError, match="kind cannot be changed"):
        services.change_application(application, {"kind": "browser"}, actor=owner)


@pytest.mark.django_db(transaction=True)
def test_a_deletion_waits_for_a_token_request_and_removes_its_tokens(
    project: Project, owner: User
) -> None:
    application, _secret = add(project, owner)
    application.requests.create(id_hash="r", parameters={}, expires_at=timezone.now())
    grant = Grant.objects.create(
        project=project,
        application=application,
        user=User.objects.create(project=project, password="!"),
        sid=uuid4(),
        auth_time=timezone.now(),
        redirect_uri="https://shop.example/callback",
        code_hash="c",
        code_expires_at=timezone.now(),
        expires_at=timezone.now(),
    )

    def redeem() -> None:
        Grant.objects.select_for_update().get(pk=grant.pk)
        grant.tokens.create(hash="t", kind="access", expires_at=timezone.now())

    overtaken(lambda: services.delete_application(application, actor=owner), by=redeem)

    for model in (Application, AuthorizationRequest, Grant, Token):
        assert not model.objects.exists()
