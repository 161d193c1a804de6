"""Archives and checksums of a release."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

from portal.devtools.release.archives import files_below, write_archive, write_checksums

TIME = 1_790_000_000


def test_the_same_files_give_the_same_bytes_whenever_and_wherever_they_are(tmp_path: Path) -> None:
    for name, changed_at in (("first", 1_000), ("second", 2_000_000_000)):
        (tmp_path / name / "inner").mkdir(parents=True)
        for file in ("run", "inner/text"):
            (tmp_path / name / file).write_text(file)
            os.utime(tmp_path / name / file, (changed_at, changed_at))
        (tmp_path / name / "run").chmod(0o755)
        files = files_below(tmp_path / name, called="sample")
        write_archive(tmp_path / f"{name}.tar.gz", files, time=TIME)

    with tarfile.open(tmp_path / "first.tar.gz") as archive:
        members = [(each.name, each.mode, each.mtime, each.uname) for each in archive]
    assert members == [("sample/inner/text", 0o644, TIME, ""), ("sample/run", 0o755, TIME, "")]
    assert (tmp_path / "first.tar.gz").read_bytes() == (tmp_path / "second.tar.gz").read_bytes()


def test_checksums_are_those_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    write_checksums(tmp_path)
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]

    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "b").write_text("3")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 1
