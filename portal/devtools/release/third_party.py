"""The table of packages in docs/third-party.md."""

from __future__ import annotations

from portal.devtools.folders import ROOT
from portal.devtools.release.packages import runtime_packages

PAGE = ROOT / "docs" / "third-party.md"
BEGIN, END = "<!-- packages: begin -->", "<!-- packages: end -->"


def page_with_packages() -> str:
    """Return the page with the packages that are installed now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = [f"| {each.name} | {each.license} |" for each in runtime_packages()]
    table = "\n".join(["| package | license |", "| --- | --- |", *rows])
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def write_page() -> None:
    """Bring the page up to date."""
    PAGE.write_text(page_with_packages(), encoding="utf-8")
