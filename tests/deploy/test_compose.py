"""compose.yaml keeps to the rules for containers that are safe to run, and names what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.devtools.child_environments import is_ours
from portal.devtools.folders import ROOT
from portal.server import gunicorn
from portal.version import VERSION
from tests.deploy.test_containerfile import SECRET, last

FOLDER = ROOT / "deploy" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"secrets", "init"}
USES_MENKOU = {"secrets", "init", "portal-1", "portal-2", "worker"}
VARIABLE = re.compile(r"\$\{([A-Z_]+)(:-([^}]*))?\}")
EXPLAINED = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

each_service = pytest.mark.parametrize("name", SERVICES)


def names_of(file: str) -> list[str]:
    """The variables that a sample of .env sets or suggests."""
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    return [line.lstrip("#").partition("=")[0] for line in lines if re.match(r"#?[A-Z_]+=", line)]


@each_service
def test_it_can_change_nothing_but_its_volumes(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "pid", "ipc", "devices", "userns_mode"} & set(service)
    # Without it, the file capability of Caddy's program keeps it from starting.
    added = ["NET_BIND_SERVICE"] if "CADDY" in service["image"] else []
    assert service.get("cap_add", []) == added
    assert "/tmp" in service["tmpfs"]


@each_service
def test_it_has_a_health_check_and_is_started_again_or_runs_once(name: str) -> None:
    service = SERVICES[name]
    if name in ONCE:
        assert (service["restart"], service["healthcheck"]) == ("no", {"disable": True})
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"  # without a shell


@each_service
def test_no_secret_is_in_its_environment(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    for key, value in environment.items():
        if SECRET.search(key) and not key.endswith("_FILE"):
            assert (key, value) == ("DATABASE_URL", "postgres://menkou@database:5432/menkou")


@each_service
def test_its_image_is_named_or_can_be_chosen(name: str) -> None:
    found = VARIABLE.fullmatch(SERVICES[name]["image"])
    assert found is not None
    default = found[3]
    assert re.search(r":\d[\w.]*$", default)
    if found[1] == "MENKOU_IMAGE":
        assert default == f"localhost/menkou:{VERSION}"


def test_only_caddy_and_the_demo_publish_ports_and_the_default_is_this_machine() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert set(published) == {"caddy", "simulator"}
    assert all(port.startswith("${MENKOU_ADDRESS:-127.0.0.1}:") for port in published["caddy"])
    assert all(port.startswith("127.0.0.1:") for port in published["simulator"])
    assert {name for name, each in SERVICES.items() if "profiles" in each} == {
        "simulator",
        "simulator-proxy",
    }


def test_the_database_cannot_be_reached_from_outside_and_cannot_leave() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["database"]["networks"] == ["inside"]
    assert "inside" not in SERVICES["caddy"]["networks"]


def test_only_what_runs_once_writes_secrets_and_postgresql_sees_its_password_alone() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source, _path, *options = volume.split(":")
            if source in ("keys", "database-password"):
                assert (options == ["ro"]) == (name not in ONCE)
    sources = {volume.split(":")[0] for volume in SERVICES["database"]["volumes"]}
    assert "keys" not in sources
    # The group of the image may read the password.
    assert SERVICES["database"]["user"].split(":")[1] == last("USER").split(":")[1]


def test_servers_start_after_init_and_have_time_to_finish_requests() -> None:
    for name in ("portal-1", "portal-2", "worker"):
        service = SERVICES[name]
        assert service["depends_on"] == {"init": {"condition": "service_completed_successfully"}}
        assert int(service["stop_grace_period"].removesuffix("s")) > gunicorn.graceful_timeout
    assert SERVICES["init"]["command"][0] == "init"
    assert SERVICES["portal-1"] == SERVICES["portal-2"]


def test_every_setting_exists() -> None:
    names = {name for each in USES_MENKOU for name in SERVICES[each]["environment"]}
    unknown = [name for name in names if not is_ours(name)]
    assert unknown == []
    assert [n for n in names if f"`{n}`" not in EXPLAINED and not n.endswith("_FILE")] == []


@pytest.mark.parametrize("sample", ["example.env", "demo.env"])
def test_the_samples_set_what_there_is(sample: str) -> None:
    used = set(VARIABLE.findall((FOLDER / "compose.yaml").read_text(encoding="utf-8")))
    variables = {name for name, _default, _value in used}
    names = names_of(sample)
    assert names
    assert [
        name
        for name in names
        if name not in variables and f"`{name}`" not in EXPLAINED and name != "COMPOSE_PROFILES"
    ] == []


def test_the_page_explains_every_variable() -> None:
    page = (ROOT / "docs" / "compose.md").read_text(encoding="utf-8")
    used = {name for name, *_rest in VARIABLE.findall((FOLDER / "compose.yaml").read_text())}
    assert used
    assert [name for name in sorted(used) if f"`{name}`" not in page + EXPLAINED] == []


def test_every_file_that_is_mounted_is_there() -> None:
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    }
    assert mounted
    assert [name for name in mounted if not (FOLDER / name).is_file()] == []


def checked(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("caddy") is None, reason="not installed: caddy")
@pytest.mark.parametrize("issuer", ["internal", "acme", "acme https://ca.example.com/directory"])
def test_the_caddyfile_is_valid_and_formatted(tmp_path: Path, issuer: str) -> None:
    environment = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "MENKOU_TLS_ISSUER": issuer,
        "MENKOU_HTTPS_PORT": "443",
    }
    text = (FOLDER / "Caddyfile").read_text(encoding="utf-8")
    # Debian's Caddy is older than the one of compose.yaml.
    version = checked("caddy", "version", **environment).lstrip("v")
    if re.match(r"2\.[0-6]\b", version):
        older = "buffer_requests\n\t\tmax_buffer_size 512KB"
        text = text.replace("request_buffers 512KB", older)
    (tmp_path / "Caddyfile").write_text(text)

    checked(
        "caddy", "validate", "--adapter=caddyfile", f"--config={tmp_path}/Caddyfile", **environment
    )
    assert checked("caddy", "fmt", FOLDER / "Caddyfile", **environment) == (
        FOLDER / "Caddyfile"
    ).read_text(encoding="utf-8")


def test_the_caddyfile_agrees_with_the_sample_for_a_proxy_of_ones_own() -> None:
    ours, sample = (
        path.read_text(encoding="utf-8")
        for path in (FOLDER / "Caddyfile", ROOT / "docs" / "production" / "Caddyfile")
    )
    for name in ("response_header_timeout", "dial_timeout", "keepalive", "max_size", "read_body"):
        values = [set(re.findall(rf"\b{name} (\S+)", text)) for text in (ours, sample)]
        assert values[0] == values[1] != set()
    assert re.findall(r"request>uri .*", ours) == re.findall(r"request>uri .*", sample)
