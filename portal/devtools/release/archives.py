"""Archives that have the same bytes whenever they are made of the same files."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

CHECKSUMS = "SHA256SUMS"


def write_archive(path: Path, files: Mapping[str, Path], *, time: int) -> None:
    """Write a .tar.gz of files by their names in it; every file has this time (Unix seconds)."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, file in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = file.stat().st_size
            member.mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
            member.mtime = time
            with file.open("rb") as content:
                archive.addfile(member, content)
    path.write_bytes(gzip.compress(written.getvalue(), mtime=time))


def files_below(folder: Path, *, called: str) -> dict[str, Path]:
    """Return the files of a folder by their names in an archive, below the folder `called`."""
    return {
        f"{called}/{path.relative_to(folder)}": path for path in folder.rglob("*") if path.is_file()
    }


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of every file in a folder, for `sha256sum --check`."""
    files = sorted(path for path in folder.iterdir() if path.name != CHECKSUMS)
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
