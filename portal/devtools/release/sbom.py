"""The software bill of materials (SBOM) of an installation, as CycloneDX 1.6.

``python -m portal.devtools.release.sbom`` prints that of the environment that runs it;
``--with-system`` adds Debian's packages. https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from packaging.requirements import Requirement

from portal.devtools.command_errors import CommandFailed
from portal.devtools.release.packages import Package, canonical_name
from portal.version import VERSION

PRODUCT = f"pkg:pypi/menkou@{VERSION}"
DPKG_STATUS = Path("/var/lib/dpkg/status")
INSTALLED = "Status: install ok installed"


def sbom(installed: Iterable[Distribution], *, system: str = "") -> dict[str, Any]:
    """Return the SBOM of installed packages; `system` is the text of dpkg's status file.

    Raises CommandFailed if a package does not say its license. The same packages give the same
    document: its time is SOURCE_DATE_EPOCH, if that is set, or missing.
    """
    found = {canonical_name(each.name): each for each in installed}
    packages = [Package.of(each) for name, each in sorted(found.items()) if name != "menkou"]
    urls = {"menkou": PRODUCT, **{each.name: _url(each) for each in packages}}
    components = [_component(each) for each in packages] + _debian_components(system)
    dependencies = [
        {"ref": url, "dependsOn": _requirements(found[name], urls)}
        for name, url in urls.items()
        if name in found
    ]
    serial = uuid5(NAMESPACE_URL, json.dumps([PRODUCT, components]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {**_time(), "component": _product()},
        "components": components,
        "dependencies": dependencies,
    }


def _product() -> dict[str, Any]:
    return {
        "type": "application",
        "bom-ref": PRODUCT,
        "name": "menkou",
        "version": VERSION,
        "licenses": [{"expression": "Apache-2.0"}],
        "purl": PRODUCT,
    }


def _component(package: Package) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": _url(package),
        "name": package.name,
        "version": package.version,
        "licenses": [{"expression": package.license}],
        "purl": _url(package),
    }


def _url(package: Package) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _requirements(package: Distribution, urls: dict[str, str]) -> list[str]:
    """Return the package URLs of what a package requires here, without its extras."""
    wanted = map(Requirement, package.requires or ())
    names = {
        canonical_name(each.name)
        for each in wanted
        if each.marker is None or each.marker.evaluate({"extra": ""})
    }
    return sorted(urls[name] for name in names & urls.keys())


def _debian_components(status: str) -> list[dict[str, Any]]:
    found = []
    for paragraph in status.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version|Architecture): (\S+)$", paragraph, re.M))
        if INSTALLED not in paragraph or len(fields) < 3:
            continue
        name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
        url = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
        found.append(
            {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}
        )
    return found


def _time() -> dict[str, str]:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch.isascii() or not epoch.isdecimal():
        return {}
    return {"timestamp": datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def main(arguments: list[str]) -> None:
    """Print the SBOM of this environment."""
    status = DPKG_STATUS.read_text(encoding="utf-8") if "--with-system" in arguments else ""
    try:
        document = sbom(distributions(), system=status)
    except CommandFailed as refused:
        sys.exit(str(refused))
    json.dump(document, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1:])
