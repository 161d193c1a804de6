"""What `make` installs, and what it prints meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

import pytest

from portal.devtools.folders import ROOT

SCRIPT = ROOT / "requirements" / "install.py"
HASH = "--hash=sha256:" + 64 * "0"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment that has pip and our packages from the one of the tests."""
    folder = tmp_path / "venv"
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    here = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "ours.pth").write_text("\n".join(here))
    return folder


def install(environment: Path, pin: str) -> subprocess.CompletedProcess[str]:
    requirements = environment.parent / "pins.txt"
    requirements.write_text(f"{pin} {HASH}\n")
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(environment), str(requirements)],
        env={
            "PATH": os.environ["PATH"],
            "PIP_NO_INDEX": "1",
            # pip warns of it.
            "PIP_FIND_LINKS": str(environment / "nowhere"),
        },
        capture_output=True,
        text=True,
    )


def test_progress_is_shown_and_warnings_are_logged(environment: Path) -> None:
    done = install(environment, f"segno=={version('segno')}")
    lines = done.stdout.splitlines()

    assert done.returncode == 0, done.stderr
    assert lines[0].startswith("Installing 1 packages of ")
    assert lines[-1].startswith("Installed in ")
    assert "nowhere" not in done.stdout + done.stderr
    assert "nowhere" in (environment / "install.log").read_text()


def test_a_failure_says_why_and_where_to_look(environment: Path) -> None:
    done = install(environment, "there-is-no-such-package==1.0")

    assert done.returncode == 1
    assert "No matching distribution found for there-is-no-such-package==1.0" in done.stderr
    assert f"{environment}/install.log has everything" in done.stderr
    assert "Installed" not in done.stdout


def test_what_runs_is_part_of_what_is_developed_with() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
        # Without what follows: some packages are for one system only.
        return {line.split()[0] for line in lines if "==" in line}

    assert pins("runtime.txt") < pins("run.txt") < pins("dev.txt")
