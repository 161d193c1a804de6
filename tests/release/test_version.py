"""The version is written once, and everything else follows it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.metadata import PathDistribution
from pathlib import Path
from zipfile import Path as ZipPath

import pytest

from portal.devtools.folders import ROOT
from portal.version import VERSION
from tests.upgrade import stage

CHANGELOG = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")


def test_the_wheel_has_it(wheel: Path) -> None:
    metadata = PathDistribution(ZipPath(wheel) / f"menkou-{VERSION}.dist-info/").metadata

    assert metadata["Version"] == VERSION


@pytest.mark.parametrize("word", ["--version", "version"])
def test_the_command_prints_it_without_any_settings(word: str, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), word]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"Menkou {VERSION}\n", "")


def test_the_changelog_begins_with_it() -> None:
    newest = next(line for line in CHANGELOG.splitlines() if line.startswith("## "))

    assert newest.split()[1] == VERSION


def test_the_commands_of_the_installation_have_it() -> None:
    assert f"menkou-{VERSION}-py3-none-any.whl" in (ROOT / "docs" / "production.md").read_text()


@pytest.mark.skipif(
    "RELEASE_MADE" not in os.environ or "(not yet released)" in CHANGELOG,
    reason="only the release itself needs a snapshot of its last migration",
)
def test_later_releases_can_be_tested_with_data_of_this_one() -> None:
    snapshot = stage.SNAPSHOTS / VERSION / stage.MIGRATIONS

    assert snapshot.exists()
    assert snapshot.read_text() == stage.migrations(), (
        'run make test ARGS="tests/upgrade/make_snapshot.py" and commit what it writes'
    )


def test_the_simulator_has_the_same() -> None:
    settings = tomllib.loads((ROOT / "simulator" / "pyproject.toml").read_text())

    assert settings["project"]["version"] == VERSION
