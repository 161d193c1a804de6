"""A worker loads the providers that it needs, and no others."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import django, sys
django.setup()
import portal.urls.portal_host, portal.urls.project_host
from connections.providers import catalogue

def loaded():
    names = (name.removeprefix("connections.providers.") for name in sys.modules)
    return sorted(set(names) & set(catalogue.PROVIDERS))

print(*loaded())
catalogue.get("github")
print(*loaded())
"""


def test_providers_are_loaded_when_they_are_first_asked_for() -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    assert said == ["", "github"]
