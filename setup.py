"""Builds the wheel: beside the packages it carries what a clone has on top of them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# Whoever builds this does not put its folder on the path.
sys.path.insert(0, str(ROOT))

from portal.devtools.translations.compiling import compile_catalogues  # noqa: E402

FOLDERS = ("locale", "static", "templates")


class BuildWithFiles(build_py):
    """The packages, with templates, static files and compiled translations inside the portal's."""

    def run(self) -> None:
        if self.editable_mode:
            super().run()
            return
        # What an earlier build left there would come along, deleted files included.
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        files = Path(self.build_lib) / "portal" / "files"
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, files / folder, ignore=shutil.ignore_patterns("*.mo"))
        compile_catalogues(files / "locale")


setup(cmdclass={"build_py": BuildWithFiles})
