"""The Containerfile keeps to the rules for an image that is safe to run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

from portal.devtools.child_environments import is_ours
from portal.devtools.folders import ROOT
from portal.devtools.release.image import CONTAINERFILE, LIKE_BUILDAH, build_command
from portal.server import gunicorn
from tests.test_docs import known_files

SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|EMAIL_URL|DATABASE_URL", re.IGNORECASE)


@dataclass(frozen=True)
class Instruction:
    """One instruction, on one line."""

    name: str
    words: str


def instructions(text: str) -> list[Instruction]:
    """The instructions, without comments."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    split = (line.partition(" ") for line in joined.splitlines())
    return [Instruction(name, " ".join(words.split())) for name, _space, words in split]


ALL = instructions(CONTAINERFILE.read_text(encoding="utf-8"))
STARTS = [place for place, each in enumerate(ALL) if each.name == "FROM"]
FINAL = ALL[STARTS[-1] :]


def last(name: str) -> str:
    """The words of the last such instruction of the image."""
    return [each.words for each in FINAL if each.name == name][-1]


def test_it_is_built_in_two_stages_from_a_base_that_can_be_chosen() -> None:
    assert [ALL[place].words for place in STARTS] == ["${BASE} AS build", "${BASE}"]
    assert ALL[0].name == "ARG"
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.\d+-slim-\w+", ALL[0].words)


def test_it_runs_as_a_user_with_a_number_that_is_not_root() -> None:
    user, group = last("USER").split(":")
    assert int(user) > 999 < int(group)
    # Nothing that the image contains belongs to it, but two empty folders.
    owned = [each.words for each in FINAL if each.name == "COPY" and "--chown" in each.words]
    assert owned == [f"--from=build --chown={user}:{group} /data /var/lib"]


@pytest.mark.parametrize("name", ["ENTRYPOINT", "CMD"])
def test_it_starts_without_a_shell(name: str) -> None:
    words = json.loads(last(name))
    assert words
    assert not {"sh", "bash", "-c"} & {Path(word).name for word in words}


def test_it_checks_its_health_without_a_shell_or_other_tools() -> None:
    _options, words = last("HEALTHCHECK").split("CMD ")
    assert json.loads(words) == [*json.loads(last("ENTRYPOINT")), "healthcheck"]


def test_it_is_stopped_by_the_signal_after_which_gunicorn_finishes_its_requests() -> None:
    assert last("STOPSIGNAL") == "SIGTERM"
    assert gunicorn.graceful_timeout == 10


def test_no_secret_is_in_it() -> None:
    kept = [each for each in ALL if each.name in ("ENV", "ARG", "LABEL")]
    assert [each for each in kept if SECRET.search(each.words)] == []
    copied = [each.words for each in FINAL if each.name in ("COPY", "ADD")]
    assert all(words.startswith("--from=build ") for words in copied)


def test_everything_that_is_installed_is_pinned_by_hash() -> None:
    commands = [each.words for each in ALL if each.name == "RUN"]
    installs = [
        step
        for words in commands
        for step in words.split("&&")
        if " install " in step and "apt-get" not in step and "/bin/pip" in step
    ]
    assert len(installs) == 3
    pinned = "--require-hashes --only-binary :all:"
    assert [pinned in step or "--no-index" in step for step in installs] == [True] * 3
    for name in ("runtime", "image"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        pins = re.findall(r"^\S+==\S+.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        assert pins
        assert [pin for pin in pins if "--hash=sha256:" not in pin] == []


def test_its_labels_say_what_it_is() -> None:
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', last("LABEL")))
    assert {"title", "description", "licenses", "version", "revision", "source"} == set(labels)
    assert labels["licenses"] == "Apache-2.0"
    declared = {each.words.partition("=")[0] for each in FINAL if each.name == "ARG"}
    assert set(re.findall(r"\$\{(\w+)\}", last("LABEL"))) == declared


def test_its_settings_exist() -> None:
    names = re.findall(r"\b([A-Z_]+)=", last("ENV"))
    ours = {name for name in names if is_ours(name)}
    explained = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert ours
    assert [name for name in ours if f"`{name}`" not in explained] == []
    # Otherwise the simulator, which is in the image as well, would not start.
    assert "MENKOU_ENV" not in ours


def test_only_what_the_build_needs_is_sent_to_it() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    admitted = {line[1:] for line in rules if line.startswith("!")}
    for path in ("var/keyset.json", ".env", ".git/config", ".venv/bin/python", "tests/cast.py"):
        assert not any(
            fnmatch(path, pattern) or path.startswith(f"{pattern}/") for pattern in admitted
        )
    wheel = {"pyproject.toml", "setup.py", "LICENSE", "NOTICE", "README.md", "requirements"}
    packages = {name.split("/")[0] for name in known_files() if name.endswith("/__init__.py")}
    folders = packages - {"tests", "benchmarks", "examples"} | {"locale", "static", "templates"}
    assert wheel | folders | {"MANIFEST.in"} == admitted


def test_a_secret_of_pip_is_a_file_that_only_build_steps_see() -> None:
    command = build_command("buildah", "x:1", {"VERSION": "1"}, {"pip": Path("/tmp/pip.conf")})
    assert command[:2] == ["buildah", "build"]
    assert {*LIKE_BUILDAH, "--build-arg=VERSION=1", "--secret=id=pip,src=/tmp/pip.conf"} <= set(
        command
    )
    mounts = [each.words for each in ALL if "type=secret" in each.words]
    assert len(mounts) == 2
    assert not any("type=secret" in each.words for each in FINAL)
