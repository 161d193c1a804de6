"""The samples of docs/production/ are valid, agree with the program, and are explained."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portal.devtools.child_environments import is_ours
from portal.devtools.folders import ROOT
from tests.server.proxy import AROUND, certificate

SAMPLES = ROOT / "docs" / "production"
PAGE = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
UNITS = ["menkou.socket", "menkou.service", "menkou-worker.service"]
MENKOU = "/srv/menkou/current/bin/menkou"


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"not installed: {tool}")


def checked(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def with_certificate(sample: str, folder: Path) -> str:
    certificate(folder)
    text = (SAMPLES / sample).read_text(encoding="utf-8")
    return text.replace("/etc/menkou/tls", str(folder)).replace("/var/log/nginx", str(folder))


def test_the_page_names_every_sample() -> None:
    samples = {path.name for path in SAMPLES.iterdir()}
    assert {name for name in samples if f"production/{name})" in PAGE} == samples


def test_the_environment_file_sets_what_there_is() -> None:
    lines = (SAMPLES / "environment").read_text(encoding="utf-8").splitlines()
    names = [line.lstrip("#").partition("=")[0] for line in lines if re.match(r"#?[A-Z_]+=", line)]
    explained = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert len(names) == len(set(names)) > 8
    assert [name for name in names if not is_ours(name)] == []
    assert [name for name in names if f"`{name}`" not in explained] == [
        name for name in names if name.endswith("_FILE") and name != "MENKOU_KEYSET_FILE"
    ]


def test_the_command_has_the_settings_and_the_user_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "environment").write_text("MENKOU_ENV=production\n")
    (tmp_path / "runuser").write_text('#!/bin/sh\necho "$MENKOU_ENV" "$@"\n')
    (tmp_path / "runuser").chmod(0o755)
    command = (SAMPLES / "menkou").read_text().replace("/etc/menkou/", f"{tmp_path}/")

    done = subprocess.run(
        ["/bin/sh", "-c", command, "menkou", "secrets", "status"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"production --user menkou -- {MENKOU} secrets status\n"


@needs("systemd-analyze")
def test_the_units_are_valid(tmp_path: Path) -> None:
    for name in UNITS:
        unit = (SAMPLES / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(unit.replace(MENKOU, sys.executable))

    said = checked("systemd-analyze", "verify", "--man=no", *(str(tmp_path / n) for n in UNITS))

    assert said == ""


@needs("systemd-analyze")
@pytest.mark.parametrize("unit", ["menkou.service", "menkou-worker.service"])
def test_the_services_may_do_little(unit: str) -> None:
    # In tenths: 100 is a service without any limits.
    threshold = ["--offline=yes", "--threshold=20", "--no-pager"]
    checked("systemd-analyze", "security", *threshold, str(SAMPLES / unit))


@pytest.mark.parametrize("unit", ["menkou.service", "menkou-worker.service"])
def test_the_services_leave_no_copy_of_their_memory(unit: str) -> None:
    assert "\nLimitCORE=0\n" in (SAMPLES / unit).read_text(encoding="utf-8")


def test_a_server_that_dies_is_started_again_and_its_address_stays() -> None:
    service = (SAMPLES / "menkou.service").read_text(encoding="utf-8")
    assert "\nRestart=on-failure\n" in service
    assert "\nRequires=menkou.socket\n" in service


@needs("nginx")
@needs("openssl")
def test_the_sample_for_nginx_is_valid(tmp_path: Path) -> None:
    (tmp_path / "menkou.conf").write_text(with_certificate("nginx.conf", tmp_path))
    (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path))

    said = checked("nginx", "-t", "-q", "-e", "stderr", "-c", str(tmp_path / "nginx.conf"))

    assert said == ""


@needs("caddy")
@needs("openssl")
def test_the_sample_for_caddy_is_valid_and_formatted(tmp_path: Path) -> None:
    (tmp_path / "Caddyfile").write_text(with_certificate("Caddyfile", tmp_path))

    said = checked("caddy", "validate", "--adapter=caddyfile", f"--config={tmp_path}/Caddyfile")
    formatted = subprocess.run(["caddy", "fmt", SAMPLES / "Caddyfile"], capture_output=True)

    assert "Valid configuration" in said
    assert formatted.stdout.decode() == (SAMPLES / "Caddyfile").read_text(encoding="utf-8")


def test_both_proxies_and_the_socket_agree_on_the_port() -> None:
    texts = {name: (SAMPLES / name).read_text() for name in ("nginx.conf", "Caddyfile")}
    nodes = {name: re.findall(r"10\.0\.0\.\d+:\d+", text) for name, text in texts.items()}
    (listens,) = re.findall(
        r"^ListenStream=.*:(\d+)$", (SAMPLES / "menkou.socket").read_text(), re.M
    )

    assert nodes["nginx.conf"] == nodes["Caddyfile"]
    assert {each.rpartition(":")[2] for each in nodes["Caddyfile"]} == {listens}


def test_the_proxies_wait_longer_than_any_sign_in_takes() -> None:
    # What is under way when a node stops may take ten seconds, and a start a few.
    reading = re.findall(r"proxy_read_timeout (\d+)s", (SAMPLES / "nginx.conf").read_text())
    header = re.findall(r"response_header_timeout (\d+)s", (SAMPLES / "Caddyfile").read_text())
    stopping = re.findall(r"TimeoutStopSec=(\d+)", (SAMPLES / "menkou.service").read_text())

    from portal.server import gunicorn

    assert reading == header == stopping
    assert int(reading[0]) > gunicorn.graceful_timeout + 8


def test_every_command_of_the_page_can_be_read_by_a_shell() -> None:
    blocks = re.findall(r"(?:^    .*\n)+", PAGE, re.MULTILINE)
    assert blocks
    for block in blocks:
        shlex.split(block, comments=True)
