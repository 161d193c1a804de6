"""Operators and end users: one table, two kinds of person, kept apart by the database itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import IntegrityError, transaction

from projects.models import Membership, Project, Role, User
from projects.people.authentication import OperatorBackend
from tests.cast import PASSWORD
from tests.rows import each_row


def end_user(project: Project, **fields: Any) -> User:
    person = User(project=project, **fields)
    person.set_unusable_password()
    person.save()
    return person


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


def test_an_end_user_can_have_no_email(project: Project) -> None:
    with refused("end_user_has_no_email_and_no_password"), transaction.atomic():
        end_user(project, email="li@example.com")


def test_an_end_user_can_have_no_password(project: Project) -> None:
    person = User(project=project)
    person.set_password(PASSWORD)

    with refused("end_user_has_no_email_and_no_password"), transaction.atomic():
        person.save()


def test_an_end_user_cannot_be_given_a_password_later(project: Project) -> None:
    person = end_user(project)
    person.set_password(PASSWORD)

    with refused("end_user_has_no_email_and_no_password"), transaction.atomic():
        person.save()


def test_an_operator_needs_an_email(db: None) -> None:
    with refused("operator_has_an_email"), transaction.atomic():
        User.objects.create(name="Nobody")
    with pytest.raises(ValueError, match="needs an email address"):
        User.objects.create_user("", PASSWORD)


def test_an_operators_email_is_unique_whatever_its_case(db: None) -> None:
    User.objects.create_user("olga@example.com", PASSWORD)

    with refused("operator_email_unique"), transaction.atomic():
        User.objects.create(email="OLGA@example.com")


def test_end_users_without_email_live_beside_one_operator(project: Project) -> None:
    User.objects.create_user("olga@example.com", PASSWORD)
    for _number in range(3):
        end_user(project, address="olga@example.com")

    assert User.objects.count() == 4


def test_an_end_users_address_opens_nothing(project: Project, rf: Any) -> None:
    end_user(project, address="olga@example.com", address_verified=True)
    request = rf.post("/login")

    assert authenticate(request, email="olga@example.com", password=PASSWORD) is None
    assert authenticate(request, email="", password="") is None
    assert authenticate(request, username="", password=PASSWORD) is None


def test_an_operator_is_authenticated_by_email_and_password(db: None, rf: Any) -> None:
    olga = User.objects.create_user("olga@example.com", PASSWORD)
    request = rf.post("/login")

    assert authenticate(request, email="Olga@Example.com", password=PASSWORD) == olga
    assert authenticate(request, email="olga@example.com", password="wrong") is None


def test_an_operator_whose_address_was_given_in_capitals_is_found_by_it(
    db: None, rf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", email="Anna@Example.com", verbosity=0)

    anna = User.objects.get(email="anna@example.com")
    for written in ("Anna@Example.com", "anna@example.com"):
        assert authenticate(rf.post("/login"), email=written, password=PASSWORD) == anna


def test_operators_alone_are_known_to_the_backend(project: Project, owner: User) -> None:
    person = end_user(project)

    assert OperatorBackend().get_user(owner.pk) == owner
    assert OperatorBackend().get_user(person.pk) is None


def test_nobody_who_is_blocked_is_known_to_the_backend(owner: User) -> None:
    owner.is_active = False
    owner.save()

    assert OperatorBackend().get_user(owner.pk) is None


def test_a_natural_key_finds_operators_alone(project: Project, owner: User) -> None:
    end_user(project)

    assert User.objects.get_by_natural_key("OLGA@example.com") == owner
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key("")


def test_letters_that_only_look_alike_are_another_operators_address(db: None) -> None:
    mike = User.objects.create_user("mike@example.com", PASSWORD)
    other = User.objects.create_user("mıke@example.com", PASSWORD)

    assert User.objects.get_by_natural_key("MIKE@example.com") == mike
    assert User.objects.get_by_natural_key("mıke@example.com") == other


def test_createsuperuser_asks_for_an_email_alone_and_makes_an_operator(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

    call_command("createsuperuser", "--noinput", email="root@example.com", verbosity=0)

    root = User.objects.get()
    assert (root.email, root.is_operator, root.memberships.count()) == (
        "root@example.com",
        True,
        0,
    )
    assert root.check_password(PASSWORD)


def test_a_deleted_project_takes_its_end_users_along_and_leaves_operators(
    project: Project, owner: User
) -> None:
    end_user(project)

    project.delete()

    assert list(User.objects.all()) == [owner]
    assert Membership.objects.count() == 0


def test_somebody_is_a_member_of_a_project_once(project: Project, owner: User) -> None:
    with refused("one_membership_per_project"), transaction.atomic():
        Membership.objects.create(project=project, user=owner, role=Role.VIEWER)


@each_row(
    "role, can",
    [
        (Role.OWNER, {Role.OWNER, Role.EDITOR, Role.VIEWER}),
        (Role.EDITOR, {Role.EDITOR, Role.VIEWER}),
        (Role.VIEWER, {Role.VIEWER}),
    ],
)
def test_a_role_may_do_what_the_smaller_ones_may(role: Role, can: set[Role]) -> None:
    assert {other for other in Role if role.includes(other)} == can


def test_a_person_is_called_by_name_else_by_email(db: None) -> None:
    assert str(User(name="Olga", email="olga@example.com")) == "Olga"
    assert str(User(email="olga@example.com")) == "olga@example.com"
