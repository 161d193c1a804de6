"""The simulator without the rest of Menkou: its own wheel, its own three dependencies."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
import requests

from portal.version import VERSION
from tests.simulator.wechat import ROOT

# What Django, gunicorn and segno bring along.
BROUGHT = {"asgiref", "sqlparse", "packaging", "typing_extensions"}
# Django imports them where they are installed, as the demo website's dependencies are here.
OPTIONAL = {"jinja2", "markupsafe"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds and nothing else of this project."""
    pytest.importorskip("setuptools", reason="builds the wheel without asking any registry")
    folder = tmp_path_factory.mktemp("alone")
    # A copy, because building leaves folders behind.
    source = shutil.copytree(ROOT / "simulator", folder / "source")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_every_file_that_is_needed(installed: Path) -> None:
    def files(folder: Path) -> set[str]:
        found = (path for path in folder.rglob("*") if path.is_file())
        return {str(p.relative_to(folder)) for p in found if "__pycache__" not in p.parts}

    assert files(ROOT / "simulator") - files(installed / "simulator") == {"pyproject.toml"}


def test_what_was_installed_starts_and_serves_far_from_the_project(installed: Path) -> None:
    libraries = {"PYTHONPATH": str(installed)}
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", "--port", "0"],
        cwd=installed,
        env=libraries,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        for path in ("/", "/console/", "/__sim__/static/console.css", "/__sim__/health"):
            assert requests.get(address + path, timeout=10).ok, path
        process.terminate()


def test_it_declares_all_that_it_imports(installed: Path) -> None:
    project = tomllib.loads((ROOT / "simulator" / "pyproject.toml").read_text())["project"]
    declared = {name.partition(">")[0].partition("=")[0] for name in project["dependencies"]}
    program = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'simulator.settings'; "
        "import simulator.__main__, simulator.server, django; django.setup(); "
        "import simulator.urls; from django.test import Client; Client().get('/console/'); "
        "homes = {n.partition('.')[0]: getattr(m, '__file__', None) or '' "
        "for n, m in sys.modules.items()}; "
        f"print(*sorted(n for n, f in homes.items() if {sysconfig.get_path('purelib')!r} in f))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=installed,
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )

    foreign = {name for name in done.stdout.split() if not name.startswith("_")}
    assert foreign - BROUGHT - OPTIONAL == declared


def test_its_dependencies_are_the_product_s(installed: Path) -> None:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    alone = tomllib.loads((ROOT / "simulator" / "pyproject.toml").read_text())["project"]

    assert set(alone["dependencies"]) < set(ours["dependencies"])
    assert alone["version"] == VERSION


@pytest.mark.skipif(shutil.which("curl") is None, reason="the documentation uses curl")
def test_the_documentation_s_example_signs_somebody_in(simulator_address: str) -> None:
    requests.post(f"{simulator_address}/__sim__/reset", json={}, timeout=10).raise_for_status()
    page = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    begin = page.index("    base=http")
    example = page[begin : page.index("## The console")]
    done = subprocess.run(
        ["sh", "-ec", example.replace("http://127.0.0.1:8800", simulator_address)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout)["scope"] == "snsapi_login"
