"""Installs pinned packages into a virtual environment, and shows how far it is.

    python3 requirements/install.py .venv requirements/run.txt

It needs nothing but Python. What pip says goes into install.log in the environment. If pip fails,
the end of it is printed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

PIN = re.compile(r"^[A-Za-z0-9].*==(?!.*sys_platform == 'win32')", re.MULTILINE)
# pip's lines: one for each package, then one for all of them.
PACKAGE = re.compile(
    r"(?:Collecting |Requirement already satisfied: |Processing (?:\S+/)?)([A-Za-z0-9._-]+)"
)
INSTALLING = "Installing collected packages"
SHOWN_AT_FAILURE = 15


def main(folder: Path, requirements: Path) -> int:
    """Install the packages; return the exit code."""
    began = time.monotonic()
    total = len(PIN.findall(requirements.read_text(encoding="utf-8")))
    print(f"Installing {total} packages of {requirements} into {folder} …", flush=True)
    create_environment(folder)
    log = folder / "install.log"
    progress = Progress(total)
    with log.open("w", encoding="utf-8") as written:
        pip = start_pip(folder, requirements)
        for line in pip.stdout or ():
            written.write(line)
            progress.read(line)
    progress.end()
    if pip.wait():
        end = log.read_text(encoding="utf-8").splitlines()[-SHOWN_AT_FAILURE:]
        print("\n".join(end), f"\npip failed; {log} has everything it said.", file=sys.stderr)
        return 1
    print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)
    return 0


def create_environment(folder: Path) -> None:
    """Create the virtual environment unless there is one that works."""
    try:
        subprocess.run(
            [str(folder / "bin" / "python"), "-m", "pip", "--version"],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)


def start_pip(folder: Path, requirements: Path) -> subprocess.Popen[str]:
    """Start pip, which writes everything to one pipe."""
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--no-input"]
    # Python compiles what is used when it is used: half of it never is.
    command += ["--no-compile", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--require-hashes", "--requirement", str(requirements)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )


class Progress:
    """One line on a terminal, which is written again; a few lines elsewhere."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.on_terminal = sys.stdout.isatty()

    def read(self, line: str) -> None:
        """Show what a line of pip means."""
        if found := PACKAGE.match(line.strip()):
            self.done += 1
            self.show(f"  {self.done} of {self.total}: {found[1]}")
        elif line.startswith(INSTALLING):
            self.show("  unpacking …", is_milestone=True)

    def show(self, text: str, *, is_milestone: bool = False) -> None:
        if self.on_terminal:
            print(f"\r{text[:78]:<78}", end="", flush=True)
        elif is_milestone or self.done % 20 == 0:
            print(text, flush=True)

    def end(self) -> None:
        """Clear the line."""
        if self.on_terminal:
            print(f"\r{'':<78}\r", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
