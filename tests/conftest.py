"""The cast and the stage of every test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser

from connections.keyset import create_keyset
from portal.readiness import watch
from projects.models import Membership, Project, Role, User
from tests.cast import PASSWORD, sign_in_as
from tests.chromium import running_chromium
from tests.wechat import Visitor, WeChat, running_simulator

# They start servers and wait for them.
WAITING = ("benchmarks", "running", "server")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits, go on with what is long: whoever is free takes the next file."""
    lengths = Counter(item.path for item in items)

    def turn(item: pytest.Item) -> tuple[bool, int, str]:
        return item.path.parent.name not in WAITING, -lengths[item.path], str(item.path)

    items.sort(key=turn)


@pytest.fixture(scope="session", autouse=True)
def keyset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A keyset of this test run's own."""
    path = tmp_path_factory.mktemp("keys") / "keyset.json"
    create_keyset(path)
    django_settings.MENKOU_KEYSET_FILE = str(path)
    return path


@pytest.fixture(autouse=True)
def only_loopback(socket_enabled: None) -> Iterator[None]:
    """Tests speak to this machine and to nobody else."""
    from pytest_socket import _remove_restrictions, socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "127.0.0.2", "::1", "localhost"], allow_unix_socket=True)
    yield
    _remove_restrictions()


@pytest.fixture(autouse=True)
def not_yet_looked() -> None:
    """Whether we are ready is looked at anew, though a moment ago another test has asked."""
    watch.forget()


@pytest.fixture
def fresh_limits(db: None) -> None:
    """Nobody has tried anything yet."""
    cache.clear()


@pytest.fixture
def project(db: None) -> Project:
    return Project.objects.create(slug="acme", name="Acme")


@pytest.fixture
def other_project(db: None) -> Project:
    return Project.objects.create(slug="beta", name="Beta")


def member(project: Project, name: str, role: Role) -> User:
    user = User.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=name)
    Membership.objects.create(project=project, user=user, role=role)
    return user


@pytest.fixture
def owner(project: Project) -> User:
    return member(project, "Olga", Role.OWNER)


@pytest.fixture
def editor(project: Project) -> User:
    return member(project, "Ed", Role.EDITOR)


@pytest.fixture
def viewer(project: Project) -> User:
    return member(project, "Vi", Role.VIEWER)


@pytest.fixture
def stranger(other_project: Project) -> User:
    return member(other_project, "Sam", Role.OWNER)


@pytest.fixture
def as_owner(owner: User) -> Client:
    return sign_in_as(owner)


@pytest.fixture
def as_editor(editor: User) -> Client:
    return sign_in_as(editor)


@pytest.fixture
def as_viewer(viewer: User) -> Client:
    return sign_in_as(viewer)


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    return sign_in_as(stranger)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A process can drive only one, so it is everybody's."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def simulator() -> Iterator[WeChat]:
    """One simulator for the whole run of this process."""
    with running_simulator() as wechat:
        yield wechat


@pytest.fixture
def wechat(simulator: WeChat, settings: Any) -> WeChat:
    """WeChat, to which this installation's endpoints point."""
    simulator.begin_again()
    settings.WECHAT_OPEN_BASE_URL = simulator.origin
    settings.WECHAT_API_BASE_URL = simulator.origin
    return simulator


@pytest.fixture
def visitor(project: Project, wechat: WeChat) -> Visitor:
    return Visitor(project, wechat)
