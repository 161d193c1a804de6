"""What belongs to others is named: packages with their licenses, and the marks in icons."""

from __future__ import annotations

from email.message import Message
from importlib.metadata import Distribution
from typing import Any

import pytest

from portal.devtools.command_errors import CommandFailed
from portal.devtools.folders import ROOT
from portal.devtools.release.packages import Package
from portal.devtools.release.third_party import PAGE, page_with_packages


class Written(Distribution):
    """A package with the metadata that a test gives it."""

    def __init__(self, **headers: str) -> None:
        self._metadata = Message()
        for name, value in {"Name": "some_Package", "Version": "1.2", **headers}.items():
            self._metadata[name.replace("_", "-")] = value

    @property
    def metadata(self) -> Any:
        return self._metadata

    def read_text(self, filename: str) -> str | None:
        return None

    def locate_file(self, path: Any) -> Any:
        raise NotImplementedError


def test_the_page_lists_the_packages_that_are_installed() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_with_packages(), (
        "run .venv/bin/python -m portal.devtools third-party"
    )


def test_the_page_names_the_owner_of_every_icon() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    icons = {path.name for path in (ROOT / "connections" / "providers").glob("*.svg")}

    assert {row[0].strip("`") for row in rows} == icons
    assert all(len(row) == 3 and row[1] and row[2] for row in rows)


@pytest.mark.parametrize(
    ("headers", "license"),
    [
        ({"License_Expression": "MIT OR Apache-2.0", "License": "MIT"}, "MIT OR Apache-2.0"),
        ({"License": "BSD-3-Clause"}, "BSD-3-Clause"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        ({"Classifier": "License :: OSI Approved :: MIT License"}, "MIT"),
    ],
)
def test_a_license_is_found_where_the_metadata_have_it(
    headers: dict[str, str], license: str
) -> None:
    assert Package.of(Written(**headers)) == Package("some-package", "1.2", license)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"License": "see LICENSE"},
        {"Classifier": "License :: OSI Approved :: BSD License"},
    ],
)
def test_a_license_that_nobody_has_read_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(CommandFailed, match="some-package name no license"):
        Package.of(Written(**headers))
