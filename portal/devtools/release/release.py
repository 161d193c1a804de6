"""``make release``: builds a release from the last commit into dist/, and checks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.devtools.child_environments import (
    clean_environment,
    installer_environment,
    plain_environment,
)
from portal.devtools.child_processes import ChildProcesses
from portal.devtools.command_errors import CommandFailed
from portal.devtools.folders import ROOT
from portal.devtools.postgres.server import FAST_UNSAFE_OPTIONS, Server
from portal.devtools.release.archives import files_below, write_archive, write_checksums
from portal.devtools.release.image import build_image, find_builder, save_image
from portal.devtools.supervision import supervised
from portal.version import VERSION

DIST = ROOT / "dist"
NAME = f"menkou-{VERSION}"
# Folders of samples and manifests, each in an archive of its own.
FOLDERS = {
    "production": "docs/production",
    "kubernetes": "deploy/kubernetes",
    "compose": "deploy/compose",
}
CHECKS = ("tests/server/test_wheel.py", "tests/release")
IMAGE_CHECKS = ("tests/deploy/test_image.py",)


@dataclass(frozen=True)
class Commit:
    """The commit that is released."""

    id: str
    time: int


def run_release(var: Path) -> int:
    """Build everything and check it; dist/ holds a release only if the checks succeed."""
    return supervised(var, "release", lambda children: _release(var, children))


def _release(var: Path, children: ChildProcesses) -> None:
    commit = last_commit()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="menkou-release-") as name:
        work = Path(name)
        made = work / "made"
        made.mkdir()
        sources = export(commit, work / "sources")
        build_packages(children, commit, sources, made)
        for part, folder in FOLDERS.items():
            files = files_below(sources / folder, called=f"{NAME}-{part}")
            write_archive(made / f"{NAME}-{part}.tar.gz", files, time=commit.time)
        installation = install(children, made, work / "installation")
        write_sbom(commit, installation, made / f"{NAME}.cdx.json")
        image = build_image_archive(sources, made)
        check(var, children, made, installation, image)
        write_checksums(made)
        shutil.rmtree(DIST, ignore_errors=True)
        shutil.copytree(made, DIST)
    print(f"\n{VERSION} of commit {commit.id[:12]}, in {time.monotonic() - began:.0f} s:")
    for path in sorted(DIST.iterdir()):
        print(f"  {path.stat().st_size:>11,}  dist/{path.name}")


def last_commit() -> Commit:
    """Return the last commit; raises CommandFailed if files differ from it."""
    if changed := git("status", "--porcelain").strip():
        raise CommandFailed(f"A release is made of a commit. These files differ:\n{changed}")
    identity, committed = git("log", "-1", "--format=%H %ct").split()
    return Commit(identity, int(committed))


def git(*words: str) -> str:
    """Return what git prints; raises CommandFailed with its message."""
    done = subprocess.run(
        ["git", *words],
        cwd=ROOT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandFailed(f"git {words[0]} failed: {done.stderr.strip()}")
    return done.stdout


def export(commit: Commit, folder: Path) -> Path:
    """Write the files of a commit into a folder, without anything that git does not know."""
    archive = folder.with_suffix(".tar")
    git("archive", "--format=tar", f"--output={archive}", commit.id)
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder


def build_packages(children: ChildProcesses, commit: Commit, sources: Path, made: Path) -> None:
    """Build the source archive and, from it, the wheel; copy the pinned requirements."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(made), str(sources)]
    _run(children, "build", command, {"SOURCE_DATE_EPOCH": str(commit.time)})
    archive = made / f"{NAME}.tar.gz"
    unpacked = made.parent / "unpacked"
    with tarfile.open(archive) as opened:
        opened.extractall(unpacked, filter="data")
    # setuptools' own has the time of the build.
    write_archive(archive, files_below(unpacked / NAME, called=NAME), time=commit.time)
    shutil.copy(sources / "requirements" / "runtime.txt", made / f"{NAME}-requirements.txt")


def install(children: ChildProcesses, made: Path, folder: Path) -> Path:
    """Install the wheel as docs/production.md does, into an empty environment."""
    (wheel,) = made.glob("*.whl")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    pip.append("--disable-pip-version-check")
    pinned = ["--require-hashes", "--requirement", str(made / f"{NAME}-requirements.txt")]
    _run(children, "environment", [sys.executable, "-m", "venv", str(folder)])
    _run(children, "requirements", [*pip, *pinned], installer_environment())
    _run(children, "wheel", [*pip, "--no-deps", "--no-index", str(wheel)])
    collect = [str(folder / "bin" / "menkou"), "collectstatic", "--no-input", "--verbosity", "0"]
    _run(children, "static files", collect, {"SECRET_KEY": "none yet"})
    return folder


def write_sbom(commit: Commit, installation: Path, path: Path) -> None:
    """Write the SBOM of an installation."""
    command = [str(installation / "bin" / "python"), "-m", "portal.devtools.release.sbom"]
    environment = {**plain_environment(), "SOURCE_DATE_EPOCH": str(commit.time)}
    done = subprocess.run(
        command, env=environment, cwd=installation, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandFailed(done.stderr.strip())
    path.write_text(done.stdout, encoding="utf-8")


def build_image_archive(sources: Path, made: Path) -> str:
    """Build the container image and save it; return its name, or "" where nothing can build it."""
    builder = find_builder()
    if builder is None or os.environ.get("WITHOUT_IMAGE") == "1":
        print("── no image: WITHOUT_IMAGE is set, or no builder is installed", flush=True)
        return ""
    print("── image", flush=True)
    image = build_image(builder=builder, base=os.environ.get("BASE"), sources=sources)
    save_image(builder, image, made / f"{NAME}-image.tar.gz")
    return image


def check(var: Path, children: ChildProcesses, made: Path, installation: Path, image: str) -> None:
    """Run the tests of the wheel, the image and the release against what was built."""
    checks = [*CHECKS, *(IMAGE_CHECKS if image else ())]
    tests = [sys.executable, "-m", "pytest", "-q", *checks]
    with Server(var / "release-postgres", options=FAST_UNSAFE_OPTIONS, fresh=True) as url:
        given = {
            "RELEASE_MADE": str(made),
            "RELEASE_INSTALLATION": str(installation),
            "RELEASE_IMAGE": image,
        }
        _run(children, "checks", tests, {**clean_environment(url), **given})


def _run(
    children: ChildProcesses,
    name: str,
    command: list[str],
    environment: Mapping[str, str] | None = None,
) -> None:
    print(f"── {name}", flush=True)
    if children.run(name, command, environment={**plain_environment(), **(environment or {})}):
        raise CommandFailed(f"Failed: {name}.")
