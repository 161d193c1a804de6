"""``menkou`` before Django: the first files and the health check."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from portal.devtools.folders import ROOT
from portal.devtools.ports import find_free_port


def menkou(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The outcome of a command that has nothing but these settings."""
    return subprocess.run(
        [sys.executable, "-m", "manage", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "MENKOU_ENV": "production", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestFirstFiles:
    @pytest.fixture
    def named(self, tmp_path: Path) -> dict[str, str]:
        folder = tmp_path / "new" / "folder"
        return {
            "SECRET_KEY_FILE": str(folder / "secret-key"),
            "DATABASE_PASSWORD_FILE": str(folder / "password"),
            "MENKOU_KEYSET_FILE": str(folder / "keyset.json"),
        }

    @pytest.mark.parametrize("words", ["init --help", "secrets files -h"])
    def test_help_makes_none_and_needs_none(self, named: dict[str, str], words: str) -> None:
        done = menkou(*words.split(), **named)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("usage: ")
        assert not [path for path in named.values() if Path(path).exists()]

    def test_they_are_made_once_without_a_database_and_nothing_secret_is_printed(
        self, named: dict[str, str]
    ) -> None:
        done = menkou("secrets", "files", **named)

        files = {name: Path(path) for name, path in named.items()}
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == [f"Created {path}." for path in named.values()]
        assert {name: mode(path) for name, path in files.items()} == {
            "SECRET_KEY_FILE": 0o600,
            "DATABASE_PASSWORD_FILE": 0o640,
            "MENKOU_KEYSET_FILE": 0o600,
        }
        before = {path: path.read_text() for path in files.values()}
        assert len(set(before.values())) == 3
        assert all(len(text) > 50 for text in before.values())
        assert set(files["SECRET_KEY_FILE"].parent.iterdir()) == set(files.values())

        again = menkou("secrets", "files", **named)

        assert again.stdout.splitlines() == [
            f"{path} exists. It was not changed." for path in named.values()
        ]
        assert {path: path.read_text() for path in files.values()} == before

    @pytest.mark.parametrize("name", ["SECRET_KEY_FILE", "MENKOU_KEYSET_FILE"])
    def test_a_folder_that_cannot_be_written_is_named(
        self, named: dict[str, str], tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "file").write_text("")
        done = menkou("secrets", "files", **{**named, name: str(tmp_path / "file" / "x")})

        assert done.returncode == 1
        assert f"{tmp_path}/file/x" in done.stderr
        assert "Traceback" not in done.stderr


class Healthy(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path in ("/healthz", "/else/where") else 404)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


class Ill(Healthy):
    status = 500


class TestHealthcheck:
    @pytest.mark.parametrize(
        ("handler", "path", "code"), [(Healthy, "", 0), (Healthy, "/else/where", 0), (Ill, "", 1)]
    )
    def test_it_asks_the_server(self, handler: type[Healthy], path: str, code: int) -> None:
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
            done = menkou("healthcheck", "server", f"127.0.0.1:{server.server_port}{path}")
            server.shutdown()

        assert done.returncode == code
        assert ("answers 500" in done.stderr) == bool(code)

    def test_a_server_that_is_not_there_is_ill(self) -> None:
        done = menkou("healthcheck", "server", f"127.0.0.1:{find_free_port()}")
        assert done.returncode == 1
        assert "does not answer" in done.stderr

    def test_the_workers_file_must_be_fresh(self, tmp_path: Path) -> None:
        file = tmp_path / "alive"
        answers = []
        for age in (None, 5, 60):
            if age is not None:
                file.touch()
                os.utime(file, times=(time.time() - age,) * 2)
            done = menkou("healthcheck", "worker", MENKOU_HEARTBEAT_FILE=str(file))
            answers.append((done.returncode, re.sub(r"\d+", "N", done.stderr)[-40:]))

        assert [code for code, _words in answers] == [1, 0, 1]
        assert answers[2][1].endswith("last sign of life N seconds ago.\n")

    @pytest.mark.parametrize(
        "words", [["nobody"], ["server", "a", "b"], ["server", "no port"], ["server", "a:65536"]]
    )
    def test_other_words_show_the_usage(self, words: list[str]) -> None:
        done = menkou("healthcheck", *words)
        assert (done.returncode, done.stderr.partition(":")[0]) == (2, "Usage")

    def test_it_loads_no_django(self) -> None:
        code = (
            "import sys; from portal import command; command.main(['menkou', 'healthcheck', 'x'])"
        )
        traced = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "portal.installation.healthcheck" in traced.stderr
        assert "django" not in traced.stderr
