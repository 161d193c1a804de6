"""The cast and the stage of every test."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings as django_settings
from django.core.cache import cache as django_cache
from django.db import connection as database
from django.test import Client, TestCase, TransactionTestCase
from django.test import client as test_client
from psycopg.pq import TransactionStatus
from xdist.scheduler import LoadFileScheduling

from connections.protocols.oidc.discovery_cache import discovery_cache
from core.http.resolver import fixed_names, typed_names
from core.keyring.keyset import create_keyset
from portal.server.readiness import readiness_cache
from projects.models import Membership, Project, Role, User
from signin import metrics
from tests.cast import PASSWORD, sign_in_as
from tests.chromium import running_chromium
from tests.databases import delete_rows, drop_template_database, template_database
from tests.openid import OpenID, running_openid
from tests.wechat import Visitor, WeChat, running_simulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The folder in which every test drives a browser.
JOURNEYS = "journeys"
# They take longer than the size of their files says, most because they start processes.
SLOW_FOLDERS = ("benchmarks", "examples", "fuzz", "release", "running", "server", "upgrade")
SLOW_FILES = (
    "test_catalogue_contract",
    "test_mail_queue",
    "test_preflight",
    "test_regular_expressions",
    "test_two_nodes",
)

# Files of tests/server that share a server, by fixture: one worker runs all of them.
SHARED_SERVERS = {
    "shared_server": (
        "test_crowds",
        "test_limits",
        "test_metrics",
        "test_page_cache",
        "test_restore",
        "test_rotation",
    ),
    "place": ("test_canary", "test_faults"),
}

# More than any test needs.
KEYS = 16

# What pytest-django does before each test for marks that no test here has.
NEEDLESS_FIXTURES = {
    "_django_clear_site_cache",
    "_django_isolate_apps",
    "_django_set_urlconf",
    "_template_string_if_invalid_marker",
}

# Nearly everything that is made before the first test stays until the last.
gc.disable()


def pytest_collection_finish() -> None:
    """From now on, look for garbage among what the tests themselves make, and use keys again.

    The keys that test files have made for themselves belong to nobody else.
    """
    rsa.generate_private_key = from_a_pool(rsa.generate_private_key)
    # To see that a key is sound takes 20 ms, and the same few are pasted again and again.
    serialization.load_der_private_key = cache(serialization.load_der_private_key)
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


def from_a_pool(generate: Callable[..., rsa.RSAPrivateKey]) -> Callable[..., rsa.RSAPrivateKey]:
    """Give the same few keys in turn: to make one takes 60 ms of the processor."""
    keys: list[rsa.RSAPrivateKey] = []
    turn = itertools.count()

    def key(public_exponent: int, key_size: int, backend: Any = None) -> rsa.RSAPrivateKey:
        if key_size != 2048:
            return generate(public_exponent, key_size, backend)
        if len(keys) < KEYS:
            keys.append(generate(public_exponent, key_size, backend))
        return keys[next(turn) % len(keys)]

    return key


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Load no file whose tests do not run: those with a browser, or those without."""
    if config.option.markexpr == "not browser":
        return True if collection_path.name == JOURNEYS else None
    if config.option.markexpr != "browser" or collection_path.suffix != ".py":
        return None
    drives_one = JOURNEYS in collection_path.parts or "mark.browser" in collection_path.read_text(
        encoding="utf-8"
    )
    return None if drives_one else True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what is slow, go on with what is long: whoever is free takes the next file."""
    sizes = {path: path.stat().st_size for path in {item.path for item in items}}

    def turn(item: pytest.Item) -> tuple[bool, bool, int, str]:
        return (
            item.path.stem not in SLOW_FILES,
            item.path.parent.name not in SLOW_FOLDERS,
            -sizes[item.path],
            str(item.path),
        )

    items.sort(key=turn)
    for item in items:
        assert isinstance(item, pytest.Function)
        item.fixturenames[:] = [name for name in item.fixturenames if name not in NEEDLESS_FIXTURES]


class LoadByServer(LoadFileScheduling):
    """Give a worker the tests of a file, or of all files that share a server."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(super()._split_scope(nodeid))
        if file.parent.name == "server":
            for server, files in SHARED_SERVERS.items():
                if file.stem in files:
                    return server
        return str(file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadByServer | None:
    return LoadByServer(config, log) if config.option.dist == "loadfile" else None


def pytest_runtest_setup() -> None:
    """Begin without what an earlier test has been told: names, their addresses, readiness."""
    readiness_cache.clear()
    fixed_names.clear()
    typed_names.clear()


def pytest_configure() -> None:
    """Empty the database quickly after each test that commits, and keep few contexts."""
    TransactionTestCase._fixture_teardown = lambda self: delete_rows()
    TestCase._fixture_teardown = end_transaction
    test_client.store_rendered_templates = store_rendered_template


def end_transaction(case: TestCase) -> None:
    """Check what is deferred and roll back, as Django does with two statements more."""
    try:
        if is_in_transaction() and not database.needs_rollback:
            with database.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        case._rollback_atomics(case.atomics)


def is_in_transaction() -> bool:
    """Whether the database can still be asked: no error or lost connection came before."""
    real = database.connection
    return real is not None and real.info.transaction_status is TransactionStatus.INTRANS


def store_rendered_template(
    store: dict[str, Any], *, template: Any, context: Any, **_: Any
) -> None:
    """Keep what a test may ask a response for: all templates, and the contexts of pages.

    Django's test client copies the context of each included template and each control of a form,
    too. That is a fifth of the time to draw a page.
    """
    store.setdefault("templates", []).append(template)
    contexts = store.setdefault("context", test_client.ContextList())
    if template is context.template and not str(template.name).startswith("django/"):
        contexts.append(copy(context))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Drop the database that the processes of this run have copied."""
    if not hasattr(session.config, "workerinput"):
        with suppress(psycopg.OperationalError):
            drop_template_database()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_keepdb: bool
) -> None:
    """Copy a migrated database where several processes would migrate one each."""
    if "PYTEST_XDIST_WORKER" in os.environ and not django_db_keepdb:
        database.settings_dict["TEST"]["TEMPLATE"] = template_database()


@pytest.fixture(scope="session", autouse=True)
def keyset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A keyset of this test run's own."""
    path = tmp_path_factory.mktemp("keys") / "keyset.json"
    create_keyset(path)
    django_settings.MENKOU_KEYSET_FILE = str(path)
    return path


@pytest.fixture
def provider(settings: Any, db: None) -> Iterator[OpenID]:
    """An OpenID provider at loopback, of which nothing is cached."""
    discovery_cache.clear()
    django_cache.clear()
    with running_openid() as openid:
        settings.MENKOU_PRIVATE_ORIGINS = (openid.origin,)
        yield openid
    discovery_cache.clear()


@pytest.fixture
def fresh_limits(db: None) -> None:
    """Nobody has tried anything yet."""
    django_cache.clear()


@pytest.fixture
def junk_callbacks() -> Callable[[], int]:
    """How many callbacks were counted, since the test began, that belong to no sign-in."""

    def counted() -> int:
        samples = (
            sample for metric in metrics.junk_callbacks.collect() for sample in metric.samples
        )
        return sum(int(each.value) for each in samples if each.name.endswith("_total"))

    before = counted()
    return lambda: counted() - before


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
