"""``manage.py secrets`` as an operator reads it: every sentence, every ending, never a key."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.utils import timezone

from applications.models import SigningKey
from applications.services import ApplicationFields, add_application
from connections.models import StoredSecret
from connections.secrets import check_keys, seal_secret
from core.keyring import keyset_file
from core.keyring.keyset import create_keyset
from core.mail.models import QueuedMail
from core.mail.sealing import seal_mail
from portal.devtools.folders import ROOT
from projects.models import Project, User
from tests.cast import make_connection, open_secret


def run(*command: str) -> str:
    said = StringIO()
    call_command("secrets", *command, stdout=said, stderr=said)
    return said.getvalue()


@pytest.fixture
def file(tmp_path: Path, settings: Any, db: None) -> Path:
    path = tmp_path / "keyset.json"
    create_keyset(path)
    settings.MENKOU_KEYSET_FILE = str(path)
    check_keys()
    return path


@pytest.fixture
def old(file: Path) -> int:
    (only,) = keyset_file.key_ids(file)
    return only


def newest(path: Path) -> int:
    return keyset_file.key_ids(path)[-1]


def table(*rows: tuple[int, int, str]) -> str:
    lines = [f"{key:>10}  {secrets:>9,}  {state}\n" for key, secrets, state in rows]
    return "".join(["       key    secrets  state\n", *lines])


def test_a_whole_rotation_tells_each_time_what_is_next(
    file: Path, old: int, project: Project
) -> None:
    for number in range(3):
        make_connection(project, alias=f"c{number}")

    added = run("add-key")
    new = newest(file)
    assert added == (
        f"Added key {new} to {file}. It is not used yet.\n"
        "Copy the file to every server, then run `secrets promote`.\n"
    )
    assert run("promote") == (
        f"Key {new} now encrypts new secrets.\n"
        "Run `secrets rewrap` to re-encrypt existing secrets.\n"
    )
    assert run("status") == (
        table((old, 3, "decrypts only"), (new, 0, "encrypts new secrets"))
        + "The key canary can be decrypted.\nThe keyset can decrypt this database's secrets.\n"
    )
    assert run("rewrap") == f"3 of 3\nAll secrets (3) use key {new}.\n"
    assert run("drop-key", str(old)) == (
        f"Removed key {old} from {file}.\n"
        "Copy the file to every server. Database backups from before the rotation still need the "
        "old key file.\n"
    )
    assert run("status") == (
        table((new, 3, "encrypts new secrets"))
        + "The key canary can be decrypted.\nThe keyset can decrypt this database's secrets.\n"
    )


def test_each_can_be_repeated(file: Path, project: Project) -> None:
    make_connection(project)
    run("add-key")
    new = newest(file)
    run("promote")
    run("rewrap")

    assert run("promote") == f"Key {new} already encrypts new secrets. Nothing was changed.\n"
    assert run("rewrap") == f"All secrets (1) use key {new}.\n"


def test_a_key_can_be_named(file: Path, old: int) -> None:
    run("add-key")
    run("promote")

    assert run("promote", str(old)).startswith(f"Key {old} now encrypts new secrets.")


def test_what_does_not_open_is_named_and_the_command_fails(
    file: Path, old: int, project: Project
) -> None:
    broken = make_connection(project)
    make_connection(project, alias="whole")
    stored = StoredSecret.objects.get(connection=broken)
    stored.ciphertext = bytes(stored.ciphertext)[:-1] + b"\x00\x00"
    stored.save()
    run("add-key")
    run("promote")
    said = StringIO()

    with pytest.raises(CommandError, match="^1 of 2 secrets do not use the new key yet.$"):
        call_command("secrets", "rewrap", stdout=said, stderr=said)

    assert said.getvalue().splitlines() == [
        "1 of 2",
        f"The client_secret of connection {broken.pk} cannot be decrypted. "
        "Replace it in the portal, then run this again.",
    ]


def test_status_fails_where_the_file_lacks_a_key_that_has_sealed(
    file: Path, old: int, project: Project
) -> None:
    make_connection(project)
    run("add-key")
    run("promote")
    new = newest(file)
    keyset_file.remove_key(file, old, primary=new)
    said = StringIO()

    with pytest.raises(CommandError, match=f"^{file} lacks the keys of 1 of the secrets.$"):
        call_command("secrets", "status", stdout=said)

    assert said.getvalue() == (
        table((new, 0, "encrypts new secrets"), (old, 1, "not in this file"))
        + "The key canary can be decrypted.\n"
    )


def test_status_shows_the_keys_even_where_the_canary_does_not_open(
    file: Path, old: int, tmp_path: Path, settings: Any
) -> None:
    copy = tmp_path / "copy.json"
    copy.write_text(file.read_text())
    run("add-key")
    run("promote")
    settings.MENKOU_KEYSET_FILE = str(copy)
    said = StringIO()

    with pytest.raises(CommandError, match="does not belong to"):
        call_command("secrets", "status", stdout=said)

    assert said.getvalue() == table(
        (old, 0, "decrypts only"), (newest(file), 0, "not in this file")
    )


@pytest.mark.parametrize("command", ["promote", "drop-key"])
def test_a_key_that_is_not_there_is_refused(file: Path, command: str) -> None:
    with pytest.raises(CommandError, match="has no key 7"):
        run(command, "7")


def test_a_key_in_use_is_not_dropped(file: Path, old: int, project: Project) -> None:
    make_connection(project)
    run("add-key")
    run("promote")

    with pytest.raises(CommandError, match=f"Key {old} is still in use .secrets: 1."):
        run("drop-key", str(old))


def test_without_a_key_nothing_is_dropped(file: Path) -> None:
    with pytest.raises(CommandError, match="required: key"):
        run("drop-key")


@pytest.mark.parametrize("command", ["add-key", "promote", "rewrap"])
def test_without_a_keyset_nothing_is_turned(file: Path, settings: Any, command: str) -> None:
    settings.MENKOU_KEYSET_FILE = str(file.with_name("nothing.json"))

    with pytest.raises(CommandError, match="cannot be read: No such file or directory"):
        run(command)


def test_an_email_that_does_not_open_is_told(file: Path) -> None:
    one, other = seal_mail({"subject": "one"}), seal_mail({"subject": "other"})
    QueuedMail.objects.filter(pk=other.pk).update(ciphertext=one.ciphertext)

    with pytest.raises(CommandError, match="Secrets that cannot be decrypted: 1 of 2"):
        call_command("secrets", "status", stdout=StringIO(), stderr=(said := StringIO()))

    assert "cannot be decrypted. The worker discards it within a day" in said.getvalue()


def test_a_signing_key_that_does_not_open_is_named_and_can_be_replaced(
    file: Path, old: int, project: Project
) -> None:
    add_application(project, ApplicationFields(name="Shop"), actor=None)
    broken = SigningKey.objects.get(alg="RS256")
    broken.ciphertext = bytes(broken.ciphertext)[:-1] + b"\x00\x00"
    broken.save()
    run("add-key")
    run("promote")
    said = StringIO()

    with pytest.raises(CommandError, match="^1 of 2 secrets do not use the new key yet.$"):
        call_command("secrets", "rewrap", stdout=said, stderr=said)

    remedy = "applications rotate-keys --project acme --now"
    assert said.getvalue().splitlines() == [
        "1 of 2",
        f"The signing key {broken.kid} of project acme cannot be decrypted. "
        f"Run `manage.py {remedy}`, then run this again.",
    ]
    call_command(*remedy.split(), stdout=StringIO())
    assert run("rewrap") == f"All secrets (2) use key {newest(file)}.\n"
    assert not SigningKey.objects.filter(pk=broken.pk).exists()


def test_after_the_keyset_was_lost_one_begins_anew_as_the_documentation_says(
    file: Path, project: Project, owner: User, settings: Any
) -> None:
    connection = make_connection(project, actor=owner)
    add_application(project, ApplicationFields(name="Shop"), actor=owner)
    settings.MENKOU_KEYSET_FILE = str(file.with_name("too early.json"))
    with pytest.raises(CommandError, match="does not exist, but the database has secrets"):
        run("init")
    settings.MENKOU_KEYSET_FILE = str(file.with_name("new.json"))
    page = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    statements = "".join(re.findall(r"^ +(DELETE FROM .+;)$", page, re.MULTILINE))

    with database.cursor() as cursor:
        cursor.execute(statements)
    run("init")
    seal_secret(connection, field="client_secret", value="e" * 32, actor=owner)
    call_command("applications", "rotate-keys", stdout=StringIO())

    assert [key.active_at < timezone.now() for key in SigningKey.objects.all()] == [True, True]
    assert open_secret(connection, "client_secret") == "e" * 32
    assert "The key canary can be decrypted." in run("status")


def test_no_key_is_ever_printed(
    file: Path, old: int, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    make_connection(project, secret="CANARY-appsecret-5b1d")
    commands = [["add-key"], ["promote"], ["status"], ["rewrap"], ["drop-key", str(old)]]
    keys, said = set(), ""
    for command in commands:
        said += run(*command)
        document = json.loads(file.read_text())
        keys |= {key["keyData"]["value"] for key in document["key"]}

    assert len(keys) == 2
    for secret in [*keys, "CANARY"]:
        assert secret not in said + caplog.text


def test_without_tables_it_says_what_to_do_first(file: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute("DROP TABLE keyring_keycanary")

    with pytest.raises(
        CommandError, match=r"^The database has no tables yet\. Run `migrate` first\.$"
    ):
        run("status")
