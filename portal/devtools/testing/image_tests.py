"""Whether ``make test`` builds the container image and tests it."""

from __future__ import annotations

import os
import shutil
import subprocess

from portal.devtools.child_environments import plain_environment

# Made once by the tests, and kept for the next run.
BASE = "localhost/menkou-test-base"
TOOLS = ("buildah", "podman")


def why_left_out() -> str:
    """Return why the tests of the image are left out, or "" if they run."""
    if missing := missing_tools():
        return f"not installed: {', '.join(missing)}"
    if os.environ.get("WITH_IMAGE") != "1" and not base_exists():
        return "their base image was not made yet; WITH_IMAGE=1 makes it"
    return ""


def missing_tools() -> list[str]:
    """Return the programs that the tests need and that are not installed."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def base_exists() -> bool:
    """Whether the base image of the tests is on this machine."""
    done = subprocess.run(
        ["podman", "image", "exists", BASE],
        env=plain_environment(),
        capture_output=True,
        check=False,
    )
    return done.returncode == 0
