"""``manage.py prepare`` and ``manage.py secrets``."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from connections.secrets import check_keys
from core.keyring.keyset import create_keyset
from core.keyring.models import KeyCanary
from core.postgresql.locks import MIGRATION_LOCK, lock_until_commit
from portal.management.commands.init import first_operator
from projects.audit.events import PROJECT_CREATED
from projects.models import Membership, Project, User
from tests.cast import client_of, make_connection
from tests.connections.concurrent import overtaken


def run(*command: str) -> str:
    said = StringIO()
    call_command(*command, stdout=said)
    return said.getvalue()


@pytest.fixture
def keyset_file(settings: Any, tmp_path: Path, db: None) -> Path:
    """Where the keys will be; nothing is there yet."""
    path = tmp_path / "var" / "keyset.json"
    settings.MENKOU_KEYSET_FILE = str(path)
    return path


class TestPrepare:
    @pytest.fixture(autouse=True)
    def no_given_operator(self, monkeypatch: pytest.MonkeyPatch, keyset_file: Path) -> None:
        for name in ("DJANGO_SUPERUSER_EMAIL", "DJANGO_SUPERUSER_PASSWORD"):
            monkeypatch.delenv(name, raising=False)

    def test_a_first_start_finds_all_that_it_needs(self, keyset_file: Path) -> None:
        told = json.loads(run("prepare"))

        operator = User.objects.get()
        assert operator.check_password(told.pop("password"))
        assert told == {
            "operator": "admin@example.com",
            "sign_in": "http://portal.test/login",
            "sign_in_page": "http://acme.login.test/login",
            "website": None,
        }
        membership = Membership.objects.get()
        assert (membership.user, membership.role) == (operator, "owner")
        assert (membership.project.slug, membership.project.name) == ("acme", "Acme")
        assert [event.action for event in membership.project.events.all()] == [PROJECT_CREATED.key]
        assert keyset_file.stat().st_mode & 0o777 == 0o600
        assert KeyCanary.objects.count() == 1

    def test_a_second_one_changes_nothing_and_tells_no_password(self, keyset_file: Path) -> None:
        first = json.loads(run("prepare"))
        before = (keyset_file.read_bytes(), *self.rows())
        second = json.loads(run("prepare"))
        assert (keyset_file.read_bytes(), *self.rows()) == before
        assert second == {**first, "password": None}

    @staticmethod
    def rows() -> list[list[dict[str, Any]]]:
        return [list(model.objects.values()) for model in (User, Project, Membership, KeyCanary)]

    def test_a_given_operator_is_made_and_the_password_is_not_repeated(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "mei@example.com")
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a doorway made of oak")
        said = run("prepare")
        assert json.loads(said)["operator"] == "mei@example.com"
        assert json.loads(said)["password"] is None
        assert "oak" not in said
        assert User.objects.get().check_password("a doorway made of oak")

    def test_the_password_may_come_from_a_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "password").write_text("a doorway made of oak\n")
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD_FILE", str(tmp_path / "password"))
        run("prepare")
        assert User.objects.get().check_password("a doorway made of oak")

    def test_two_invented_passwords_differ(self) -> None:
        first = json.loads(run("prepare"))["password"]
        User.objects.all().delete()
        second = json.loads(run("prepare"))["password"]
        assert first != second
        assert min(len(first), len(second)) >= 16

    def test_an_operator_who_is_there_already_owns_the_demo(self) -> None:
        known = User.objects.create_user("known@example.com", "any")
        told = json.loads(run("prepare"))
        assert (told["operator"], told["password"]) == ("known@example.com", None)
        assert Membership.objects.get().user == known

    def test_an_end_user_is_no_operator(self, project: Project) -> None:
        end_user = User(project=project, name="Eve")
        end_user.set_unusable_password()
        end_user.save()
        assert json.loads(run("prepare"))["operator"] == "admin@example.com"
        assert Membership.objects.get().user.email == "admin@example.com"

    def test_addresses_can_be_told_with_https(self) -> None:
        assert json.loads(run("prepare", "--scheme", "https"))["sign_in"].startswith("https://")

    def test_production_is_refused_before_anything_is_made(
        self, settings: Any, keyset_file: Path
    ) -> None:
        settings.MENKOU_ENV = "production"
        with pytest.raises(CommandError, match="In production, run `init`"):
            run("prepare")
        assert not User.objects.exists()
        assert not keyset_file.exists()

    def test_the_wrong_keys_stop_it(self, keyset_file: Path, settings: Any) -> None:
        run("prepare")
        settings.MENKOU_KEYSET_FILE = str(keyset_file.with_name("other.json"))
        with pytest.raises(CommandError, match="Restore the correct file. Nothing was changed"):
            run("prepare")


class TestInit:
    @pytest.fixture(autouse=True)
    def no_given_operator(self, monkeypatch: pytest.MonkeyPatch, keyset_file: Path) -> None:
        for name in ("DJANGO_SUPERUSER_EMAIL", "DJANGO_SUPERUSER_PASSWORD"):
            monkeypatch.delenv(name, raising=False)

    def test_the_first_operator_chooses_the_password_by_the_printed_link(
        self, keyset_file: Path
    ) -> None:
        said = run("init", "--email", "Mei@example.com")

        assert f"Created {keyset_file}." in said
        assert "Created operator mei@example.com." in said
        assert "within 3 days" in said
        link = said.splitlines()[-1]
        assert link.startswith("http://portal.test/password/reset/key/")
        assert self.choose_password(link, "a doorway made of oak")
        assert User.objects.get().check_password("a doorway made of oak")
        assert KeyCanary.objects.count() == 1
        # It works once.
        assert not self.choose_password(link, "another doorway of oak")
        assert User.objects.get().check_password("a doorway made of oak")

    @staticmethod
    def choose_password(link: str, password: str) -> bool:
        client = client_of("portal.test")
        shown = client.get(link.removeprefix("http://portal.test"), follow=True)
        if b'name="password1"' not in shown.content:
            return False
        form = {"password1": password, "password2": password}
        return client.post(shown.redirect_chain[-1][0], form).status_code == 302

    def test_a_second_time_changes_nothing(self, keyset_file: Path) -> None:
        first = run("init")
        before = (keyset_file.read_bytes(), *TestPrepare.rows())

        second = run("init", "--email", "somebody-else@example.com")

        assert (keyset_file.read_bytes(), *TestPrepare.rows()) == before
        assert f"{keyset_file} exists. It was not changed." in second
        assert "The first operator is admin@example.com." in second
        assert "/password/reset/key/" in first.splitlines()[-1]
        assert "/password/reset/key/" in second.splitlines()[-1]

    def test_an_operator_with_a_password_gets_no_link(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        User.objects.create_user("invited@example.com", None)
        User.objects.create_user("known@example.com", "any password at all")

        said = run("init")

        assert "The first operator is known@example.com." in said
        assert said.splitlines()[-1] == "Sign in at http://portal.test/login"
        assert User.objects.count() == 2

    def test_the_password_may_be_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "mei@example.com")
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a doorway made of oak")

        said = run("init")

        assert "oak" not in said
        assert said.splitlines()[-1] == "Sign in at http://portal.test/login"
        assert User.objects.get(email="mei@example.com").check_password("a doorway made of oak")

    def test_nothing_is_made_for_an_address_that_is_none(self, keyset_file: Path) -> None:
        with pytest.raises(CommandError, match="mei is not an email address"):
            run("init", "--email", "mei")
        assert not keyset_file.exists()

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_the_same_moment_one_creates_the_operator(self) -> None:
        second = overtaken(
            lambda: first_operator("second@example.com"),
            by=lambda: first_operator("first@example.com"),
        )
        assert (second[0].email, second[1]) == ("first@example.com", False)
        assert User.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_migrations_run_one_at_a_time(self) -> None:
        overtaken(lambda: run("migrate"), by=lambda: lock_until_commit(MIGRATION_LOCK))

    def test_the_direct_address_of_another_database_stops_it(self, settings: Any) -> None:
        settings.DIRECT_DATABASE = {**database.settings_dict, "NAME": "postgres"}
        with pytest.raises(CommandError, match="leads to another database than DATABASE_URL"):
            run("init")

    def test_the_keys_of_another_database_stop_it(self, keyset_file: Path, settings: Any) -> None:
        run("init")
        other = keyset_file.with_name("other.json")
        create_keyset(other)
        settings.MENKOU_KEYSET_FILE = str(other)
        with pytest.raises(CommandError, match="Restore the correct file. Nothing was changed"):
            run("init")

    @pytest.mark.parametrize("command", [["init"], ["secrets", "init"]])
    def test_lost_keys_are_not_replaced(self, keyset_file: Path, command: list[str]) -> None:
        run("init")
        keyset_file.unlink()
        with pytest.raises(CommandError, match="Restore the file from its backup.*Nothing was"):
            run(*command)
        assert not keyset_file.exists()


class TestSecrets:
    def test_init_makes_a_keyset_that_only_we_may_read(self, keyset_file: Path) -> None:
        said = run("secrets", "init")
        assert said == (
            f"Created a new keyset in {keyset_file}. "
            "Keep a backup apart from the database backups.\n"
            "The keyset can decrypt this database's secrets.\n"
        )
        assert keyset_file.stat().st_mode & 0o777 == 0o600
        assert run("secrets", "status").endswith(
            "The keyset can decrypt this database's secrets.\n"
        )

    def test_init_overwrites_nothing(self, keyset_file: Path) -> None:
        run("secrets", "init")
        before = keyset_file.read_bytes()
        with pytest.raises(CommandError, match="already exists. It was not changed"):
            run("secrets", "init")
        assert keyset_file.read_bytes() == before

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (None, "The keyset cannot be read: No such file or directory."),
            ("", "The key file contains no usable keyset."),
            ('{"primaryKeyId": 1, "key": []}', "The key file contains no usable keyset."),
            ("not JSON: canary-5d2e", "The key file contains no usable keyset."),
        ],
    )
    def test_status_says_what_is_wrong_and_quotes_nothing(
        self, keyset_file: Path, content: str | None, sentence: str
    ) -> None:
        keyset_file.parent.mkdir()
        if content is not None:
            keyset_file.write_text(content)
        with pytest.raises(CommandError) as refused:
            run("secrets", "status")
        assert str(refused.value) == sentence

    def test_status_tells_another_databases_keys(self, keyset_file: Path, settings: Any) -> None:
        run("secrets", "init")
        settings.MENKOU_KEYSET_FILE = str(keyset_file.with_name("other.json"))
        create_keyset(keyset_file.with_name("other.json"))
        with pytest.raises(CommandError, match="does not belong to this database's secrets"):
            run("secrets", "status")

    def test_status_misses_a_canary_that_was_lost(
        self, keyset_file: Path, project: Project, owner: User
    ) -> None:
        create_keyset(keyset_file)
        check_keys()
        make_connection(project, actor=owner)
        KeyCanary.objects.all().delete()
        with pytest.raises(CommandError, match="The database has secrets but no key canary"):
            run("secrets", "status")
        assert not KeyCanary.objects.exists()

    @pytest.mark.parametrize("action", ["init", "status"])
    def test_without_a_file_name_it_says_which_setting_is_missing(
        self, settings: Any, action: str
    ) -> None:
        settings.MENKOU_KEYSET_FILE = ""
        with pytest.raises(CommandError, match="MENKOU_KEYSET_FILE is not set"):
            run("secrets", action)
