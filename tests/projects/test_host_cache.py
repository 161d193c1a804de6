"""A host's project is kept until the database says that it has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection as database
from django.test import TestCase

from core.postgresql import listener as listening
from projects.models import Project
from projects.tenants.hosts import ProjectHosts
from projects.tenants.services import rename_project
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
Count = Callable[[int], Any]
count: Count = TestCase().assertNumQueries


@pytest.fixture
def hosts(settings: Any) -> Iterator[ProjectHosts]:
    """A process that listens."""
    settings.KEPT_PAGES_BYTES = 1024 * 1024
    hosts = ProjectHosts()
    wait_until(hosts.listener.is_current)
    yield hosts
    hosts.listener.stop()


def listeners() -> list[int]:
    """The backends that listen in the test's database."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE application_name = 'menkou listening' AND datname = current_database()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def end_listeners() -> None:
    with database.cursor() as cursor:
        for pid in listeners():
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_a_host_is_asked_for_once(hosts: ProjectHosts, project: Project) -> None:
    with count(1):
        assert hosts.find_project(project.host) == project

    with count(0):
        found = hosts.find_project(project.host)
    assert found is not None
    assert (found.pk, found.name, found.version) == (project.pk, project.name, project.version)


def test_each_request_gets_a_copy_of_its_own(hosts: ProjectHosts, project: Project) -> None:
    hosts.find_project(project.host)
    mine = hosts.find_project(project.host)
    assert mine is not None
    mine.name = "Scribbled on"

    again = hosts.find_project(project.host)

    assert again is not None
    assert again.name == "Acme"


def test_a_host_that_is_nobodys_is_not_kept(hosts: ProjectHosts, project: Project) -> None:
    for _ in range(2):
        with count(1):
            assert hosts.find_project("unknown.login.test") is None

    Project.objects.create(slug="unknown", name="Known now")

    assert hosts.find_project("unknown.login.test") is not None


def test_a_new_name_is_heard_within_a_second(
    hosts: ProjectHosts, project: Project, owner: Any
) -> None:
    hosts.find_project(project.host)

    rename_project(project, name="Apex", actor=owner)

    wait_until(lambda: name_of(hosts, project) == "Apex", seconds=1.0)
    with count(0):
        assert name_of(hosts, project) == "Apex"


def test_a_project_that_is_deleted_by_hand_is_forgotten(
    hosts: ProjectHosts, project: Project
) -> None:
    hosts.find_project(project.host)

    with database.cursor() as cursor:
        cursor.execute("DELETE FROM projects_project WHERE id = %s", [project.pk])

    wait_until(lambda: hosts.find_project(project.host) is None, seconds=1.0)


def test_a_row_that_was_read_before_a_change_is_not_kept_after_it(
    hosts: ProjectHosts, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_then_changed(slug: str) -> Project:
        read = Project.objects.get(slug=slug)
        heard = hosts._changes_heard
        # Somebody's change is heard between our query and our note of it.
        Project.objects.filter(slug=slug).update(name="Apex")
        wait_until(lambda: hosts._changes_heard > heard)
        return read

    monkeypatch.setattr("projects.tenants.hosts.load_project", read_then_changed)
    hosts.find_project(project.host)
    monkeypatch.undo()

    assert name_of(hosts, project) == "Apex"


def test_a_connection_that_is_cut_is_made_anew_and_what_was_missed_is_forgotten(
    hosts: ProjectHosts, project: Project
) -> None:
    hosts.find_project(project.host)
    epoch = hosts.epoch

    end_listeners()
    Project.objects.filter(pk=project.pk).update(name="Apex")

    wait_until(lambda: name_of(hosts, project) == "Apex", seconds=1.0)
    wait_until(lambda: hosts.epoch > epoch)
    wait_until(hosts.listener.is_current)
    assert name_of(hosts, project) == "Apex"
    Project.objects.filter(pk=project.pk).update(name="Zenith")
    wait_until(lambda: name_of(hosts, project) == "Zenith", seconds=1.0)


def test_a_listener_that_hears_no_answer_is_not_believed_for_a_second(
    hosts: ProjectHosts, project: Project
) -> None:
    hosts.find_project(project.host)
    fall_silent(hosts)
    Project.objects.filter(pk=project.pk).update(name="Apex")

    wait_until(lambda: name_of(hosts, project) == "Apex", seconds=1.0)
    with count(1):
        name_of(hosts, project)


def fall_silent(hosts: ProjectHosts) -> None:
    """End the thread where it stands, as if no packet came any more."""
    hosts.listener._ended.set()
    assert hosts.listener._thread is not None
    hosts.listener._thread.join()


def test_behind_a_pooler_that_lends_sessions_nothing_is_kept(project: Project) -> None:
    with psycopg.connect(**listening.direct_connection_parameters(), autocommit=True) as connection:
        listening.require_direct_connection(connection)

        with pytest.raises(listening.PooledConnection):
            listening.require_direct_connection(Lent(connection))  # type: ignore[arg-type]


class Lent:
    """A connection whose greeting named another backend than the one that answers."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.execute = connection.execute
        self.info = type("Info", (), {"backend_pid": connection.info.backend_pid + 1})


def test_those_asked_for_last_are_kept(
    hosts: ProjectHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projects.tenants.hosts.MAX_CACHED", 2)
    for slug in ("one", "two", "three"):
        Project.objects.create(slug=slug, name=slug)
    for slug in ("one", "two", "one", "three"):
        hosts.find_project(f"{slug}.login.test")

    with count(0):
        hosts.find_project("one.login.test")
        hosts.find_project("three.login.test")
    with count(1):
        hosts.find_project("two.login.test")


def name_of(hosts: ProjectHosts, project: Project) -> str:
    found = hosts.find_project(project.host)
    assert found is not None
    return found.name
