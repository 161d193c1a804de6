"""The documentation names what there is, and nothing that is gone."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from connections.providers import catalogue
from connections.providers.table import page
from portal.devtools.folders import ROOT
from tests.rows import each_row

DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md")),
    *DOCS,
]
WORDS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

# What a person sets; a quoted word in capitals with this beginning is the name of one.
VARIABLE = re.compile(
    r"\b(?:(?:MENKOU|WECHAT|SIMULATOR|WEBSITE|DJANGO_SUPERUSER)_[A-Z_]*[A-Z]"
    r"|SECRET_KEY|DATABASE_PASSWORD|DATABASE_URL|EMAIL_URL|PORT|WITHOUT_BROWSER)\b"
)
FOLDERS_WITH_VARIABLES = {"portal", "connections", "simulator", "examples"}
LINK = re.compile(r"\]\(([^)\s]+)\)")


def known_files() -> list[str]:
    """Return the files of the clone that are not thrown away."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.splitlines()


def variables_of_the_code() -> set[str]:
    """Return the environment variables that the program asks for by name."""
    quoted = re.compile(rf'"(?:{VARIABLE.pattern})"')
    sources = [
        (ROOT / name).read_text(encoding="utf-8")
        for name in known_files()
        if name.endswith(".py") and name.split("/")[0] in FOLDERS_WITH_VARIABLES
        if (ROOT / name).exists()
    ]
    return {found.strip('"') for source in sources for found in quoted.findall(source)}


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> Iterator[str]:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            yield target


def test_every_provider_is_named() -> None:
    missing = [each.id for each in catalogue.all_providers() if str(each.name) not in WORDS]
    assert missing == []


def test_every_environment_variable_is_named() -> None:
    assert sorted(variables_of_the_code() - set(VARIABLE.findall(WORDS))) == []


def test_every_setting_that_is_explained_exists() -> None:
    explained = set(VARIABLE.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    assert sorted(explained - variables_of_the_code()) == []


def test_every_top_level_folder_is_named() -> None:
    folders = {name.split("/")[0] for name in known_files() if "/" in name}
    assert sorted(folder for folder in folders if f"{folder}/" not in WORDS) == []


@each_row("page", PAGES)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for target in links(page):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in headings(file)):
            lost.append(target)
    assert lost == []


@each_row("page", DOCS)
def test_every_page_can_be_reached_from_the_readme(page: Path) -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        at = waiting.pop()
        if at in reached:
            continue
        reached.add(at)
        targets = [(at.parent / target.partition("#")[0]).resolve() for target in links(at)]
        waiting += [each for each in targets if each.suffix == ".md" and each.exists()]
        waiting += [each / "README.md" for each in targets if (each / "README.md").exists()]
    assert page in reached


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", WORDS))
    assert {"run", "test"} <= named
    assert sorted(named - targets) == []


def test_every_path_that_is_named_exists() -> None:
    folders = {name.split("/")[0] for name in known_files() if "/" in name}
    paths = {
        path for path in re.findall(r"`([\w.-]+/[\w./-]*)`", WORDS) if path.split("/")[0] in folders
    }
    lost = [path for path in paths if not (ROOT / path).exists()]
    assert sorted(lost) == []


def test_the_table_of_providers_follows_the_catalogue() -> None:
    assert (ROOT / "docs" / "providers.md").read_text(encoding="utf-8") == page(), (
        "run manage.py providers"
    )
