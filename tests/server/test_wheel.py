"""The wheel: what is in it, and that it serves from an empty folder without the clone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from portal.devtools.processes import wait_until
from tests.databases import database_to_migrate, is_migrated
from tests.server.installation import (
    ACME,
    PORTAL,
    Installation,
    Node,
    first_start,
    production,
    put_away,
    run,
)
from tests.server.plain_browser import PlainBrowser
from tests.test_docs import known_files
from tests.wechat import ROOT, WeChat, wait_until_it_answers

CARRIED = ("templates", "static", "locale")
PACKAGES = ("portal", "signin", "applications", "connections", "projects", "core", "simulator")


@pytest.fixture(scope="module")
def node(
    installation: Installation, simulator: WeChat, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    """A server in an empty folder, which nobody has given a project yet."""
    folder = tmp_path_factory.mktemp("empty")
    with database_to_migrate("wheel") as url:
        environment = production(folder, url, simulator)
        first_start(installation, folder, environment)
        assert is_migrated(url)
        one = Node(folder, environment)
        with put_away(one):
            one.start(installation)
            yield one


def test_it_carries_every_package_template_style_and_translation(wheel: Path) -> None:
    clone = [name for name in known_files() if (ROOT / name).is_file()]
    packages = {name for name in clone if name.startswith(PACKAGES)} - {"simulator/pyproject.toml"}
    files = {f"portal/files/{name}" for name in clone if name.startswith(CARRIED)}
    compiled = {name.replace(".po", ".mo") for name in files if name.endswith(".po")}

    carried = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert compiled
    assert carried == packages | files | compiled


def test_it_carries_its_license(wheel: Path) -> None:
    names = {name.partition(".dist-info/")[2] for name in zipfile.ZipFile(wheel).namelist()}

    assert {"licenses/LICENSE", "licenses/NOTICE", "licenses/docs/third-party.md"} <= names


def test_it_serves_without_the_clone(node: Node, installation: Installation) -> None:
    where = "import portal, sys; print(portal.__file__); print(*sys.path, sep='\\n')"
    imported, *path = run([installation.python, "-c", where], folder=node.folder).splitlines()

    assert imported.startswith(str(installation.folder))
    assert str(ROOT) not in path
    assert node.get(PORTAL, "/readyz").status_code == 200


def test_somebody_signs_in_to_it(node: Node, simulator: WeChat) -> None:
    simulator.tell("reset")
    browser = PlainBrowser(node.address)
    appid = browser.add_connection(simulator)

    assert browser.sign_in(simulator, appid=appid).headers.get("location") == "/account"
    assert "李雷" in browser.ask("GET", ACME, "/account").text


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Sign in to the portal"), ("zh-CN", "登录控制台")]
)
def test_its_pages_are_in_both_languages(node: Node, language: str, title: str) -> None:
    page = node.get(PORTAL, "/login", **{"accept-language": language})

    assert page.status_code == 200
    assert f"<h1>{title}</h1>" in page.text


def test_its_styles_have_names_of_their_content_and_are_kept_for_ever(node: Node) -> None:
    page = node.get(PORTAL, "/login").text
    styles = re.findall(r'href="(/static/css/[a-z]+\.[0-9a-f]{12}\.css)"', page)

    answers = [node.get(PORTAL, name, **{"accept-encoding": "gzip"}) for name in styles]

    assert len(styles) >= 2
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["content-encoding"] for answer in answers} == {"gzip"}
    assert {answer.headers["cache-control"] for answer in answers} == {
        "max-age=315360000, public, immutable"
    }


def test_a_server_without_its_static_files_does_not_start(
    installation: Installation, node: Node, tmp_path: Path
) -> None:
    bare = installation.copied(tmp_path / "bare")
    shutil.rmtree(bare.folder / "share" / "menkou" / "static")

    done = subprocess.run(
        [bare.menkou, "serve"],
        cwd=tmp_path,
        env=node.environment,
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert done.returncode == 1
    assert "static files are missing. Run `collectstatic`" in done.stderr


def test_the_worker_starts_without_the_clone_and_stops(
    node: Node, installation: Installation, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [installation.menkou, "worker"], cwd=tmp_path, env=node.environment, stderr=output
        )
    try:
        assert wait_until(lambda: "The worker has started" in log.read_text(), seconds=60)
        worker.terminate()
        assert worker.wait(timeout=30) == 0
    finally:
        worker.kill()
        worker.wait()


def test_a_missing_setting_is_one_sentence(installation: Installation, tmp_path: Path) -> None:
    done = subprocess.run(
        [installation.menkou, "migrate"], cwd=tmp_path, env={}, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stderr == "SECRET_KEY is not set. Set it, or set SECRET_KEY_FILE.\n"


def test_headers_do_not_say_which_page_is_asked_for(node: Node) -> None:
    forged = {"PATH_INFO": "/healthz", "SCRIPT_NAME": "/login", "X-Forwarded-Ssl": "on"}

    assert "<h1>" in node.get(PORTAL, "/login", **forged).text


def test_http_is_sent_to_https_unless_the_proxy_says_that_it_is(node: Node) -> None:
    answer = requests.get(
        f"http://{node.address}/login",
        headers={"host": PORTAL, "x-forwarded-ssl": "on"},
        allow_redirects=False,
        timeout=10,
    )

    assert answer.headers["location"] == f"https://{PORTAL}/login"


def test_hosts_that_are_nobodys_are_told_nothing(node: Node) -> None:
    assert node.get("beta.login.example.com", "/login").status_code == 404
    assert node.get("evil.example", "/login").text == "Not found.\n"


def test_the_simulator_starts_from_it_alone(installation: Installation, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [installation.python, "-m", "simulator", "--port", "0"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        wechat = WeChat(process.stdout.readline().split()[-1])
        wait_until_it_answers(wechat)
        assert "WeChat" in requests.get(wechat.origin, timeout=5).text
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def test_a_clone_builds_through_its_source_archive_as_well(clone: Path, wheel: Path) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", "both", "."]
    run(command, folder=clone)
    (through_archive,) = (clone / "both").glob("*.whl")

    names = set(zipfile.ZipFile(wheel).namelist())
    assert set(zipfile.ZipFile(through_archive).namelist()) == names
