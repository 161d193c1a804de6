"""The documentation as a site: it builds without a warning, and each page can be found."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from portal.devtools.folders import ROOT

DOCS = ROOT / "docs"
NAVIGATION = (DOCS / "index.rst").read_text(encoding="utf-8")


def test_every_page_is_in_the_navigation() -> None:
    named = set(re.findall(r"^   ([\w/-]+)$", NAVIGATION, re.MULTILINE))
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    # The list of decisions links to each.
    decisions = {page for page in pages if page.startswith("decisions/")} - {"decisions/README"}
    assert named == pages - decisions


def test_the_site_builds_and_its_pages_lead_to_each_other(tmp_path: Path) -> None:
    """One test, because the build takes seconds."""
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    built = subprocess.run(
        [*command, "-b", "html", "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "html")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert (built.returncode, built.stderr) == (0, "")
    pages = {
        path.relative_to(tmp_path / "html").as_posix(): path.read_text(encoding="utf-8")
        for path in (tmp_path / "html").rglob("*.html")
    }
    assert {"index.html", "zh/compose.html", "settings.html"} < set(pages)
    for name, page in pages.items():
        language = "zh-Hans" if name.startswith("zh/") else "en"
        assert re.findall(r"<html[^>]* lang=\"([^\"]+)\"", page) == [language], name
        # Nothing is loaded from elsewhere, and no link leads to a source.
        assert re.findall(r"(?:src|<link[^>]* href)=\"(?:https?:)?//[^\"]*", page) == [], name
        assert re.findall(r"href=\"[^\"#:]+\.md", page) == [], name
