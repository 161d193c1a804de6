"""Second factors turn their keys as the secrets of connections do."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from connections import key_rotation
from connections.secrets import check_keys
from core.keyring import keyset_file
from core.keyring.keyset import KeysetError, create_keyset
from core.keyring.models import KeyCanary
from projects.models import Project, User
from projects.people import factors
from projects.people.factors import open_factor, seal_factor
from tests.cast import make_connection

KEY = "JBSWY3DPEHPK3PXP"
SEED = "0f" * 40


@pytest.fixture
def file(tmp_path: Path, settings: Any, db: None) -> Path:
    path = tmp_path / "keyset.json"
    create_keyset(path)
    settings.MENKOU_KEYSET_FILE = str(path)
    check_keys()
    return path


@pytest.fixture
def person(file: Path) -> User:
    """Somebody with an app, recovery codes and a passkey."""
    person = User.objects.create_user("olga@example.com")
    give(person, "totp", {"secret": seal_factor(person.pk, KEY)})
    give(person, "recovery_codes", {"seed": seal_factor(person.pk, SEED), "used_mask": 5})
    give(person, "webauthn", {"name": "Laptop", "credential": {}})
    return person


def give(person: User, kind: str, data: dict[str, Any]) -> Authenticator:
    return Authenticator.objects.create(user=person, type=kind, data=data)


def data_of(kind: str) -> dict[str, Any]:
    data: dict[str, Any] = Authenticator.objects.get(type=kind).data
    return data


def secrets(*command: str) -> str:
    said = StringIO()
    call_command("secrets", *command, stdout=said, stderr=said)
    return said.getvalue()


def turn(path: Path) -> tuple[int, int]:
    """Add and promote a key; return the old one and the new one."""
    (old,) = keyset_file.key_ids(path)
    new = key_rotation.add_key(path)
    key_rotation.promote_key(path)
    return old, new


def test_what_was_sealed_opens_for_the_same_person_alone(person: User) -> None:
    sealed = data_of("totp")["secret"]
    assert KEY not in sealed
    assert open_factor(person.pk, sealed) == KEY
    other = User.objects.create_user("max@example.com")
    with pytest.raises(KeysetError):
        open_factor(other.pk, sealed)


@pytest.mark.parametrize("text", ["", KEY, "not base64!", "é", "AAAA"])
def test_what_was_never_sealed_does_not_open(person: User, text: str) -> None:
    with pytest.raises(KeysetError):
        open_factor(person.pk, text)


def test_rewrap_seals_them_again_and_changes_nothing_else(
    person: User, file: Path, project: Project
) -> None:
    make_connection(project)
    old, new = turn(file)
    assert key_rotation.count_secrets_by_key() == {old: 3}

    assert secrets("rewrap") == (f"1 of 3\n2 of 3\n3 of 3\nAll secrets (3) use key {new}.\n")
    assert key_rotation.count_secrets_by_key() == {new: 3}
    assert open_factor(person.pk, data_of("totp")["secret"]) == KEY
    assert open_factor(person.pk, data_of("recovery_codes")["seed"]) == SEED
    assert data_of("recovery_codes")["used_mask"] == 5
    assert data_of("webauthn") == {"name": "Laptop", "credential": {}}
    assert secrets("rewrap") == f"All secrets (3) use key {new}.\n"


@pytest.mark.usefixtures("person")
def test_the_old_key_stays_while_a_factor_needs_it(file: Path) -> None:
    old, _new = turn(file)
    with pytest.raises(
        KeysetError, match=f"^Key {old} is still in use .secrets: 2.. Run `secrets rewrap` first"
    ):
        key_rotation.drop_key(file, old)
    secrets("rewrap")
    key_rotation.drop_key(file, old)
    assert old not in keyset_file.key_ids(file)


@pytest.mark.usefixtures("person")
def test_one_that_does_not_open_is_named_with_what_to_do(file: Path) -> None:
    totp = Authenticator.objects.get(type="totp")
    totp.data["secret"] = data_of("recovery_codes")["seed"][:-8] + "AAAAAAA="
    totp.save()
    turn(file)
    said = StringIO()
    with pytest.raises(CommandError, match="^1 of 2 secrets do not use the new key yet.$"):
        call_command("secrets", "rewrap", stdout=said, stderr=said)
    assert (
        "The totp of olga@example.com cannot be decrypted. "
        "Run `manage.py mfa reset olga@example.com`, then run this again.\n"
    ) in said.getvalue()


def test_one_that_is_removed_meanwhile_is_passed_over(person: User, file: Path) -> None:
    _old, new = turn(file)
    waiting = factors.SEALED_FACTORS.reseal_outdated(new, at_once=1)
    next(waiting)
    Authenticator.objects.all().delete()
    assert [step.unreadable for step in waiting] == [[]]


@pytest.mark.usefixtures("person")
def test_a_new_keyset_is_refused_while_they_are_there(tmp_path: Path, settings: Any) -> None:
    KeyCanary.objects.all().delete()
    path = tmp_path / "other.json"
    create_keyset(path)
    settings.MENKOU_KEYSET_FILE = str(path)
    with pytest.raises(KeysetError, match="^The database has secrets but no key canary"):
        check_keys()
