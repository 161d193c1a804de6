"""Menkou as docs/production.md installs it: a wheel in a virtual environment, and nodes of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests

from portal.devtools.ports import find_free_port
from portal.devtools.processes import wait_until
from tests.cast import PASSWORD
from tests.test_docs import known_files
from tests.wechat import ROOT, WeChat

PORTAL = "portal.example.com"
ACME = "acme.login.example.com"
OPERATOR = "admin@example.com"

# Hands an open socket over as systemd does, under the number that it has there.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


def sources(folder: Path) -> Path:
    """Copy what a clone holds, without what working in it leaves behind."""
    for name in known_files():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def built(clone: Path) -> Path:
    """Build the wheel of a clone, with the tools that are installed here."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", "."]
    run(command, folder=clone)
    (wheel,) = (clone / "dist").glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the wheel in it, and the command that it brings."""

    folder: Path

    @property
    def menkou(self) -> str:
        return str(self.folder / "bin" / "menkou")

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @classmethod
    def of(cls, wheel: Path, folder: Path) -> Installation:
        """Install the wheel, beside the dependencies that these tests run with."""
        venv.create(folder, symlinks=True)
        made = cls(folder)
        here = [path for path in sys.path if path.endswith("site-packages")]
        (made.packages / "dependencies.pth").write_text("\n".join(here))
        pip = [made.python, "-m", "pip", "install", "--quiet"]
        run([*pip, "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)])
        return made

    def copied(self, folder: Path) -> Installation:
        """Install the same once more, without building it."""
        shutil.copytree(self.folder, folder, symlinks=True)
        for script in (folder / "bin").iterdir():
            if not script.is_symlink():
                text = script.read_text().replace(str(self.folder), str(folder))
                script.write_text(text)
        return Installation(folder)

    @property
    def packages(self) -> Path:
        """Where its own packages are."""
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def collect(self) -> Installation:
        """Collect its static files, as every release is made ready."""
        run([self.menkou, "collectstatic", "--no-input"], SECRET_KEY="none yet")
        return self


def run(command: list[str], *, folder: Path | None = None, **environment: str) -> str:
    """Run a command to its good end; return what it said."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def production(folder: Path, url: str, wechat: WeChat) -> dict[str, str]:
    """The settings of docs/production/environment, with a simulator in WeChat's place."""
    (folder / "secret-key").write_text(
        "a key for tests only, which is as long as it has to be, 4711"
    )
    (folder / "database-url").write_text(url + "\n")
    return {
        "PATH": "/usr/bin:/bin",
        "MENKOU_ENV": "production",
        "MENKOU_PORTAL_HOST": PORTAL,
        "MENKOU_PROJECT_DOMAIN": "login.example.com",
        "MENKOU_PROXY_SSL_HEADER": "X-Forwarded-Proto",
        "MENKOU_PROXY_COUNT": "1",
        "SECRET_KEY_FILE": str(folder / "secret-key"),
        "DATABASE_URL_FILE": str(folder / "database-url"),
        "MENKOU_KEYSET_FILE": str(folder / "keyset.json"),
        "MENKOU_WORKERS": "2",
        "MENKOU_THREADS": "16",
        # All people of these tests have one address.
        "MENKOU_LIMIT_STARTS": "1000000",
        "MENKOU_LIMIT_CALLBACKS": "1000000",
        "WECHAT_OPEN_BASE_URL": wechat.origin,
        "WECHAT_API_BASE_URL": wechat.origin,
        "MENKOU_ALLOW_TEST_ENDPOINTS": "1",
    }


def first_start(installation: Installation, folder: Path, environment: dict[str, str]) -> None:
    """What docs/production.md has typed once: the keys, the tables, the first operator."""
    run(
        [installation.menkou, "init", "--email", OPERATOR],
        folder=folder,
        **environment,
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )


@dataclass
class Node:
    """One machine: an address that systemd would hold, and the server behind it."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=find_free_port)
    held: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, installation: Installation) -> None:
        """Start the unit's ExecStart with the unit's socket, and wait until it answers."""
        if self.held is None:
            self.held = self._bound()
        self.held.listen(1024)
        number = self.held.fileno()
        with self.told.open("ab") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-c", HAND_OVER, str(number), installation.menkou, "serve"],
                cwd=self.folder,
                env=self.environment,
                pass_fds=[number],
                start_new_session=True,
                stderr=told,
            )
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            assert self.process is not None
            assert self.process.poll() is None, self.told.read_text()
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"http://{self.address}/readyz", timeout=2).ok:
                    self.started = time.monotonic()
                    return
        raise AssertionError(f"the node did not come up: {self.told.read_text()}")

    @property
    def told(self) -> Path:
        """Where the server's words go."""
        return self.folder / f"node-{self.port}.log"

    def stop(self) -> None:
        """What `systemctl stop menkou.service` does; the address stays held."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def vanish(self) -> None:
        """As when the power goes: every process is killed, and nobody listens at the address."""
        assert self.held is not None
        assert self.process is not None
        self.held.close()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)
        self.process = None
        # Nobody else's call may leave by this port meanwhile.
        self.held = self._bound()

    def _bound(self) -> socket.socket:
        """Take the address, which a worker that is about to die may still have."""
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

        def is_ours() -> bool:
            with contextlib.suppress(OSError):
                held.bind(("127.0.0.1", self.port))
                return True
            return False

        assert wait_until(is_ours, seconds=5)
        return held

    def get(self, host: str, path: str, **headers: str) -> requests.Response:
        """Ask this very node, as the proxy would."""
        return requests.get(
            f"http://{self.address}{path}",
            headers={"host": host, "x-forwarded-proto": "https", **headers},
            allow_redirects=False,
            timeout=10,
        )


@contextlib.contextmanager
def put_away(*nodes: Node) -> Iterator[None]:
    """Stop the nodes at the end, whatever happened."""
    try:
        yield
    finally:
        for node in nodes:
            node.stop()
            if node.held is not None:
                node.held.close()
