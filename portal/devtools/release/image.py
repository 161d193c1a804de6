"""Builds the container image with buildah, podman or docker, whichever is installed."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from portal.devtools.child_environments import installer_environment
from portal.devtools.command_errors import CommandFailed
from portal.devtools.folders import ROOT
from portal.version import VERSION

CONTAINERFILE = ROOT / "deploy" / "Containerfile"
NAME = "localhost/menkou"
BUILDERS = ("buildah", "podman", "docker")
# The image's own health check is not part of the OCI format. Build steps are only our own, so they
# need no isolation that an unprivileged machine cannot give.
LIKE_BUILDAH = ("--format=docker", "--isolation=chroot", "--layers")
# What pip may be told on this machine and also needs in the build.
PIP_OPTIONS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
CERTIFICATES = "/run/secrets/ca"


def find_builder() -> str | None:
    """Return the first builder that is installed, or None."""
    return next((name for name in BUILDERS if shutil.which(name)), None)


def run_image(base: str | None, archive: Path | None) -> int:
    """Build the image, and save it as an archive if that is given."""
    builder = find_builder()
    if builder is None:
        raise CommandFailed(f"Install one of {', '.join(BUILDERS)} to build the image.")
    image = build_image(builder=builder, base=base)
    if archive:
        save_image(builder, image, archive)
    print(image)
    return 0


def build_image(
    *, builder: str, base: str | None = None, tag: str = VERSION, sources: Path = ROOT
) -> str:
    """Build the image from a clone; return its name.

    `base` is the base image, by default the Containerfile's. Raises CommandFailed.
    """
    image = f"{NAME}:{tag}"
    arguments = {"VERSION": VERSION, "REVISION": read_revision()}
    if base:
        arguments["BASE"] = base
    with secrets_of_pip() as secrets:
        command = build_command(builder, image, arguments, secrets)
        done = subprocess.run(command, cwd=sources, env=installer_environment(), check=False)
    if done.returncode:
        raise CommandFailed(
            f"{builder} could not build the image; see above. If the base image cannot be had, "
            "name one of this machine: BASE=localhost/base."
        )
    return image


def save_image(builder: str, image: str, archive: Path) -> None:
    """Write the image into a gzipped archive for `docker load`; raises CommandFailed."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        plain = Path(folder, "image.tar")
        commands = {
            "buildah": ["buildah", "push", "--quiet", image, f"docker-archive:{plain}:{image}"],
            "podman": ["podman", "save", "--quiet", f"--output={plain}", image],
            "docker": ["docker", "save", f"--output={plain}", image],
        }
        done = subprocess.run(commands[builder], env=installer_environment(), check=False)
        if done.returncode:
            raise CommandFailed(f"{builder} could not save the image; see above.")
        with plain.open("rb") as source, gzip.open(archive, "wb", compresslevel=6) as packed:
            shutil.copyfileobj(source, packed, 1024 * 1024)


def build_command(
    builder: str, image: str, arguments: Mapping[str, str], secrets: Mapping[str, Path]
) -> list[str]:
    """Return the builder's command line; `secrets` are files that only build steps see."""
    options = [*LIKE_BUILDAH] if builder != "docker" else []
    options += [f"--build-arg={name}={value}" for name, value in arguments.items()]
    options += [f"--secret=id={name},src={path}" for name, path in secrets.items()]
    return [builder, "build", *options, "--file=deploy/Containerfile", f"--tag={image}", "."]


@contextmanager
def secrets_of_pip() -> Iterator[dict[str, Path]]:
    """Give the build pip's configuration of this machine, and the certificates that it trusts."""
    found = read_pip_options()
    lines = [f"{name} = {value}" for name, value in found.items() if name in PIP_OPTIONS]
    with tempfile.TemporaryDirectory() as folder:
        secrets = {}
        if (certificates := Path(found.get("cert", ""))).is_file():
            lines.append(f"cert = {CERTIFICATES}")
            secrets["ca"] = certificates
        secrets["pip"] = Path(folder, "pip.conf")
        secrets["pip"].write_text("\n".join(["[global]", *lines, ""]), encoding="utf-8")
        yield secrets


def read_pip_options() -> dict[str, str]:
    """Return the options of pip's configuration files and environment by name."""
    listed = _output([sys.executable, "-m", "pip", "config", "list"])
    pairs = (line.partition("=") for line in listed.splitlines())
    # `global.index-url='https://…'` or `:env:.index-url='https://…'`, which comes first and wins.
    found: dict[str, str] = {}
    for key, _sign, value in pairs:
        found.setdefault(key.rpartition(".")[2], value.strip("'\""))
    # Folders of this machine do not exist in the build.
    return {name: value for name, value in found.items() if "file:" not in value}


def read_revision() -> str:
    """Return the commit of this clone, or "unknown" outside of one."""
    return _output(["git", "rev-parse", "HEAD"]).strip() or "unknown"


def _output(command: Sequence[str]) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else ""
