"""What the web server does before its workers are there."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from portal import gunicorn
from portal.running.places import ROOT

READY = """
import gc, json, sys
import django
django.setup()
from portal import gunicorn
before = "connections.signin.views" in sys.modules, "portal.views.history" in sys.modules
gunicorn.when_ready(None)
after = "connections.signin.views" in sys.modules, "portal.views.history" in sys.modules
print(json.dumps([before, after, gc.get_freeze_count() > 10_000]))
"""


def test_workers_share_the_views_and_whatever_else_was_loaded_before_them() -> None:
    said = subprocess.run(
        [sys.executable, "-c", READY],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(said.stdout) == [[False, False], [True, True], True]


def test_nothing_is_written_into_the_home_of_whoever_starts_the_server() -> None:
    assert gunicorn.control_socket_disable is True
