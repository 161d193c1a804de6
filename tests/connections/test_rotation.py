"""From an old key to a new one: what may be done when, and who has to wait for whom."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from applications.keys.generation import open_private_key
from applications.models import SigningKey
from applications.services import ApplicationFields, add_application
from connections import key_rotation
from connections.key_rotation import KeyStatus
from connections.models import Connection, StoredSecret
from connections.secrets import check_keys, seal_secret
from core.keyring import keyset_file
from core.keyring.canary import check_canary, sealing_key
from core.keyring.keyset import KeysetError, create_keyset, keyring, read_key_id
from core.keyring.models import KeyCanary
from core.mail.models import QueuedMail
from core.mail.sealing import open_mail, seal_mail
from portal.devtools.processes import wait_until
from projects.models import Project, User
from tests.cast import make_connection, open_secret
from tests.connections.concurrent import all_at_once, overtaken
from tests.connections.sign_in_assertions import assert_signed_in
from tests.wechat import Visitor, WeChat


@pytest.fixture
def file(tmp_path: Path, settings: Any, db: None) -> Path:
    """A keyset of the test's own, whose key has sealed the canary."""
    path = tmp_path / "keyset.json"
    create_keyset(path)
    settings.MENKOU_KEYSET_FILE = str(path)
    check_keys()
    return path


@pytest.fixture
def old(file: Path) -> int:
    (only,) = keyset_file.key_ids(file)
    return only


def add_and_promote(path: Path) -> int:
    new = key_rotation.add_key(path)
    assert key_rotation.promote_key(path) == (new, True)
    return new


def rewrap_all(*, at_once: int = 200) -> list[key_rotation.RewrapStep]:
    return list(key_rotation.rewrap_secrets(at_once=at_once))


def column() -> Counter[int]:
    return Counter(StoredSecret.objects.values_list("key_id", flat=True))


def test_an_added_key_is_known_and_seals_nothing(file: Path, old: int, project: Project) -> None:
    new = key_rotation.add_key(file)
    make_connection(project)

    assert key_rotation.list_keys(file) == [
        KeyStatus(old, present=True, seals=True, secrets=1),
        KeyStatus(new, present=True, seals=False, secrets=0),
    ]


def test_a_promoted_key_seals_at_once_and_the_old_one_still_opens(
    file: Path, old: int, project: Project
) -> None:
    before = make_connection(project)
    new = add_and_promote(file)
    after = make_connection(project, alias="later")

    assert column() == {old: 1, new: 1}
    assert [open_secret(each, "client_secret") for each in (before, after)] == [
        "0123456789abcdef0123456789abcdef"
    ] * 2
    assert KeyCanary.objects.get().key_id == new == keyset_file.primary_key_id(file)
    check_canary()


def test_a_queued_email_is_counted_and_sealed_again(file: Path, old: int) -> None:
    queued = seal_mail({"subject": "Invitation"})
    new = add_and_promote(file)
    with pytest.raises(KeysetError, match=f"Key {old} is still in use .secrets: 1."):
        key_rotation.drop_key(file, old)

    assert [step.done for step in rewrap_all()] == [1]

    assert key_rotation.count_secrets_by_key() == {new: 1}
    key_rotation.drop_key(file, old)
    queued.refresh_from_db()
    assert open_mail(queued) == {"subject": "Invitation"}


def test_a_queued_email_opens_only_in_its_own_row(file: Path) -> None:
    one, other = seal_mail({"subject": "one"}), seal_mail({"subject": "other"})
    QueuedMail.objects.filter(pk=other.pk).update(ciphertext=one.ciphertext)
    other.refresh_from_db()

    with pytest.raises(KeysetError):
        open_mail(other)
    assert [each.row for each in key_rotation.find_unreadable()] == [other]


class TestSigningKeys:
    """A project's keys, which sign ID tokens, are sealed like the secrets."""

    @pytest.fixture
    def keys(self, project: Project, file: Path) -> list[SigningKey]:
        add_application(project, ApplicationFields(name="Shop"), actor=None)
        return list(SigningKey.objects.all())

    def test_they_are_counted_and_sealed_again(
        self, keys: list[SigningKey], file: Path, old: int
    ) -> None:
        before = [private_numbers(key) for key in keys]
        new = add_and_promote(file)
        with pytest.raises(KeysetError, match=f"Key {old} is still in use .secrets: 2."):
            key_rotation.drop_key(file, old)

        assert [step.done for step in rewrap_all(at_once=1)] == [1, 1]

        assert key_rotation.count_secrets_by_key() == {new: 2}
        key_rotation.drop_key(file, old)
        keyring._loaded = None  # as in a process that starts now
        assert [private_numbers(key) for key in SigningKey.objects.all()] == before

    def test_one_opens_only_in_its_own_row(self, keys: list[SigningKey]) -> None:
        one, other = keys
        SigningKey.objects.filter(pk=other.pk).update(ciphertext=one.ciphertext)
        assert [each.row for each in key_rotation.find_unreadable()] == [other]

    def test_a_new_keyset_is_refused_while_they_are_there(
        self, keys: list[SigningKey], tmp_path: Path, settings: Any
    ) -> None:
        KeyCanary.objects.all().delete()
        create_keyset(tmp_path / "other.json")
        settings.MENKOU_KEYSET_FILE = str(tmp_path / "other.json")
        with pytest.raises(KeysetError, match="^The database has secrets but no key canary"):
            check_keys()


def private_numbers(key: SigningKey) -> Any:
    return open_private_key(key.project_id, key.kid, bytes(key.ciphertext)).private_numbers()


def test_an_older_key_can_be_promoted_again(file: Path, old: int) -> None:
    new = add_and_promote(file)

    assert key_rotation.promote_key(file, old) == (old, True)
    assert [key.seals for key in key_rotation.list_keys(file)] == [True, False]
    assert sealing_key() == old != new


def test_promoting_twice_changes_nothing(file: Path) -> None:
    new = add_and_promote(file)
    before = (file.read_text(), KeyCanary.objects.values().get())

    assert key_rotation.promote_key(file) == (new, False)
    assert (file.read_text(), KeyCanary.objects.values().get()) == before


def test_a_promotion_that_was_killed_between_file_and_database_is_finished_by_the_next(
    file: Path, old: int, project: Project
) -> None:
    new = key_rotation.add_key(file)
    keyset_file.set_primary(file, new)
    make_connection(project)
    assert column() == {old: 1}

    assert key_rotation.promote_key(file) == (new, True)
    assert sealing_key() == new


def test_the_only_key_is_not_promoted(file: Path, old: int) -> None:
    with pytest.raises(KeysetError, match=f"Key {old} is the only key"):
        key_rotation.promote_key(file)


def test_a_key_that_is_not_there_is_neither_promoted_nor_dropped(file: Path) -> None:
    key_rotation.add_key(file)
    before = file.read_text()

    for turn in (key_rotation.promote_key, key_rotation.drop_key):
        with pytest.raises(KeysetError, match="has no key 7"):
            turn(file, 7)
    assert file.read_text() == before


def test_with_the_keys_of_another_installation_nothing_is_turned(
    file: Path, tmp_path: Path, settings: Any
) -> None:
    foreign = tmp_path / "foreign.json"
    create_keyset(foreign)
    before, canary = foreign.read_text(), KeyCanary.objects.values().get()
    settings.MENKOU_KEYSET_FILE = str(foreign)

    for turn in (key_rotation.add_key, key_rotation.promote_key):
        with pytest.raises(KeysetError, match="does not belong to this database's secrets"):
            turn(foreign)
    assert (foreign.read_text(), KeyCanary.objects.values().get()) == (before, canary)


def test_rewrapped_secrets_say_the_same_under_the_new_key(
    file: Path, old: int, project: Project, owner: User
) -> None:
    made = [make_connection(project, alias=f"c{n}", secret=f"{n}" * 32) for n in range(3)]
    before = list(StoredSecret.objects.order_by("pk").values())
    new = add_and_promote(file)

    assert sum(step.done for step in rewrap_all()) == 3

    after = list(StoredSecret.objects.order_by("pk").values())
    turned = {"ciphertext", "key_id"}
    assert [{k: v for k, v in row.items() if k not in turned} for row in after] == [
        {k: v for k, v in row.items() if k not in turned} for row in before
    ]
    assert {read_key_id(bytes(row["ciphertext"])) for row in after} == set(column()) == {new}
    assert [open_secret(each, "client_secret") for each in made] == ["0" * 32, "1" * 32, "2" * 32]


def test_what_was_done_is_not_done_again(file: Path, project: Project) -> None:
    make_connection(project)
    add_and_promote(file)
    rewrap_all()
    before = StoredSecret.objects.values().get()

    assert rewrap_all() == []
    assert StoredSecret.objects.values().get() == before


def test_each_step_can_be_the_last_one(file: Path, old: int, project: Project) -> None:
    for number in range(5):
        make_connection(project, alias=f"c{number}")
    new = add_and_promote(file)

    next(key_rotation.rewrap_secrets(at_once=2))
    assert column() == {old: 3, new: 2}

    assert [step.done for step in key_rotation.rewrap_secrets(at_once=2)] == [2, 1]
    assert column() == {new: 5}


def test_a_secret_that_does_not_open_is_told_and_keeps_nobody_up(
    file: Path, old: int, project: Project
) -> None:
    broken = make_connection(project, alias="broken")
    make_connection(project, alias="whole")
    stored = StoredSecret.objects.get(connection=broken)
    stored.ciphertext = bytes(stored.ciphertext)[:-1] + b"\x00\x00"
    stored.save()
    new = add_and_promote(file)

    (step,) = rewrap_all()

    assert (step.done, [each.row for each in step.unreadable]) == (1, [stored])
    assert column() == {old: 1, new: 1}
    with pytest.raises(KeysetError, match=f"Key {old} is still in use .secrets: 1."):
        key_rotation.drop_key(file, old)


def test_a_key_goes_when_nothing_needs_it(file: Path, old: int, project: Project) -> None:
    connection = make_connection(project)
    new = add_and_promote(file)
    rewrap_all()

    key_rotation.drop_key(file, old)

    assert keyset_file.key_ids(file) == [new]
    keyring._loaded = None  # as in a process that starts now
    assert open_secret(connection, "client_secret") == "0123456789abcdef0123456789abcdef"
    check_keys()


def test_a_key_in_use_stays(file: Path, old: int, project: Project) -> None:
    make_connection(project)
    add_and_promote(file)
    before = file.read_text()

    with pytest.raises(KeysetError, match=f"Key {old} is still in use .secrets: 1.. Run"):
        key_rotation.drop_key(file, old)
    assert file.read_text() == before


def test_what_a_ciphertext_says_counts_more_than_the_column_beside_it(
    file: Path, old: int, project: Project
) -> None:
    make_connection(project)
    new = add_and_promote(file)
    StoredSecret.objects.update(key_id=new)

    with pytest.raises(KeysetError, match=f"Key {old} is still in use .secrets: 1.. Run"):
        key_rotation.drop_key(file, old)
    assert [step.done for step in rewrap_all()] == [1]


def test_the_key_that_seals_stays(file: Path, old: int) -> None:
    new = add_and_promote(file)

    with pytest.raises(KeysetError, match=f"Key {new} encrypts new secrets. Promote another"):
        key_rotation.drop_key(file, new)
    assert keyset_file.key_ids(file) == [old, new]


def test_a_rotation_can_be_given_up(file: Path, old: int) -> None:
    new = key_rotation.add_key(file)

    key_rotation.drop_key(file, new)

    assert keyset_file.key_ids(file) == [old]


class TestTwoMachines:
    """Another machine has its own copy of the file, which is always a step behind."""

    @pytest.fixture
    def elsewhere(self, file: Path, old: int, tmp_path: Path) -> Path:
        path = tmp_path / "elsewhere.json"
        shutil.copy(file, path)
        return path

    def test_a_copy_with_the_new_key_seals_with_it_though_it_names_the_old_one(
        self, file: Path, elsewhere: Path, project: Project, settings: Any
    ) -> None:
        new = key_rotation.add_key(file)
        shutil.copy(file, elsewhere)
        key_rotation.promote_key(file)
        settings.MENKOU_KEYSET_FILE = str(elsewhere)

        make_connection(project)

        assert keyset_file.primary_key_id(elsewhere) != new
        assert column() == {new: 1}

    def test_a_copy_without_the_new_key_signs_in_but_seals_nothing(
        self,
        file: Path,
        elsewhere: Path,
        visitor: Visitor,
        project: Project,
        wechat: WeChat,
        settings: Any,
    ) -> None:
        make_connection(project)
        new = add_and_promote(file)
        settings.MENKOU_KEYSET_FILE = str(elsewhere)

        assert_signed_in(visitor.sign_in(), visitor)
        with pytest.raises(KeysetError, match=f"{elsewhere} has no key {new}, which encrypts new"):
            make_connection(project, alias="later")
        with pytest.raises(KeysetError, match="does not belong to"):
            check_canary()

        shutil.copy(file, elsewhere)
        check_canary()
        make_connection(project, alias="latest")
        assert column()[new] == 1

    def test_what_only_the_database_knows_is_told(
        self, file: Path, old: int, elsewhere: Path, project: Project
    ) -> None:
        make_connection(project)
        new = add_and_promote(file)
        rewrap_all()

        assert key_rotation.list_keys(elsewhere) == [
            KeyStatus(old, present=True, seals=False, secrets=0),
            KeyStatus(new, present=False, seals=True, secrets=1),
        ]

    def test_the_old_key_goes_from_a_copy_that_still_names_it(
        self, file: Path, old: int, elsewhere: Path, settings: Any
    ) -> None:
        new = key_rotation.add_key(file)
        shutil.copy(file, elsewhere)
        key_rotation.promote_key(file)
        settings.MENKOU_KEYSET_FILE = str(elsewhere)

        key_rotation.drop_key(elsewhere, old)

        assert json.loads(elsewhere.read_text())["primaryKeyId"] == new
        assert keyset_file.key_ids(elsewhere) == [new]


@pytest.mark.django_db(transaction=True)
class TestSeveralAtOnce:
    @pytest.fixture
    def connection(self, file: Path, project: Project) -> Connection:
        return make_connection(project)

    def test_a_promotion_waits_for_whoever_is_sealing(
        self, file: Path, old: int, connection: Connection, owner: User
    ) -> None:
        key_rotation.add_key(file)

        new, _new = overtaken(
            lambda: key_rotation.promote_key(file), by=lambda: seal(connection, owner)
        )

        assert column() == {old: 1}
        rewrap_all()
        assert column() == {new: 1}

    def test_whoever_seals_waits_for_a_promotion_and_takes_the_new_key(
        self, file: Path, connection: Connection, owner: User
    ) -> None:
        new = key_rotation.add_key(file)

        overtaken(lambda: seal(connection, owner), by=lambda: key_rotation.promote_key(file))

        assert column() == {new: 1}

    def test_a_key_that_somebody_seals_with_is_not_dropped_meanwhile(
        self, file: Path, old: int, connection: Connection, owner: User
    ) -> None:
        new = key_rotation.add_key(file)
        key_rotation.promote_key(file, new)
        rewrap_all()
        key_rotation.promote_key(file, old)

        def give_up() -> None:
            key_rotation.promote_key(file, new)
            key_rotation.drop_key(file, old)

        with pytest.raises(KeysetError, match=f"Key {old} is still in use .secrets: 1."):
            overtaken(give_up, by=lambda: seal(connection, owner))

    def test_a_secret_that_somebody_holds_is_waited_for_and_the_others_are_not(
        self, file: Path, old: int, connection: Connection, project: Project
    ) -> None:
        for number in range(3):
            make_connection(project, alias=f"c{number}")
        new = add_and_promote(file)
        held = StoredSecret.objects.filter(connection=connection)

        steps = overtaken(
            rewrap_all,
            by=lambda: held.update(last4="held"),
            then=lambda: wait_until(lambda: column() == {old: 1, new: 3}, seconds=5),
        )

        assert [step.done for step in steps] == [3, 1]
        assert column() == {new: 4}
        assert held.get().last4 == "held"

    def test_a_secret_that_is_replaced_meanwhile_is_not_overwritten(
        self, file: Path, connection: Connection, owner: User
    ) -> None:
        new = add_and_promote(file)

        overtaken(rewrap_all, by=lambda: seal(connection, owner, "f" * 32))

        assert open_secret(connection, "client_secret") == "f" * 32
        assert column() == {new: 1}

    def test_a_connection_that_is_deleted_meanwhile_is_no_trouble(
        self, file: Path, connection: Connection
    ) -> None:
        add_and_promote(file)

        steps = overtaken(rewrap_all, by=connection.delete)

        assert sum(step.done for step in steps) == 0

    def test_two_who_rewrap_at_once_share_the_work(self, file: Path, project: Project) -> None:
        for number in range(20):
            make_connection(project, alias=f"c{number}")
        new = add_and_promote(file)

        both = all_at_once([lambda: rewrap_all(at_once=2)] * 2)

        assert column() == {new: 20}
        assert [step.unreadable for steps in both for step in steps if step.unreadable] == []
        for each in Connection.objects.all():
            assert open_secret(each, "client_secret") == "0123456789abcdef0123456789abcdef"

    def test_two_keys_added_at_once_are_both_there(self, file: Path) -> None:
        added = set(all_at_once([lambda: key_rotation.add_key(file)] * 4))

        assert len(added) == 4
        assert added < set(keyset_file.key_ids(file))


def seal(connection: Connection, owner: User, value: str = "e" * 32) -> StoredSecret:
    return seal_secret(connection, field="client_secret", value=value, actor=owner)
