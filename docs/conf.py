"""The documentation as a site: ``make docs`` builds it with Sphinx."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from portal.version import VERSION

project = "Menkou"
author = "The Menkou authors"
html_title = f"Menkou {VERSION}"
language = "en"

extensions = ["myst_parser"]
# Links to headings work as they do where the files are read as they are.
myst_heading_anchors = 4
# The decisions are listed by their own page and not by the navigation.
suppress_warnings = ["toc.not_included"]

html_theme = "furo"
html_show_sphinx = False
html_copy_source = False
# The folder of pages in Chinese, and their language for screen readers and fonts.
CHINESE_FOLDER, CHINESE = "zh/", "zh-Hans"


def name_language(
    app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give pages in Chinese their language."""
    if pagename.startswith(CHINESE_FOLDER):
        context["language"] = CHINESE


DOCS = Path(__file__).parent
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#:]+)(?:#[^)]*)?\)")


def leave_out_files(app: Any, docname: str, source: list[str]) -> None:
    """Keep only the text of links to files outside the documentation, such as the README."""
    folder = (DOCS / docname).parent

    def text_or_link(link: re.Match[str]) -> str:
        target = (folder / link[2]).resolve()
        return link[0] if target.is_relative_to(DOCS) else link[1]

    source[0] = LINK.sub(text_or_link, source[0])


def setup(app: Any) -> None:
    """Connect what this file adds to Sphinx."""
    app.connect("html-page-context", name_language)
    app.connect("source-read", leave_out_files)
