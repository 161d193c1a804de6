"""The installed packages and their licenses, from the metadata that they carry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from portal.devtools.command_errors import CommandFailed
from portal.devtools.folders import ROOT

RUNTIME_PINS = ROOT / "requirements" / "runtime.txt"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]\n]*\])?==", re.MULTILINE)
# SPDX expressions that need no second look, in metadata written before there was a field for them.
EXPRESSION = re.compile(r"(?:Apache-2\.0|BSD-3-Clause|MIT|MPL-2\.0)")
SPDX_OF_WORDS = {"3-Clause BSD License": "BSD-3-Clause", "Apache 2.0": "Apache-2.0"}
SPDX_OF_CLASSIFIERS = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
}
# Their metadata does not say which; read in their license files on 2026-11-29.
SPDX_OF_PACKAGES = {
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "isodate": "BSD-3-Clause",
    "qrcode": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "sqlparse": "BSD-3-Clause",
}


@dataclass(frozen=True)
class Package:
    """An installed package; `license` is an SPDX expression."""

    name: str
    version: str
    license: str

    @classmethod
    def of(cls, installed: Distribution) -> Package:
        """Return what the metadata say; raises CommandFailed if the license is unknown."""
        name = canonical_name(installed.name)
        return cls(name, installed.version, _license(name, installed))


def canonical_name(name: str) -> str:
    """Return a name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def runtime_packages() -> list[Package]:
    """Return what requirements/runtime.txt installs on this machine, by name."""
    names = PIN.findall(RUNTIME_PINS.read_text(encoding="utf-8"))
    return sorted(map(Package.of, _installed(names)), key=lambda each: each.name)


def _installed(names: Iterable[str]) -> Iterable[Distribution]:
    for name in names:
        try:
            yield distribution(name)
        except PackageNotFoundError:
            # It is for another system.
            continue


def _license(name: str, installed: Distribution) -> str:
    if expression := _header(installed, "License-Expression"):
        return expression[0]
    if name in SPDX_OF_PACKAGES:
        return SPDX_OF_PACKAGES[name]
    words = "".join(_header(installed, "License")).strip()
    if EXPRESSION.fullmatch(words):
        return words
    if words in SPDX_OF_WORDS:
        return SPDX_OF_WORDS[words]
    classifiers = {each for each in _header(installed, "Classifier") if "License ::" in each}
    known = {SPDX_OF_CLASSIFIERS[each] for each in classifiers & SPDX_OF_CLASSIFIERS.keys()}
    if len(known) == 1 == len(classifiers):
        return known.pop()
    raise CommandFailed(
        f"The metadata of {name} name no license. Read its license file and add it to "
        "SPDX_OF_PACKAGES in portal/devtools/release/packages.py."
    )


def _header(installed: Distribution, name: str) -> list[str]:
    return installed.metadata.get_all(name) or []
