"""PostgreSQL never runs as root, and nothing outside its folder is changed for that."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import psycopg
import pytest

from portal.devtools.command_errors import CommandFailed
from portal.devtools.postgres.binaries import find_installation
from portal.devtools.postgres.os_user import NOBODY, choose_os_user
from portal.devtools.postgres.server import FAST_UNSAFE_OPTIONS, Server

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded"),
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="is about Linux's root alone"
    ),
]

MAY_READ_EVERYTHING = 1 << 2


def may_pass_closed_folders() -> bool:
    status = Path("/proc/self/status").read_text()
    allowed = re.search(r"^CapPrm:\s*(\w+)$", status, re.MULTILINE)
    return allowed is not None and bool(int(allowed[1], 16) & MAY_READ_EVERYTHING)


def owners_and_modes(folder: Path) -> list[tuple[str, int, int, int]]:
    return [
        (str(parent), found.st_mode, found.st_uid, found.st_gid)
        for parent in [folder, *folder.parents]
        for found in [parent.stat()]
    ]


@pytest.mark.skipif(
    not may_pass_closed_folders(), reason="this root is not allowed to pass closed folders"
)
def test_a_server_below_a_closed_folder_runs_as_nobody_and_opens_nothing(var: Path) -> None:
    closed = var / "closed"
    closed.mkdir(mode=0o700)
    users, before = Path("/etc/passwd").read_bytes(), owners_and_modes(closed)

    server = Server(closed / "postgres", options=FAST_UNSAFE_OPTIONS)
    with server as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert server.process is not None
        assert Path(f"/proc/{server.process.pid}").stat().st_uid == NOBODY

    assert owners_and_modes(closed) == before
    assert Path("/etc/passwd").read_bytes() == users


def test_data_of_an_ordinary_user_stay_conflict(var: Path) -> None:
    data = var / "data"
    data.mkdir()
    os.chown(data, 12345, 12345)
    assert choose_os_user(data, programs=find_installation()).user == 12345
    assert data.stat().st_uid == 12345


def test_programs_out_of_reach_are_refused_in_plain_words(var: Path) -> None:
    programs = var / "nothing"
    with pytest.raises(CommandFailed, match=f"user {NOBODY} cannot reach .*{programs}.* closed"):
        choose_os_user(var, programs=programs)


def test_root_without_setpriv_is_refused_in_plain_words(var: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(var))
    assert shutil.which("setpriv") is None
    with pytest.raises(CommandFailed, match="PostgreSQL does not run as root, and setpriv"):
        choose_os_user(var, programs=find_installation())
