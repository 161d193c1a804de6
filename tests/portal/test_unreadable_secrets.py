"""A stored secret that does not open is shown before anybody's sign-in fails."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from connections.models import Connection, StoredSecret
from connections.secrets import check_keys, find_unreadable_fields
from core.keyring import keyset
from core.keyring.keyset import create_keyset, keyring
from projects.models import Project, User
from projects.people.factors import seal_factor
from tests.cast import APPSECRET, make_connection, wechat_form
from tests.portal.page_reader import Page

LIST = "/projects/acme/connections/"
PAGE = f"{LIST}wechat_web/"
TITLE = "The saved “Client Secret (AppSecret)” cannot be decrypted"
BADGE = "Secret cannot be decrypted"
ENTER = "Cannot be decrypted. Enter it again."


@pytest.fixture
def file(tmp_path: Path, settings: Any, db: None) -> Path:
    path = tmp_path / "keyset.json"
    create_keyset(path)
    settings.MENKOU_KEYSET_FILE = str(path)
    check_keys()
    return path


@pytest.fixture
def connection(file: Path, project: Project) -> Connection:
    return make_connection(project)


def damage(connection: Connection) -> None:
    """Change a byte behind the key's id."""
    stored = connection.secrets.get()
    ciphertext = bytearray(stored.ciphertext)
    ciphertext[-1] ^= 1
    stored.ciphertext = bytes(ciphertext)
    stored.save(update_fields=["ciphertext"])


def swap(connection: Connection) -> None:
    """Put another connection's ciphertext in its place."""
    other = make_connection(connection.project, alias="other")
    connection.secrets.update(ciphertext=other.secrets.get().ciphertext)


def empty(connection: Connection) -> None:
    connection.secrets.update(ciphertext=b"")


def replace_keyset(connection: Connection) -> None:
    """Another keyset at the same place, as after a restore of the wrong file and a restart."""
    from django.conf import settings

    path = Path(settings.MENKOU_KEYSET_FILE)
    path.unlink()
    create_keyset(path)
    keyring.__init__()


def remove_keyset(connection: Connection) -> None:
    from django.conf import settings

    settings.MENKOU_KEYSET_FILE += ".gone"


DAMAGES = pytest.mark.parametrize(
    "spoil", [damage, swap, empty, replace_keyset, remove_keyset], ids=lambda each: each.__name__
)


@DAMAGES
def test_the_list_and_the_connections_page_say_so(
    as_editor: Client, connection: Connection, spoil: Any, settings: Any
) -> None:
    spoil(connection)

    row = Page(as_editor.get(LIST)).one("tr", data_alias="wechat_web")
    assert BADGE in row.text
    page = Page(as_editor.get(PAGE))
    assert TITLE in page.text
    assert ENTER in page.text
    assert BADGE in page.one("h1").text
    assert APPSECRET[-4:] not in page.text


def test_a_viewer_reads_it_too(as_viewer: Client, connection: Connection) -> None:
    damage(connection)
    page = Page(as_viewer.get(PAGE))
    assert TITLE in page.text
    assert ENTER in page.text


def test_one_that_opens_says_nothing(as_editor: Client, connection: Connection) -> None:
    for path in (LIST, PAGE):
        text = Page(as_editor.get(path)).text
        assert [word for word in (BADGE, TITLE, ENTER) if word in text] == []


def test_it_is_in_the_readers_language(as_editor: Client, connection: Connection) -> None:
    damage(connection)
    chinese = {"accept-language": "zh-CN"}
    assert "密钥无法解密" in Page(as_editor.get(LIST, headers=chinese)).text
    text = Page(as_editor.get(PAGE, headers=chinese)).text
    assert re.search(r"已保存的“.*AppSecret.*”无法解密", text)
    assert "无法解密，请重新填写。" in text


def test_entering_it_again_mends_it(as_editor: Client, connection: Connection) -> None:
    damage(connection)
    assert as_editor.post(PAGE, wechat_form(alias=None)).status_code == 302
    assert TITLE not in Page(as_editor.get(PAGE)).text
    assert find_unreadable_fields([connection]) == {}


def test_however_many_keys_are_unknown_the_file_is_read_again_once(
    project: Project, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        made = make_connection(project, alias=f"c{number}")
        stored = made.secrets.get()
        ciphertext = bytearray(stored.ciphertext)
        ciphertext[1:5] = bytes([9, 9, 9, number])
        StoredSecret.objects.filter(pk=stored.pk).update(ciphertext=bytes(ciphertext))
    before = keyring.current_keyset()
    read: list[Any] = []
    monkeypatch.setattr(keyset, "read_keyset_text", counting(keyset.read_keyset_text, read))

    assert len(find_unreadable_fields(project.connections.all())) == 5

    assert len(read) == 1
    assert keyring.current_keyset().ids == before.ids


def counting(function: Any, calls: list[Any]) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return function(*args, **kwargs)

    return call


class TestStatus:
    def status(self) -> str:
        """What the command says, and at last the sentence with which it fails."""
        said = StringIO()
        try:
            call_command("secrets", "status", stdout=said, stderr=said)
        except CommandError as error:
            return f"{said.getvalue()}{error}"
        return said.getvalue()

    def test_it_names_and_counts_those_that_do_not_open(
        self, connection: Connection, owner: User
    ) -> None:
        make_connection(connection.project, alias="other")
        damage(connection)
        told = self.status()
        assert f"client_secret of connection {connection.pk} cannot be decrypted" in told
        assert told.endswith("Secrets that cannot be decrypted: 1 of 2.")

    def test_second_factors_count_too(self, connection: Connection, owner: User) -> None:
        from allauth.mfa.models import Authenticator

        sealed = seal_factor(owner.pk, "secret")
        Authenticator.objects.create(user=owner, type="totp", data={"secret": sealed[:-4] + "AAA="})
        told = self.status()
        assert "totp of olga@example.com cannot be decrypted" in told
        assert told.endswith("Secrets that cannot be decrypted: 1 of 2.")

    def test_where_all_open_it_says_so(self, connection: Connection) -> None:
        assert self.status().endswith("The keyset can decrypt this database's secrets.\n")
