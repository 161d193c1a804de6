"""The keys that seal secrets: made once, read again when another process has added one."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from core.keyring import keyset
from core.keyring.keyset import (
    Keyring,
    KeysetError,
    create_keyset,
    create_missing_keyset,
    read_key_id,
)
from core.new_file import create_file

CONTEXT = b"what it is bound to"


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Path:
    """A new keyset, in force."""
    path = tmp_path / "keyset.json"
    create_keyset(path)
    settings.MENKOU_KEYSET_FILE = str(path)
    return path


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def add_key(path: Path, *, primary: bool) -> None:
    """Add a key as a rotation does."""
    other = path.with_name("other.json")
    create_keyset(other)
    added, document = read(other), read(path)
    document["key"] += added["key"]
    if primary:
        document["primaryKeyId"] = added["primaryKeyId"]
    path.write_text(json.dumps(document))


def test_a_new_keyset_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "keyset.json"

    create_keyset(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (key,) = read(path)["key"]
    assert key["keyData"]["typeUrl"] == "type.googleapis.com/google.crypto.tink.AesGcmKey"
    assert (key["status"], key["outputPrefixType"]) == ("ENABLED", "TINK")


def test_a_keyset_is_never_overwritten(file: Path) -> None:
    before = file.read_text()

    with pytest.raises(FileExistsError):
        create_keyset(file)

    assert file.read_text() == before


def test_a_new_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new.json"
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", no_space)
        with pytest.raises(OSError, match="No space"):
            create_file(path, "half of i", 0o600)
    assert list(tmp_path.glob("new*")) == []

    # What a killed process has left is not in the way, although this one has the same id.
    left = tmp_path / f"new.json.{os.getpid()}.new"
    left.write_text("")
    assert create_file(path, "all of it", 0o600)
    assert not create_file(path, "another", 0o600)
    assert path.read_text() == "all of it"


def no_space(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_of_two_that_create_a_keyset_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "both.json"
    # Both have seen that there is none.
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    made = [create_missing_keyset(path) for _command in range(2)]
    assert made == [True, False]


def test_what_is_sealed_opens_again_in_the_same_context_only(file: Path) -> None:
    ciphertext, key_id = Keyring().seal(b"a secret", CONTEXT)

    assert Keyring().open(ciphertext, CONTEXT) == b"a secret"
    assert key_id == read_key_id(ciphertext) == read(file)["primaryKeyId"]
    assert b"a secret" not in ciphertext
    with pytest.raises(KeysetError, match="cannot be decrypted"):
        Keyring().open(ciphertext, b"another context")


def test_the_same_secret_is_sealed_differently_each_time(file: Path) -> None:
    ring = Keyring()

    assert ring.seal(b"a secret", CONTEXT) != ring.seal(b"a secret", CONTEXT)


@pytest.mark.parametrize("position", [0, 1, 6, -1])
def test_a_changed_ciphertext_does_not_open(file: Path, position: int) -> None:
    ring = Keyring()
    changed = bytearray(ring.seal(b"a secret", CONTEXT)[0])
    changed[position] ^= 1

    with pytest.raises(KeysetError):
        ring.open(bytes(changed), CONTEXT)


@pytest.mark.parametrize("ciphertext", [b"", b"\x01", b"\x01\x00\x00\x00\x00", b"x" * 200])
def test_what_is_no_ciphertext_does_not_open(file: Path, ciphertext: bytes) -> None:
    with pytest.raises(KeysetError):
        Keyring().open(ciphertext, CONTEXT)


def test_the_file_is_read_again_when_an_unknown_key_is_met(file: Path) -> None:
    running = Keyring()
    old, old_id = running.seal(b"old", CONTEXT)
    add_key(file, primary=True)
    new, new_id = Keyring().seal(b"new", CONTEXT)
    assert old_id != new_id

    assert running.open(new, CONTEXT) == b"new"
    assert running.open(old, CONTEXT) == b"old"
    assert running.seal(b"next", CONTEXT)[1] == new_id


def test_a_key_that_is_only_present_opens_but_does_not_seal(file: Path) -> None:
    before = read(file)["primaryKeyId"]
    add_key(file, primary=False)

    assert Keyring().seal(b"a secret", CONTEXT)[1] == before


def test_a_key_that_is_asked_for_seals_though_another_is_primary(file: Path) -> None:
    running = Keyring()
    primary = running.current_keyset().primary
    add_key(file, primary=False)
    present = read(file)["key"][1]["keyId"]

    ciphertext, key_id = running.seal(b"a secret", CONTEXT, under=present)

    assert key_id == read_key_id(ciphertext) == present != primary
    assert running.open(ciphertext, CONTEXT) == b"a secret"


def test_a_key_that_is_asked_for_and_not_there_seals_nothing(file: Path) -> None:
    with pytest.raises(KeysetError, match="has no key 7, which encrypts new secrets"):
        Keyring().seal(b"a secret", CONTEXT, under=7)


def test_a_key_that_is_switched_off_neither_seals_nor_opens(file: Path) -> None:
    add_key(file, primary=False)
    switched = read(file)["key"][1]["keyId"]
    ciphertext, _key_id = Keyring().seal(b"a secret", CONTEXT, under=switched)
    document = read(file)
    document["key"][1]["status"] = "DISABLED"
    file.write_text(json.dumps(document))

    with pytest.raises(KeysetError, match="cannot be decrypted"):
        Keyring().open(ciphertext, CONTEXT)
    with pytest.raises(KeysetError, match="has no key"):
        Keyring().seal(b"a secret", CONTEXT, under=switched)


def test_a_file_that_is_damaged_while_we_run_does_no_harm_to_what_is_known(file: Path) -> None:
    running = Keyring()
    ciphertext, _key_id = running.seal(b"a secret", CONTEXT)
    foreign = ciphertext[:1] + b"\x00\x00\x00\x07" + ciphertext[5:]
    file.write_text(file.read_text()[:40])

    with pytest.raises(KeysetError, match="contains no usable keyset"):
        running.open(foreign, CONTEXT)
    assert running.open(ciphertext, CONTEXT) == b"a secret"


def test_without_need_the_file_is_read_once(file: Path) -> None:
    ring = Keyring()
    ciphertext, _key_id = ring.seal(b"a secret", CONTEXT)
    file.unlink()

    assert ring.open(ciphertext, CONTEXT) == b"a secret"


def test_a_foreign_key_does_not_open(file: Path, tmp_path: Path, settings: Any) -> None:
    ciphertext, _key_id = Keyring().seal(b"a secret", CONTEXT)
    foreign = tmp_path / "foreign.json"
    create_keyset(foreign)
    settings.MENKOU_KEYSET_FILE = str(foreign)

    with pytest.raises(KeysetError, match="cannot be decrypted with the current keyset"):
        Keyring().open(ciphertext, CONTEXT)


def test_without_a_file_name_the_setting_is_named(settings: Any) -> None:
    settings.MENKOU_KEYSET_FILE = ""

    with pytest.raises(KeysetError, match="MENKOU_KEYSET_FILE is not set"):
        Keyring().current_keyset()


def test_a_missing_file_is_said_to_be_missing(settings: Any, tmp_path: Path) -> None:
    settings.MENKOU_KEYSET_FILE = str(tmp_path / "nothing.json")

    with pytest.raises(KeysetError, match="cannot be read: No such file or directory"):
        Keyring().current_keyset()


def test_a_keyset_that_has_gone_is_missed_every_time(file: Path, settings: Any) -> None:
    ring = Keyring()
    ring.current_keyset()
    settings.MENKOU_KEYSET_FILE = str(file.with_name("nothing.json"))

    for _attempt in range(2):
        with pytest.raises(KeysetError):
            ring.current_keyset()


DAMAGED = {
    "empty": "",
    "no json": "BEGIN CANARY-KEY",
    "a list": '["CANARY-KEY"]',
    "no keys": '{"primaryKeyId": 1, "key": []}',
    "no primary": '{"key": [{"keyId": 1, "value": "CANARY-KEY"}]}',
    "bytes": "\x00\x01CANARY-KEY",
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused_without_quoting_it(file: Path, text: str) -> None:
    file.write_text(text)

    with pytest.raises(KeysetError, match="contains no usable keyset") as raised:
        Keyring().current_keyset()

    assert "CANARY" not in f"{raised.value!r} {raised.value}"
    assert raised.value.__suppress_context__


def test_a_file_that_is_not_utf_8_is_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00CANARY-KEY")

    with pytest.raises(KeysetError, match="contains no usable keyset") as raised:
        Keyring().current_keyset()

    assert "CANARY" not in f"{raised.value!r} {raised.value}"
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o666])
def test_in_production_a_file_that_others_can_open_is_refused(
    file: Path, settings: Any, mode: int
) -> None:
    settings.MENKOU_ENV = "production"
    file.chmod(mode)

    with pytest.raises(
        KeysetError, match=r"Other users can read the key file. Set its mode to 600\.$"
    ):
        Keyring().current_keyset()


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_in_production_a_file_that_only_we_can_open_is_accepted(
    file: Path, settings: Any, mode: int
) -> None:
    settings.MENKOU_ENV = "production"
    file.chmod(mode)

    assert Keyring().current_keyset().primary == read(file)["primaryKeyId"]


def test_elsewhere_the_mode_of_the_file_does_not_matter(file: Path, settings: Any) -> None:
    settings.MENKOU_ENV = "development"
    file.chmod(0o644)

    assert Keyring().current_keyset().primary == read(file)["primaryKeyId"]


def test_half_a_file_is_refused(file: Path) -> None:
    text = file.read_text()
    file.write_text(text[: len(text) // 2])

    with pytest.raises(KeysetError, match="contains no usable keyset"):
        Keyring().current_keyset()


def test_a_primary_that_is_not_there_is_refused(file: Path) -> None:
    document = read(file)
    document["primaryKeyId"] += 1
    file.write_text(json.dumps(document))

    with pytest.raises(KeysetError, match="contains no usable keyset"):
        Keyring().current_keyset()


def test_no_key_is_in_what_a_keyring_says_of_itself(file: Path) -> None:
    ring = Keyring()
    key = read(file)["key"][0]["keyData"]["value"]

    said = f"{ring!r} {ring} {ring.current_keyset()!r} {vars(ring)}"

    assert key not in said


def test_a_foreign_file_does_not_replace_the_keys_in_force(file: Path) -> None:
    running = Keyring()
    ciphertext, _key_id = running.seal(b"a secret", CONTEXT)
    unknown = ciphertext[:1] + b"\x00\x00\x00\x07" + ciphertext[5:]
    file.unlink()
    create_keyset(file)

    with pytest.raises(KeysetError, match="cannot be decrypted"):
        running.open(unknown, CONTEXT)
    assert running.open(ciphertext, CONTEXT) == b"a secret"
    with pytest.raises(KeysetError, match="cannot be decrypted"):
        running.open_with_file(ciphertext, CONTEXT)


def test_the_file_is_read_again_only_when_it_has_changed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []
    real = keyset.read_keyset_text
    monkeypatch.setattr(keyset, "read_keyset_text", lambda path: reads.append(path) or real(path))
    ring = Keyring()
    ciphertext, _key_id = ring.seal(b"a secret", CONTEXT)
    reads.clear()

    for _look in range(3):
        ring.open_with_file(ciphertext, CONTEXT)
    assert len(reads) == 1
    file.chmod(0o640)
    ring.open_with_file(ciphertext, CONTEXT)
    assert len(reads) == 2
    os.utime(file, ns=(1, 1))
    ring.open_with_file(ciphertext, CONTEXT)
    assert len(reads) == 3


@pytest.mark.parametrize("kind", ["folder", "pipe", "endless"])
def test_what_is_no_file_is_refused_at_once(file: Path, kind: str) -> None:
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        with file.open("wb") as sparse:
            sparse.truncate(keyset.MAX_FILE_BYTES + 1)

    with pytest.raises(KeysetError, match="cannot be read|contains no usable keyset"):
        Keyring().current_keyset()
