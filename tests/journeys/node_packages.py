"""Packages of npm for the tests that need them, installed once below var/."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portal.devtools.child_environments import installer_environment
from portal.devtools.folders import VAR

SOURCE = Path(__file__).parent / "node"
FOLDER = VAR / "node"
MANIFESTS = ("package.json", "package-lock.json", ".npmrc")
OLDEST_NODE = (20, 19)
INSTALL = (
    *("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"),
    *("--fetch-retries=1", "--fetch-timeout=30000"),
)
# How npm says that it did not reach its registry, or that the registry does not have a package.
UNREACHABLE = re.compile(
    r"code (E(?:AI_AGAIN|NOTFOUND|CONNREFUSED|CONNRESET|TIMEDOUT|HOSTUNREACH|NETUNREACH)"
    r"|ENOTCACHED|ERR_SOCKET_TIMEOUT|E40[134]|E5\d\d)"
)


def find_node() -> str:
    """Return the path of Node; skip the test without Node, npm, or with an old version."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        pytest.skip("node or npm is missing")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    found = tuple(int(part) for part in version.stdout.strip().lstrip("v").split(".")[:2])
    if found < OLDEST_NODE:
        pytest.skip(f"node {version.stdout.strip()} is too old: 20.19 is needed")
    return node


def node_modules() -> Path:
    """Return the folder of the pinned packages; skip the test if npm reaches no registry."""
    find_node()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_installed():
            _install()
    return FOLDER / "node_modules"


def _is_installed() -> bool:
    """Whether the packages of the committed lock file are there."""
    stamp = FOLDER / "installed.json"
    return stamp.exists() and stamp.read_bytes() == (SOURCE / "package-lock.json").read_bytes()


def _install() -> None:
    for name in MANIFESTS:
        shutil.copyfile(SOURCE / name, FOLDER / name)
    settings = {k: v for k, v in os.environ.items() if k.lower().startswith("npm_config_")}
    done = subprocess.run(
        INSTALL,
        cwd=FOLDER,
        env=installer_environment() | settings,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        unreachable = UNREACHABLE.search(done.stderr)
        if unreachable:
            pytest.skip(f"npm cannot reach its registry: {unreachable[1]}")
        pytest.fail(f"npm ci failed:\n{done.stderr[-2000:]}")
    shutil.copyfile(SOURCE / "package-lock.json", FOLDER / "installed.json")
