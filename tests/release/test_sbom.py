"""The software bill of materials names what an installation contains."""

from __future__ import annotations

from importlib.metadata import distribution
from typing import Any

import pytest

from portal.devtools.release.packages import runtime_packages
from portal.devtools.release.sbom import PRODUCT, sbom

STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u13
Description: GNU C Library
 Version: 1 is not the version

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
"""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    installed = [distribution(each.name) for each in runtime_packages()]
    return sbom(installed, system=STATUS)


def test_it_lists_every_package_with_its_version_and_license(document: dict[str, Any]) -> None:
    listed = {
        (each["name"], each["version"], each["licenses"][0]["expression"])
        for each in document["components"]
        if each["purl"].startswith("pkg:pypi/")
    }

    assert listed == {(each.name, each.version, each.license) for each in runtime_packages()}


def test_it_lists_the_packages_of_the_system_that_are_installed(document: dict[str, Any]) -> None:
    system = [each["purl"] for each in document["components"] if "pkg:deb" in each["purl"]]

    assert system == ["pkg:deb/debian/libc6@2.36-9+deb12u13?arch=amd64"]


def test_every_reference_leads_to_a_component(document: dict[str, Any]) -> None:
    known = {each["bom-ref"] for each in document["components"]} | {PRODUCT}
    named = {
        reference
        for each in document["dependencies"]
        for reference in (each["ref"], *each["dependsOn"])
    }
    asgiref = next(each for each in known if each.startswith("pkg:pypi/asgiref@"))
    django = next(each for each in document["dependencies"] if "/django@" in each["ref"])

    assert named <= known
    assert asgiref in django["dependsOn"]


def test_it_has_the_time_of_the_commit_and_no_other(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = [distribution(each.name) for each in runtime_packages()]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    timed = sbom(installed, system=STATUS)

    assert timed["metadata"].pop("timestamp") == "2026-09-21T14:13:20Z"
    assert timed == document
