"""The image, built here: what it contains, and that it signs somebody in with few permissions."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator

import pytest

from portal.version import VERSION
from tests.cast import PASSWORD
from tests.databases import fresh_database
from tests.deploy.containers import (
    Containers,
    RunningContainer,
    base_for_tests,
    image_for_tests,
    podman,
)
from tests.deploy.test_containerfile import last
from tests.server.installation import OPERATOR, production
from tests.server.plain_browser import PlainBrowser
from tests.wechat import WeChat

pytestmark = pytest.mark.image
MOST = 250_000_000
# Debian 13 with Python and without documentation. The base of the tests may have more.
USUAL_BASE = 117_000_000
USER = last("USER")


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    built = image_for_tests()
    yield built
    if built.endswith(":test"):
        # The layers stay, for the next build.
        podman("untag", built)


@pytest.fixture(scope="module")
def containers(
    image: str, simulator: WeChat, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Containers]:
    """A site in containers, after `menkou init`."""
    folder = tmp_path_factory.mktemp("container")
    data = folder / "data"
    data.mkdir(mode=0o700)
    with fresh_database("image") as url:
        given = production(folder, url, simulator)
        shutil.copy(given["DATABASE_URL_FILE"], data / "database-url")
        inside = {
            name: value.replace(str(folder), "/var/lib/menkou") for name, value in given.items()
        }
        del inside["PATH"]
        inside["DATABASE_URL_FILE"] = "/var/lib/menkou/database-url"
        for path in (data, *data.iterdir()):
            os.chown(path, *map(int, USER.split(":")))
        site = Containers(image, data, inside)
        secret = [f"--env=DJANGO_SUPERUSER_PASSWORD={PASSWORD}"]
        done = site.run("init", "--email", OPERATOR, options=secret)
        assert done.returncode == 0, done.stdout + done.stderr
        yield site


@pytest.fixture(scope="module")
def server(containers: Containers) -> Iterator[RunningContainer]:
    with containers.serving() as running:
        yield running


def test_it_is_small_and_says_what_it_is(image: str) -> None:
    (found,) = json.loads(podman("image", "inspect", image).stdout)

    of_base = 0
    if image.endswith(":test"):
        (base,) = json.loads(podman("image", "inspect", base_for_tests()).stdout)
        of_base = base["Size"] - USUAL_BASE
    assert found["Size"] - of_base < MOST
    labels = found["Config"]["Labels"]
    assert labels["org.opencontainers.image.version"] == VERSION
    assert len(labels["org.opencontainers.image.revision"]) == 40
    assert found["Config"]["User"] == USER
    assert found["Config"]["StopSignal"] == "SIGTERM"
    assert found["Healthcheck"]["Test"][0] == "CMD"
    # Arguments of the build are in the history; none is secret.
    assert not [each for each in found["History"] if "pip.conf" in str(each)]


def test_init_made_files_that_only_its_user_reads_and_changes_nothing_again(
    containers: Containers,
) -> None:
    files = {name: containers.data / name for name in ("secret-key", "keyset.json")}
    owner = int(USER.split(":")[0])
    stats = [path.stat() for path in files.values()]
    assert [(each.st_uid, each.st_mode & 0o777) for each in stats] == [(owner, 0o600)] * 2
    before = {name: path.read_bytes() for name, path in files.items()}

    again = containers.run("init", "--email", "other@example.com")

    assert again.returncode == 0, again.stderr
    assert f"The first operator is {OPERATOR}." in again.stdout
    assert {name: path.read_bytes() for name, path in files.items()} == before


def test_somebody_signs_in_at_a_container_that_may_change_nothing(
    server: RunningContainer, simulator: WeChat
) -> None:
    browser = PlainBrowser(server.address)
    appid = browser.add_connection(simulator)

    back = browser.sign_in(simulator, appid=appid)

    assert (back.status_code, back.headers["location"]) == (302, "/account")
    python = "/opt/menkou/bin/python"
    written = server.run(python, "-c", "open('/opt/menkou/x', 'w')")
    assert "Read-only file system" in written.stderr
    assert server.run(python, "-c", "import os; print(os.getuid())").stdout == "10001\n"
    held = server.run(python, "-c", "print(open('/proc/self/status').read())").stdout
    assert "CapEff:\t0000000000000000" in held


def test_it_contains_no_pip_and_lists_what_it_contains(server: RunningContainer) -> None:
    listing = json.loads(
        server.run(
            "/opt/menkou/bin/python",
            "-c",
            "print(open('/opt/menkou/share/menkou/sbom.cdx.json').read())",
        ).stdout
    )

    assert (listing["bomFormat"], listing["metadata"]["component"]["version"]) == (
        "CycloneDX",
        VERSION,
    )
    kinds = {each["purl"].partition("/")[0] for each in listing["components"]}
    assert kinds == {"pkg:pypi", "pkg:deb"}
    names = {each["name"] for each in listing["components"] if "pypi" in each["purl"]}
    assert {"django", "psycopg-binary", "cryptography"} <= names
    assert not {"pip", "setuptools"} & names
    assert server.run("/opt/menkou/bin/python", "-m", "pip").returncode


def test_it_is_healthy_and_stops_in_time(containers: Containers) -> None:
    with containers.serving() as server:
        healthy = server.run("/opt/menkou/bin/menkou", "healthcheck", "server", server.address)
        assert (healthy.returncode, healthy.stderr) == (0, "")
        assert server.stop() < 20
