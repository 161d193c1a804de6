"""Roles, removing and leaving: a project is never left without an owner."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from projects.audit.events import (
    INVITATION_REVOKED,
    MEMBER_LEFT,
    MEMBER_REMOVED,
    MEMBER_ROLE_CHANGED,
)
from projects.members.invitations import invite_member
from projects.members.services import LastOwner, change_role, remove_member
from projects.models import Event, Invitation, Membership, Project, Role, User
from tests.cast import PASSWORD
from tests.connections.concurrent import all_at_once


def membership(project: Project, person: User) -> Membership:
    return Membership.objects.select_related("project", "user").get(project=project, user=person)


def second_owner(project: Project, name: str = "Otto") -> User:
    person = User.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=name)
    Membership.objects.create(project=project, user=person, role=Role.OWNER)
    return person


def roles(project: Project) -> dict[str, str]:
    return dict(project.memberships.values_list("user__name", "role"))


def test_another_role_is_recorded_with_both(project: Project, owner: User, viewer: User) -> None:
    change_role(membership(project, viewer), role=Role.EDITOR, actor=owner)

    assert roles(project) == {"Olga": "owner", "Vi": "editor"}
    event = Event.objects.get()
    assert (event.action, event.actor, event.target_id, event.target_name, event.changes) == (
        MEMBER_ROLE_CHANGED.key,
        owner,
        str(viewer.pk),
        "Vi",
        {"role": ["viewer", "editor"]},
    )


def test_the_same_role_is_no_event(project: Project, owner: User, viewer: User) -> None:
    change_role(membership(project, viewer), role=Role.VIEWER, actor=owner)

    assert not Event.objects.exists()


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_57_the_last_owner_stays_one(
    project: Project, owner: User, editor: User, role: Role
) -> None:
    with pytest.raises(LastOwner):
        change_role(membership(project, owner), role=role, actor=owner)
    with pytest.raises(LastOwner):
        remove_member(membership(project, owner), actor=owner)

    assert roles(project) == {"Olga": "owner", "Ed": "editor"}
    assert not Event.objects.exists()


def test_one_of_two_owners_may_become_less(project: Project, owner: User) -> None:
    second_owner(project)

    change_role(membership(project, owner), role=Role.VIEWER, actor=owner)

    assert roles(project) == {"Olga": "viewer", "Otto": "owner"}


def test_an_owner_removes_a_member(project: Project, owner: User, editor: User) -> None:
    remove_member(membership(project, editor), actor=owner)

    assert roles(project) == {"Olga": "owner"}
    event = Event.objects.get()
    assert (event.action, event.actor, event.target_name, event.changes) == (
        MEMBER_REMOVED.key,
        owner,
        "Ed",
        {"role": ["editor", None]},
    )
    assert User.objects.filter(pk=editor.pk).exists()


def test_a_member_may_leave(project: Project, owner: User, viewer: User) -> None:
    remove_member(membership(project, viewer), actor=viewer)

    assert roles(project) == {"Olga": "owner"}
    assert Event.objects.get().action == MEMBER_LEFT.key


@pytest.mark.parametrize("who", ["editor", "viewer", "stranger"])
def test_nobody_but_an_owner_changes_others(
    request: pytest.FixtureRequest, project: Project, owner: User, who: str
) -> None:
    actor = request.getfixturevalue(who)
    before = roles(project)

    with pytest.raises(PermissionDenied):
        change_role(membership(project, owner), role=Role.VIEWER, actor=actor)
    with pytest.raises(PermissionDenied):
        remove_member(membership(project, owner), actor=actor)

    assert roles(project) == before
    assert not Event.objects.exists()


def test_invitations_of_somebody_who_is_removed_are_revoked(project: Project, owner: User) -> None:
    otto = second_owner(project)
    for actor, address in ((otto, "his@example.com"), (owner, "hers@example.com")):
        invite_member(project=project, address=address, role=Role.OWNER, actor=actor)

    remove_member(membership(project, otto), actor=owner)

    assert {each.address: each.is_pending for each in Invitation.objects.all()} == {
        "his@example.com": False,
        "hers@example.com": True,
    }
    revoked = Event.objects.get(action=INVITATION_REVOKED.key)
    assert (revoked.actor, revoked.target_name) == (owner, "his@example.com")


def test_invitations_of_an_owner_who_becomes_less_are_revoked(
    project: Project, owner: User
) -> None:
    otto = second_owner(project)
    invite_member(project=project, address="his@example.com", role=Role.OWNER, actor=otto)

    change_role(membership(project, otto), role=Role.EDITOR, actor=owner)

    assert not Invitation.objects.get().is_pending


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def attempt(self, action: Any) -> str:
        try:
            action()
        except (LastOwner, PermissionDenied, Membership.DoesNotExist) as refused:
            return type(refused).__name__
        return "done"

    @pytest.mark.parametrize("round_", range(3))
    def test_57_of_two_owners_who_demote_each_other_one_stays(
        self, project: Project, owner: User, round_: int
    ) -> None:
        otto = second_owner(project)
        hers, his = membership(project, owner), membership(project, otto)

        results = all_at_once(
            [
                lambda: self.attempt(lambda: change_role(his, role=Role.VIEWER, actor=owner)),
                lambda: self.attempt(lambda: change_role(hers, role=Role.VIEWER, actor=otto)),
            ]
        )

        assert sorted(results) == ["PermissionDenied", "done"]
        assert sorted(roles(project).values()) == ["owner", "viewer"]

    def test_of_owners_who_all_leave_one_stays(self, project: Project, owner: User) -> None:
        people = [owner, *(second_owner(project, name) for name in ("Otto", "Oskar", "Odile"))]
        memberships = [membership(project, person) for person in people]

        results = all_at_once(
            [
                lambda mine=mine: self.attempt(lambda: remove_member(mine, actor=mine.user))
                for mine in memberships
            ]
        )

        assert sorted(results) == ["LastOwner", "done", "done", "done"]
        assert list(roles(project).values()) == ["owner"]

    def test_who_was_just_removed_cannot_take_revenge(self, project: Project, owner: User) -> None:
        otto = second_owner(project)
        second_owner(project, "Oskar")
        hers, his = membership(project, owner), membership(project, otto)

        results = all_at_once(
            [
                lambda: self.attempt(lambda: remove_member(his, actor=owner)),
                lambda: self.attempt(lambda: remove_member(hers, actor=otto)),
            ]
        )

        assert sorted(results) == ["PermissionDenied", "done"]
        assert project.memberships.count() == 2
