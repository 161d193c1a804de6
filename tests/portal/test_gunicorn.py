"""What the web server does before its workers are there."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import pytest

from connections.models import Connection
from connections.secrets import check_keys
from portal.devtools.folders import ROOT
from portal.server import gunicorn
from projects.models import Project
from tests.cast import make_connection
from tests.portal.test_preflight import safe_environment

READY = """
import gc, json, sys
import django
django.setup()
from connections.providers import catalogue
from core.http import client as http_client
from portal.server import gunicorn

def views():
    return "signin.views" in sys.modules, "portal.history.views" in sys.modules

def providers():
    names = {name.removeprefix("connections.providers.") for name in sys.modules}
    return sorted(names & set(catalogue.PROVIDERS))

def authorities():
    return http_client.load_authorities.cache_info().currsize

before = views(), authorities()
gunicorn.when_ready(None)
after = views(), authorities()
said = [before, after, gc.get_freeze_count() > 10_000, providers()]
catalogue.get("github")
print(json.dumps([*said, providers()]))
"""

# All that happens before there are workers, in the order in which it happens.
START = """
import json, sys
from portal.server import gunicorn
import portal.wsgi
gunicorn.preflight.refuse_unsafe_start()
gunicorn.preloading.load_providers()
gunicorn.when_ready(None)
print(json.dumps(list(sys.modules)))
"""
# Each is worth a megabyte or more, in every process that loads it.
HEAVY = {
    "babel",
    "connections.providers.derived",
    "cryptography.hazmat.primitives.ciphers.aead",
    "django.contrib.admin",
    "django.test",
    "jwt",
    "lxml",
    "multiprocessing",
    "onelogin",
    "pygments",
    "requests",
    "rich",
    "segno",
    "simulator",
    "unittest",
    "xml.etree.ElementTree",
    "xmlsec",
}

# glibc tells its heaps; four threads at once would have got one each.
HEAPS = """
import ctypes, sys, threading
from portal.server import gunicorn
meeting = threading.Barrier(5)
threads = [threading.Thread(target=lambda: (bytearray(10_000), meeting.wait())) for _ in range(4)]
[thread.start() for thread in threads]
meeting.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def loaded_before_workers() -> set[str]:
    """The modules of a server in production when it is about to have workers."""
    said = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env=safe_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(said.stdout))


def test_workers_share_views_and_authorities_and_load_a_provider_when_it_is_first_asked_for() -> (
    None
):
    said = subprocess.run(
        [sys.executable, "-c", READY],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    before, after = [[False, False], 0], [[True, True], 1]
    assert json.loads(said.stdout) == [before, after, True, [], ["github"]]


@pytest.mark.django_db(transaction=True)
class TestMemory:
    """See docs/performance.md."""

    @pytest.fixture(autouse=True)
    def keys(self, db: None) -> None:
        """The keys are known to the database before anything is sealed with them."""
        check_keys()

    def test_nobody_keeps_what_no_sign_in_with_wechat_needs(self, project: Project) -> None:
        make_connection(project)

        loaded = loaded_before_workers()

        assert sorted(HEAVY & loaded) == []
        # They were compared with those of the database.
        assert "django.db.migrations.loader" in loaded
        assert [each for each in loaded if ".migrations.0" in each] == []

    def test_workers_share_what_sign_ins_with_the_connections_that_there_are_need(
        self, project: Project
    ) -> None:
        make_connection(project)
        Connection.objects.create(project=project, provider="okta", alias="okta")
        # Made by a package that was taken away since.
        Connection.objects.create(project=project, provider="allauth_gone", alias="gone")

        loaded = loaded_before_workers()

        assert {
            "connections.protocols.wechat.protocol",
            "connections.protocols.oidc",
            "jwt",
        } <= loaded
        assert "connections.providers.okta" in loaded
        assert "connections.providers.github" not in loaded


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has several heaps")
def test_threads_share_one_heap(db: None) -> None:
    said = subprocess.run(
        [sys.executable, "-c", HEAPS],
        cwd=ROOT,
        env=safe_environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.count("<heap nr=") == 1


def test_nothing_is_written_into_the_home_of_whoever_starts_the_server() -> None:
    assert gunicorn.control_socket_disable is True
