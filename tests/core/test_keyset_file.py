"""Changes to the file of keys: the old one or the new one, never something between."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.keyring import keyset_file
from core.keyring.keyset import KeysetError, create_keyset, parse_keyset


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keyset.json"
    create_keyset(path)
    return path


def test_a_key_is_added_last_and_is_not_primary(file: Path) -> None:
    (old,) = keyset_file.key_ids(file)

    new = keyset_file.add_key(file)

    assert keyset_file.key_ids(file) == [old, new]
    assert keyset_file.primary_key_id(file) == old


def test_a_key_becomes_primary_and_another_one_goes(file: Path) -> None:
    (old,) = keyset_file.key_ids(file)
    new = keyset_file.add_key(file)

    keyset_file.set_primary(file, new)
    assert keyset_file.primary_key_id(file) == new

    keyset_file.remove_key(file, old, primary=new)
    assert keyset_file.key_ids(file) == [new]


def test_the_primary_is_named_anew_when_it_goes(file: Path) -> None:
    (old,) = keyset_file.key_ids(file)
    new = keyset_file.add_key(file)

    keyset_file.remove_key(file, old, primary=new)

    assert keyset_file.primary_key_id(file) == new


def test_the_last_key_stays(file: Path) -> None:
    (only,) = keyset_file.key_ids(file)
    before = file.read_text()

    with pytest.raises(KeysetError, match="contains no usable keyset"):
        keyset_file.remove_key(file, only, primary=only)

    assert file.read_text() == before


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_mode_and_owner_stay(file: Path, mode: int) -> None:
    if os.getuid() == 0:
        os.chown(file, 1234, 2345)
    file.chmod(mode)
    before = file.stat()

    keyset_file.add_key(file)

    after = file.stat()
    assert stat.S_IMODE(after.st_mode) == mode
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert os.listdir(file.parent) == ["keyset.json"]


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.json"
    link.symlink_to(file)

    keyset_file.add_key(link)

    assert link.is_symlink()
    assert len(keyset_file.key_ids(file)) == 2


def test_what_a_killed_try_left_behind_is_cleared_away(file: Path) -> None:
    left = file.with_name("keyset.json.new")
    left.write_text('{"key": [')

    keyset_file.add_key(file)

    assert not left.exists()
    assert len(keyset_file.key_ids(file)) == 2


def test_a_file_that_cannot_be_replaced_stays_as_it_was(file: Path) -> None:
    before = file.read_text()
    # Nothing can be written at this name, whoever we are.
    file.with_name("keyset.json.new").mkdir()

    with pytest.raises(KeysetError, match="cannot be replaced: .*Nothing was changed"):
        keyset_file.add_key(file)

    assert file.read_text() == before


def test_a_damaged_file_is_not_made_worse(file: Path) -> None:
    file.write_text('{"key": []}')

    with pytest.raises(KeysetError, match="contains no usable keyset"):
        keyset_file.add_key(file)

    assert file.read_text() == '{"key": []}'


def test_whoever_reads_meanwhile_finds_a_whole_keyset(file: Path) -> None:
    (first,) = keyset_file.key_ids(file)
    stop = False

    def read_on() -> int:
        seen = 0
        while not stop:
            assert first in parse_keyset(file.read_text()).ids
            seen += 1
        return seen

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_on)
        try:
            for _round in range(40):
                added = keyset_file.add_key(file)
                keyset_file.remove_key(file, added, primary=first)
        finally:
            stop = True
        assert reading.result() > 0


def test_nothing_else_of_the_file_is_lost(file: Path) -> None:
    before = json.loads(file.read_text())["key"]

    keyset_file.add_key(file)

    assert json.loads(file.read_text())["key"][:1] == before
