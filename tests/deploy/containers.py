"""The image, built and run where this machine can do it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import requests

from portal.devtools.child_environments import installer_environment
from portal.devtools.ports import find_free_port
from portal.devtools.release.image import build_image
from portal.devtools.testing import image_tests

# Python, and what the venv module needs; without documentation, as the images of Debian.
MAKE_BASE = (
    *("mmdebstrap", "--quiet", "--variant=minbase", "--include=python3-venv"),
    *("--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*"),
    "--dpkgopt=path-exclude=/usr/share/locale/*",
)
# Some machines allow a container no more than this, or not the usual runtime.
MODEST = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000")
WAYS: tuple[tuple[str, ...], ...] = (
    ("podman", "run"),
    ("podman", "run", *MODEST),
    ("podman", "--runtime=runc", "run", *MODEST),
)


def podman(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["podman", *words], capture_output=True, text=True, check=False)


def image_for_tests() -> str:
    """Build the image, or return that of `make release`; skips the test where neither can be."""
    if given := os.environ.get("RELEASE_IMAGE"):
        return given
    if missing := image_tests.missing_tools():
        pytest.skip(f"not installed: {', '.join(missing)}")
    return build_image(builder="buildah", base=base_for_tests(), tag="test")


def base_for_tests() -> str:
    """Return a base image of Debian's packages, which is kept for the next run."""
    if not image_tests.base_exists():
        if shutil.which("mmdebstrap") is None:
            pytest.skip("not installed: mmdebstrap")
        make_base()
    return image_tests.BASE


def make_base() -> None:
    system = dict(
        line.partition("=")[::2] for line in Path("/etc/os-release").read_text().splitlines()
    )
    with subprocess.Popen(
        [*MAKE_BASE, system["VERSION_CODENAME"], "-"],
        env=installer_environment(),
        stdout=subprocess.PIPE,
    ) as making:
        subprocess.run(
            ["podman", "import", "--quiet", "-", image_tests.BASE], stdin=making.stdout, check=True
        )
    assert making.returncode == 0


@cache
def way_to_run(image: str) -> tuple[str, ...]:
    """Return the command by which this machine runs containers; skips the test without one."""
    said = ""
    for way in WAYS:
        command = [*way, "--rm", "--network=none", image, "--version"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return way
        said = done.stderr.strip()
    pytest.skip(f"podman runs no container here: {said.splitlines()[-1]}")


@dataclass
class Containers:
    """Runs containers of the image as compose.yaml does: read-only, without capabilities."""

    image: str
    data: Path
    environment: dict[str, str]

    def command(self, *words: str, name: str = "", options: Sequence[str] = ()) -> list[str]:
        settings = [f"--env={key}={value}" for key, value in self.environment.items()]
        safe = ["--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        return [
            *way_to_run(self.image),
            *("--rm", "--network=host", f"--volume={self.data}:/var/lib/menkou"),
            *([f"--name={name}"] if name else []),
            *safe,
            *settings,
            *options,
            self.image,
            *words,
        ]

    def run(self, *words: str, **options: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words, **options), capture_output=True, text=True, check=False
        )

    @contextlib.contextmanager
    def serving(self) -> Iterator[RunningContainer]:
        """A server in a container, until the end of the block."""
        port = find_free_port()
        running = RunningContainer(f"menkou-test-{os.getpid()}-{port}", f"127.0.0.1:{port}")
        command = self.command("serve", "--bind", running.address, name=running.name)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            try:
                running.wait(process)
                yield running
            finally:
                podman("rm", "--force", "--time=20", running.name)


@dataclass(frozen=True)
class RunningContainer:
    """A container with a server at an address of this machine."""

    name: str
    address: str

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the server is ready."""
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            if process.poll() is not None and process.stdout is not None:
                raise AssertionError(process.stdout.read().decode())
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"http://{self.address}/readyz", timeout=5).ok:
                    return
            time.sleep(0.1)
        raise AssertionError("the server did not become ready")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the container."""
        return podman("exec", self.name, *words)

    def stop(self) -> float:
        """Stop it as `docker stop` does; return the seconds that it took."""
        began = time.monotonic()
        assert podman("stop", "--time=20", self.name).returncode == 0
        return time.monotonic() - began
