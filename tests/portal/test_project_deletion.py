"""Deleting a project: everything that is its own goes, and what stays is recorded."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import InternalError, ProgrammingError, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from applications.models import ApplicationLogo, LogoutRequest
from applications.services import ApplicationFields, add_application
from connections.events import CONNECTION_ADDED
from connections.models import (
    CheckState,
    Connection,
    Draft,
    Identity,
    IdentityKey,
    PendingSignIn,
    TypedSecret,
)
from connections.secrets import check_keys
from core.request_origin import request_origin
from portal.projects.deletion import ProjectCounts, count_project_data, delete_project
from projects.audit.log import record_event
from projects.members.invitations import invite_member, revoke_invitation
from projects.models import Deletion, Membership, Project, Role, User
from projects.tenants.hosts import hosts
from tests.cast import client_of, end_user_session, make_connection, sign_in_as
from tests.connections.concurrent import all_at_once
from tests.waiting import wait_until

# What may be left of a project: its deletion, operators, and the keys of the installation.
OWN = ("projects", "connections", "applications")
# By which a row belongs to a project that does not name it.
OWNERS = ("connection", "identity", "application", "grant")


def furnish(project: Project, owner: User) -> User:
    """One of everything; return the end user."""
    connection = make_connection(project, actor=owner)
    person = User(project=project, name="Li")
    person.set_unusable_password()
    person.save()
    identity = Identity.objects.create(
        project=project, user=person, connection=connection, namespace="n", subject="s"
    )
    IdentityKey.objects.create(project=project, identity=identity, namespace="n", value="v")
    project.sign_ins.create(
        connection=connection,
        alias=connection.alias,
        provider=connection.provider,
        reference=f"{project.slug:0>10}"[:10],
        outcome="ok",
        user=person,
        started_at=timezone.now(),
    )
    PendingSignIn.objects.create(
        state_hash=project.slug, connection=connection, expires_at=timezone.now() + timedelta(1)
    )
    end_user_session(person, connection=connection)
    connection.unreturned.create(hour=timezone.now(), count=1)
    connection.hours.create(hour=timezone.now())
    furnish_changes(connection, owner)
    application, _secret = add_application(project, ApplicationFields(name="Shop"), actor=owner)
    ApplicationLogo.objects.create(application=application, name="logo.png", content=b"")
    application.errors.create(cause="wrong_secret", last_at=timezone.now())
    application.requests.create(id_hash=project.slug, parameters={}, expires_at=timezone.now())
    grant = application.grants.create(
        project=project,
        user=person,
        sid=uuid4(),
        auth_time=timezone.now(),
        redirect_uri="https://shop.example/callback",
        code_hash=project.slug,
        code_expires_at=timezone.now(),
        expires_at=timezone.now(),
    )
    grant.tokens.create(hash=project.slug, kind="access", expires_at=timezone.now())
    application.consents.create(user=person, scope="openid")
    application.deliveries.create(sid=grant.sid, user=person.pk)
    LogoutRequest.objects.create(
        id_hash=project.slug, project=project, application=application, target="", subject=""
    )
    with request_origin(RequestFactory().get("/"), "0123456789abcdef"):
        record_event(CONNECTION_ADDED, project=project, actor=owner, target=connection)
    invite_member(project=project, address="ann@example.com", role=Role.VIEWER, actor=owner)
    gone, _token = invite_member(
        project=project, address="gone@example.com", role=Role.VIEWER, actor=owner
    )
    revoke_invitation(gone, actor=owner)
    return person


def furnish_changes(connection: Connection, owner: User) -> None:
    """A draft, a revision, a check, a trial and a reminder of the connection."""
    now, project = timezone.now(), connection.project
    Draft.objects.create(connection=connection)
    TypedSecret.objects.create(
        id_hash=project.slug,
        person=owner,
        project=project,
        connection=connection,
        ciphertext=b"sealed",
        expires_at=now,
    )
    connection.revisions.create(number=1, published_at=now)
    connection.successful_trials.create(fingerprint="f")
    connection.trials.create(is_by_link=True, link_hash=project.slug, expires_at=now)
    CheckState.objects.create(connection=connection, next_at=now)
    connection.checks.create(checked="live", verdict="passed")
    connection.expiry_reminders.create(part="p", expires_on=now.date(), step=7)


@pytest.fixture
def person(project: Project, owner: User, other_project: Project, stranger: User) -> User:
    check_keys()
    furnish(other_project, stranger)
    return furnish(project, owner)


def rows_of(project: Project) -> dict[str, int]:
    """How many rows of each of our tables belong to the project, directly or not."""
    ways = ("project", *(f"{each}__project" for each in OWNERS))
    found = {}
    for app in OWN:
        for model in apps.get_app_config(app).get_models():
            names = {field.name for field in model._meta.get_fields()}
            for way in ways:
                if way.split("__")[0] in names and model is not Deletion:
                    found[f"{model.__name__}.{way}"] = model.objects.filter(
                        **{way: project.pk}
                    ).count()
    return found


@pytest.mark.usefixtures("person")
def test_everything_goes_and_another_project_keeps_all(
    project: Project, owner: User, other_project: Project
) -> None:
    before, theirs = rows_of(project), rows_of(other_project)
    missing = [name for name, count in before.items() if not count]
    assert not missing, "put one of everything on the stage"

    delete_project(project, actor=owner)

    assert set(rows_of(project).values()) == {0}
    assert rows_of(other_project) == theirs
    assert not Project.objects.filter(slug="acme").exists()
    assert User.objects.filter(pk=owner.pk).exists()


@pytest.mark.usefixtures("person")
def test_the_loss_is_told_before_as_it_is(project: Project, owner: User) -> None:
    expected = ProjectCounts(
        connections=1,
        applications=1,
        end_users=1,
        identities=1,
        sign_ins=1,
        events=5,
        members=1,
        invitations=1,
    )
    assert count_project_data(project) == expected
    assert delete_project(project, actor=owner) == expected


@pytest.mark.usefixtures("person")
def test_the_deletion_is_recorded_and_cannot_be_rewritten(project: Project, owner: User) -> None:
    identifier = project.pk
    delete_project(project, actor=owner)
    owner.delete()

    row = Deletion.objects.get()
    assert (row.project, row.slug, row.name, row.actor_name) == (
        identifier,
        "acme",
        "Acme",
        "Olga",
    )
    assert row.lost == {
        "connections": 1,
        "applications": 1,
        "end_users": 1,
        "identities": 1,
        "sign_ins": 1,
        "events": 5,
        "members": 1,
        "invitations": 1,
    }
    with (
        pytest.raises((InternalError, ProgrammingError), match="append-only"),
        transaction.atomic(),
    ):
        Deletion.objects.update(actor_name="Somebody else")


@pytest.mark.usefixtures("person")
def test_the_log_has_a_line_without_anybodys_name(
    project: Project,
    owner: User,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with (
        caplog.at_level(logging.INFO, "menkou.projects"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        delete_project(project, actor=owner)

    (line,) = [each.getMessage() for each in caplog.records if each.name == "menkou.projects"]
    assert line == (
        f"project deleted: id=acme by={owner.pk} connections=1 applications=1 end_users=1 "
        "identities=1 sign_ins=1 events=5 members=1 invitations=1"
    )


@pytest.mark.parametrize("who", ["editor", "viewer", "stranger"])
def test_only_an_owner_deletes(request: pytest.FixtureRequest, project: Project, who: str) -> None:
    actor = request.getfixturevalue(who)

    with pytest.raises(PermissionDenied):
        delete_project(project, actor=actor)

    assert Project.objects.filter(slug="acme").exists()
    assert not Deletion.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_delete_at_once_one_does(project: Project, owner: User) -> None:
    otto = User.objects.create_user("otto@example.com")
    Membership.objects.create(project=project, user=otto, role=Role.OWNER)

    def attempt(actor: User) -> str:
        try:
            delete_project(project, actor=actor)
        except Project.DoesNotExist:
            return "gone"
        return "deleted"

    results = all_at_once([lambda: attempt(owner), lambda: attempt(otto)])

    assert sorted(results) == ["deleted", "gone"]
    assert Deletion.objects.count() == 1


@pytest.fixture
def kept(settings: Any) -> Iterator[None]:
    """A process that keeps pages, and listens."""
    settings.KEPT_PAGES_BYTES = 1024 * 1024
    wait_until(hosts.listener.is_current)
    yield
    hosts.listener.stop()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("kept")
def test_its_host_and_its_kept_page_are_gone_within_a_second(project: Project, owner: User) -> None:
    check_keys()
    make_connection(project)
    browser = client_of(project.host)
    for _ in range(2):
        assert "Sign in with WeChat" in browser.get("/login").content.decode()

    delete_project(project, actor=owner)

    wait_until(lambda: browser.get("/login").status_code == 404, seconds=1.0)
    nobody = client_of("nobody.login.test").get("/login")
    gone = browser.get("/login")
    assert (gone.content, gone.headers["content-type"]) == (
        nobody.content,
        nobody.headers["content-type"],
    )


def test_an_end_users_session_is_nobody_even_when_the_id_is_used_again(
    project: Project, owner: User, person: User
) -> None:
    client = sign_in_as(person)
    assert client.get("/account").status_code == 200

    delete_project(project, actor=owner)
    assert client.get("/account").status_code == 404

    Project.objects.create(slug="acme", name="Another")
    answer = client.get("/account")
    assert (answer.status_code, answer.headers["location"]) == (302, "/login")


def test_a_connection_of_a_deleted_project_cannot_be_started(
    project: Project, owner: User, person: User
) -> None:
    delete_project(project, actor=owner)

    client = Client(headers={"host": project.host, "origin": f"http://{project.host}"})
    assert client.post("/sso/wechat_web/start").status_code == 404
    assert Connection.objects.filter(project=project.pk).count() == 0
