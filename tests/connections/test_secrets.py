"""Secrets at rest: sealed, bound to their place, shown to nobody."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from connections.configured import definition_of
from connections.forms.connection_form import Proposal
from connections.models import Connection, StoredSecret
from connections.protocols.protocol import Client
from connections.secrets import (
    SecretMissing,
    check_keys,
    fingerprint,
    last_four,
    seal_secret,
    secret_context,
)
from connections.values.failures import SignInFailed
from core.keyring.canary import check_canary
from core.keyring.keyset import KeysetError, create_keyset, keyring
from core.keyring.models import KeyCanary
from projects.models import Project, User
from signin.relying_party import RelyingParty
from tests.cast import APPSECRET, make_connection, open_secret
from tests.connections.sign_in_assertions import assert_failed, assert_signed_in
from tests.rows import each_row
from tests.wechat import Visitor, WeChat

CANARY = "CANARY-b6f5c5e0-appsecret"


@pytest.fixture
def foreign_keyset(tmp_path: Path) -> str:
    """A keyset of another installation."""
    path = tmp_path / "foreign.json"
    create_keyset(path)
    return str(path)


def test_a_secret_is_sealed_and_opens_for_its_connection(project: Project, owner: User) -> None:
    connection = make_connection(project, secret=CANARY, actor=owner)

    stored = StoredSecret.objects.get()
    assert open_secret(connection, "client_secret") == CANARY
    assert CANARY.encode() not in bytes(stored.ciphertext)
    assert stored.key_id == keyring.current_keyset().primary
    assert (stored.field, stored.set_by, stored.last4) == ("client_secret", owner, "cret")


def test_a_ciphertext_is_bound_to_project_connection_and_field(project: Project) -> None:
    connection = make_connection(project)

    assert secret_context(connection, "client_secret") == (
        f"menkou:v1|connection|{project.pk}|{connection.pk}|client_secret".encode()
    )


def test_one_secret_in_two_rows_is_sealed_differently(project: Project) -> None:
    make_connection(project, alias="one")
    make_connection(project, alias="two")

    one, two = StoredSecret.objects.all()

    assert bytes(one.ciphertext) != bytes(two.ciphertext)
    assert one.fingerprint == two.fingerprint


def test_a_new_secret_takes_the_place_of_the_old_one(project: Project, owner: User) -> None:
    connection = make_connection(project)
    before = StoredSecret.objects.get()

    seal_secret(connection, field="client_secret", value="f" * 32, actor=owner)

    after = StoredSecret.objects.get()
    assert open_secret(connection, "client_secret") == "f" * 32
    assert after.pk == before.pk
    assert after.fingerprint != before.fingerprint
    assert after.set_at > before.set_at
    assert after.set_by == owner


def test_a_secret_that_was_never_set_is_missing(project: Project) -> None:
    connection = make_connection(project, secret="")

    with pytest.raises(SecretMissing, match="client_secret"):
        open_secret(connection, "client_secret")


def test_a_secret_missing_at_the_callback_is_the_owners_to_mend(
    visitor: Visitor, project: Project, wechat: WeChat
) -> None:
    make_connection(project)
    visitor.press()
    StoredSecret.objects.all().delete()

    answer = visitor.come_back(code=wechat.code(), state=visitor.state)

    assert_failed(answer, "config", cause="secret_missing")
    assert wechat.calls("token") == 0


def test_13_swapped_ciphertexts_do_not_open_and_somebody_is_told(
    visitor: Visitor, project: Project, wechat: WeChat, caplog: pytest.LogCaptureFixture
) -> None:
    connection = make_connection(project)
    make_connection(project, alias="other", secret="f" * 32)
    one, two = StoredSecret.objects.order_by("pk")
    one.ciphertext, two.ciphertext = two.ciphertext, one.ciphertext
    StoredSecret.objects.bulk_update([one, two], ["ciphertext"])

    answer = visitor.sign_in()

    assert_failed(answer, "config", cause="secret_unreadable")
    assert wechat.calls("token") == 0
    assert alarms(caplog) == [f"the secret of connection {connection.pk} does not open"]


def test_a_tampered_ciphertext_does_not_open(
    visitor: Visitor, project: Project, wechat: WeChat, caplog: pytest.LogCaptureFixture
) -> None:
    connection = make_connection(project)
    stored = StoredSecret.objects.get()
    stored.ciphertext = bytes(stored.ciphertext)[:-1] + b"\x00\x00"
    stored.save()

    assert_failed(visitor.sign_in(), "config", cause="secret_unreadable")
    assert wechat.calls("token") == 0
    assert alarms(caplog) == [f"the secret of connection {connection.pk} does not open"]


def test_with_the_wrong_keys_nobody_is_signed_in_until_they_are_right_again(
    visitor: Visitor, project: Project, wechat: WeChat, settings: Any, foreign_keyset: str
) -> None:
    make_connection(project)
    right = settings.MENKOU_KEYSET_FILE
    settings.MENKOU_KEYSET_FILE = foreign_keyset

    assert_failed(visitor.sign_in(), "config", cause="secret_unreadable")

    settings.MENKOU_KEYSET_FILE = right
    assert_signed_in(visitor.sign_in(), visitor)


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "menkou.signin" and record.levelno == logging.ERROR
    ]


@each_row(
    "value, shown",
    [
        (APPSECRET, "cdef"),
        ("x" * 12 + "1234", "1234"),
        ("x" * 11 + "1234", ""),
        ("", ""),
        ("-----BEGIN KEY-----\nMIIB\n-----END KEY-----", ""),
    ],
)
def test_the_last_four_are_shown_only_of_a_long_line(value: str, shown: str) -> None:
    assert last_four(value) == shown


def test_fingerprints_tell_secrets_apart_and_nothing_else(settings: Any) -> None:
    one, two = fingerprint("a" * 32), fingerprint("a" * 31 + "b")

    assert one == fingerprint("a" * 32) != two
    assert len(one) == 12
    settings.SECRET_KEY = "another key of another installation, long enough for everything"
    assert fingerprint("a" * 32) != one


def test_no_secret_is_in_what_things_say_of_themselves(project: Project) -> None:
    connection = make_connection(project, secret=CANARY)
    proposal = Proposal(
        alias="wechat_web",
        labels={},
        enabled=True,
        settings={},
        secrets={"client_secret": CANARY},
    )
    stored = StoredSecret.objects.get()
    client = Client(
        definition=definition_of(connection),
        client_id=connection.client_id,
        settings=connection.settings,
        secrets={"client_secret": CANARY},
        callback_url="https://acme.login.test/",
    )
    party = RelyingParty(connection, callback_url=client.callback_url, secrets=client.secrets)
    failed = SignInFailed("40125", code="40125")

    for thing in (connection, client, proposal, stored, party, failed):
        assert CANARY not in f"{thing!r} {thing}"


@pytest.mark.django_db
def test_the_first_check_makes_the_canary_and_later_ones_open_it() -> None:
    check_keys()
    first = KeyCanary.objects.values().get()
    check_keys()

    second = KeyCanary.objects.values().get()
    assert bytes(second.pop("ciphertext")) == bytes(first.pop("ciphertext"))
    assert second == first == {"id": 1, "key_id": keyring.current_keyset().primary}


def test_19_the_wrong_keyset_is_refused_and_nothing_is_overwritten(
    project: Project, settings: Any, foreign_keyset: str
) -> None:
    check_keys()
    make_connection(project)
    before = snapshot()
    settings.MENKOU_KEYSET_FILE = foreign_keyset

    with pytest.raises(KeysetError, match="does not belong to this database's secrets"):
        check_keys()

    assert snapshot() == before


def snapshot() -> list[bytes]:
    rows = [*KeyCanary.objects.all(), *StoredSecret.objects.all()]
    return [bytes(row.ciphertext) for row in rows]


@pytest.mark.django_db
@pytest.mark.parametrize("content", [None, "{}", "half of a"])
def test_19_a_missing_or_damaged_keyset_is_refused(
    settings: Any, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "keyset.json"
    if content is not None:
        path.write_text(content)
    settings.MENKOU_KEYSET_FILE = str(path)

    with pytest.raises(KeysetError):
        check_keys()

    assert KeyCanary.objects.count() == 0
    assert path.exists() == (content is not None)


def test_secrets_without_a_canary_are_refused(project: Project) -> None:
    make_connection(project)

    with pytest.raises(KeysetError, match="The database has secrets but no key canary"):
        check_keys()

    assert KeyCanary.objects.count() == 0


@pytest.mark.django_db
def test_a_canary_that_says_something_else_is_refused() -> None:
    ciphertext, key_id = keyring.seal(b"something else", b"menkou:v1|canary")
    KeyCanary.objects.create(ciphertext=ciphertext, key_id=key_id)

    with pytest.raises(KeysetError, match="has an unexpected value"):
        check_keys()


@pytest.mark.django_db
def test_opening_the_canary_neither_makes_nor_locks_anything(
    django_assert_num_queries: Any,
) -> None:
    with pytest.raises(KeysetError, match="The database has no key canary yet"):
        check_canary()
    assert KeyCanary.objects.count() == 0
    check_keys()

    with django_assert_num_queries(1) as asked:
        check_canary()

    (statement,) = [query["sql"] for query in asked.captured_queries]
    assert statement.startswith("SELECT ")
    assert "FOR UPDATE" not in statement


@pytest.mark.django_db
def test_the_canary_does_not_open_with_other_keys(settings: Any, foreign_keyset: str) -> None:
    check_keys()
    settings.MENKOU_KEYSET_FILE = foreign_keyset

    with pytest.raises(KeysetError, match="does not belong to this database's secrets"):
        check_canary()


@pytest.mark.django_db
def test_there_is_one_canary() -> None:
    check_keys()

    with pytest.raises(IntegrityError, match="only_one_canary"), transaction.atomic():
        KeyCanary.objects.create(pk=2, ciphertext=b"", key_id=1)


def test_there_is_one_secret_per_field(project: Project) -> None:
    connection = make_connection(project)

    with pytest.raises(IntegrityError, match="one_secret_per_field"), transaction.atomic():
        StoredSecret.objects.create(
            connection=connection, field="client_secret", ciphertext=b"", key_id=1
        )


def test_a_page_is_drawn_without_opening_any_secret(
    visitor: Visitor, project: Project, settings: Any, foreign_keyset: str
) -> None:
    make_connection(project)
    settings.MENKOU_KEYSET_FILE = foreign_keyset

    assert "Sign in with WeChat" in visitor.client.get("/login").content.decode()
    assert visitor.press().status_code == 302


def test_a_deleted_connection_takes_its_secret_along(project: Project) -> None:
    connection = make_connection(project)

    Connection.objects.filter(pk=connection.pk).delete()

    assert StoredSecret.objects.count() == 0
