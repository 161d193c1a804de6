"""What people change is on record, field by field, and the record cannot be rewritten."""

from __future__ import annotations

import pytest
from django.db import DataError, IntegrityError, transaction
from django.db.utils import InternalError, ProgrammingError

from projects.audit.events import PROJECT_CREATED, PROJECT_RENAMED
from projects.audit.log import diff_states, record_event
from projects.models import Event, Membership, Project, Role, User
from projects.tenants.services import create_project, rename_project
from tests.cast import PASSWORD


def test_creating_a_project_makes_its_owner_and_one_event(db: None) -> None:
    olga = User.objects.create_user("olga@example.com", PASSWORD, name="Olga")

    project = create_project(name="Acme", slug="acme", owner=olga)

    assert Project.objects.get() == project
    membership = Membership.objects.get()
    assert (membership.project, membership.user, membership.role) == (project, olga, Role.OWNER)
    event = Event.objects.get()
    assert (event.project, event.actor, event.actor_name) == (project, olga, "Olga")
    assert (event.action, event.changes) == (PROJECT_CREATED.key, {})
    assert (event.target_id, event.target_name) == (str(project.pk), "Acme")


def test_renaming_a_project_is_recorded_with_both_names(project: Project, editor: User) -> None:
    rename_project(project, name="Acme Ltd", actor=editor)

    saved = Project.objects.get()
    assert (saved.name, saved.slug, saved.version) == ("Acme Ltd", "acme", 1)
    assert (project.name, project.version) == ("Acme Ltd", 1)
    event = Event.objects.get()
    assert (event.action, event.changes) == (
        PROJECT_RENAMED.key,
        {"name": ["Acme", "Acme Ltd"]},
    )
    assert event.target_name == "Acme Ltd"


def test_the_same_name_again_is_no_event(project: Project, editor: User) -> None:
    rename_project(project, name="Acme", actor=editor)

    assert Event.objects.count() == 0
    assert Project.objects.get().version == 0


def test_the_name_before_is_the_databases_and_not_a_stale_copys(
    project: Project, editor: User
) -> None:
    stale = Project.objects.get()
    rename_project(project, name="Acme Ltd", actor=editor)

    rename_project(stale, name="Acme Inc", actor=editor)

    assert Event.objects.order_by("-pk")[0].changes == {"name": ["Acme Ltd", "Acme Inc"]}
    assert Project.objects.get().version == 2


def test_a_project_that_cannot_be_recorded_is_not_created(owner: User) -> None:
    before = Project.objects.count()
    owner.name = "nul \x00"

    with pytest.raises(DataError, match="NUL"):
        create_project(name="Beta", slug="beta", owner=owner)

    assert Project.objects.count() == before
    assert Membership.objects.count() == 1


def test_a_name_that_cannot_be_recorded_is_not_given(project: Project, owner: User) -> None:
    owner.name = "nul \x00"

    with pytest.raises(DataError, match="NUL"):
        rename_project(project, name="Acme Ltd", actor=owner)

    assert Project.objects.get().name == "Acme"


def test_a_taken_id_creates_nothing(project: Project, owner: User) -> None:
    with pytest.raises(IntegrityError, match="project_slug_unique"):
        create_project(name="Another", slug=project.slug, owner=owner)

    assert (Project.objects.count(), Event.objects.count()) == (1, 0)


def test_the_database_refuses_to_rewrite_an_event(project: Project, owner: User) -> None:
    event = record_event(PROJECT_RENAMED, project=project, actor=owner, target=project)

    with (
        pytest.raises((InternalError, ProgrammingError), match="append-only"),
        transaction.atomic(),
    ):
        Event.objects.filter(pk=event.pk).update(actor_name="Somebody else")
    event.actor_name = "Somebody else"
    with (
        pytest.raises((InternalError, ProgrammingError), match="append-only"),
        transaction.atomic(),
    ):
        event.save()

    assert Event.objects.get().actor_name == "Olga"


def test_an_event_outlives_the_person_who_caused_it(project: Project, owner: User) -> None:
    identifier = owner.pk
    record_event(PROJECT_RENAMED, project=project, actor=owner, target=project)

    owner.delete()

    event = Event.objects.get()
    assert (event.actor_id, event.actor_name) == (identifier, "Olga")


def test_long_names_are_cut_to_their_columns(project: Project, owner: User) -> None:
    owner.name, project.name = "o" * 300, "p" * 300

    event = record_event(PROJECT_RENAMED, project=project, actor=owner, target=project)

    event.refresh_from_db()
    assert (event.actor_name, event.target_name) == ("o" * 254, "p" * 120)


def test_the_newest_event_comes_first(project: Project, owner: User) -> None:
    for kind in (PROJECT_CREATED, PROJECT_RENAMED):
        record_event(kind, project=project, actor=owner, target=project)

    assert [each.action for each in project.events.all()] == [
        PROJECT_RENAMED.key,
        PROJECT_CREATED.key,
    ]


def test_only_what_differs_is_a_difference() -> None:
    before = {"same": 1, "changed": 1, "gone": 1, "none": None}
    after = {"same": 1, "changed": 2, "new": 0}

    found = diff_states(before, after)

    assert found == {"changed": (1, 2), "gone": (1, None), "new": (None, 0)}
    assert list(found) == ["changed", "gone", "new"]
