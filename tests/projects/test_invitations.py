"""Invitations: a link of one use, three days, bound to address, project and role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from projects.audit.events import MEMBER_INVITED, MEMBER_JOINED
from projects.members.invitations import (
    AlreadyInvited,
    AlreadyMember,
    InvitationClosed,
    WrongPerson,
    accept_invitation,
    find_operator,
    hash_token,
    invite_member,
    renew_invitation,
    revoke_invitation,
)
from projects.members.services import LastOwner, remove_member
from projects.models import Event, Invitation, Membership, Project, Role, User
from tests.cast import PASSWORD
from tests.connections.concurrent import all_at_once


@pytest.fixture
def invited(project: Project, owner: User) -> tuple[Invitation, str]:
    return invite_member(project=project, address="Ann@Example.com", role=Role.EDITOR, actor=owner)


def ann() -> User:
    return User.objects.create_user("ann@example.com", PASSWORD, name="Ann")


def fetched(token: str) -> Invitation:
    return Invitation.objects.select_related("project").get(token_hash=hash_token(token))


def test_an_invitation_keeps_a_hash_and_lasts_three_days(
    invited: tuple[Invitation, str], project: Project, owner: User
) -> None:
    invitation, token = invited
    assert (invitation.project, invitation.address, invitation.role, invitation.invited_by) == (
        project,
        "ann@example.com",
        "editor",
        owner,
    )
    left = invitation.expires_at - timezone.now()
    assert timedelta(days=2, hours=23, minutes=59) < left <= timedelta(days=3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text FROM projects_invitation i")
        (row,) = cursor.fetchone()
        cursor.execute("SELECT string_agg(row_to_json(e)::text, '') FROM projects_event e")
        (events,) = cursor.fetchone()
    assert token not in row + events
    assert invitation.token_hash not in events


def test_no_two_tokens_are_alike_and_each_has_256_bits(project: Project, owner: User) -> None:
    tokens = {
        invite_member(project=project, address=f"p{n}@example.com", role=Role.VIEWER, actor=owner)[
            1
        ]
        for n in range(20)
    }
    assert {len(token) for token in tokens} == {43}
    assert len(tokens) == 20


def test_an_invitation_is_recorded_with_its_role(
    invited: tuple[Invitation, str], owner: User
) -> None:
    event = Event.objects.get()
    assert (event.action, event.actor, event.target_name, event.changes) == (
        MEMBER_INVITED.key,
        owner,
        "ann@example.com",
        {"role": [None, "editor"]},
    )


@pytest.mark.parametrize("who", ["editor", "viewer", "stranger"])
def test_only_an_owner_invites(
    request: pytest.FixtureRequest, project: Project, who: str, invited: tuple[Invitation, str]
) -> None:
    actor = request.getfixturevalue(who)
    for action in (
        lambda: invite_member(
            project=project, address="x@example.com", role=Role.VIEWER, actor=actor
        ),
        lambda: renew_invitation(invited[0], actor=actor),
        lambda: revoke_invitation(invited[0], actor=actor),
    ):
        with pytest.raises(PermissionDenied):
            action()
    assert Invitation.objects.count() == 1
    assert fetched(invited[1]).is_pending


def test_a_member_is_not_invited_whatever_the_case(
    project: Project, owner: User, editor: User
) -> None:
    with pytest.raises(AlreadyMember):
        invite_member(project=project, address="ED@Example.COM", role=Role.VIEWER, actor=owner)


def test_an_address_has_one_invitation_that_waits(
    invited: tuple[Invitation, str], project: Project, owner: User
) -> None:
    with pytest.raises(AlreadyInvited):
        invite_member(project=project, address="ann@example.COM", role=Role.VIEWER, actor=owner)
    with (
        pytest.raises(IntegrityError, match="one_invitation_waits_per_address"),
        transaction.atomic(),
    ):
        Invitation.objects.create(
            project=project,
            address="ann@example.com",
            role=Role.OWNER,
            token_hash="another",
            expires_at=timezone.now(),
        )
    revoke_invitation(invited[0], actor=owner)
    invite_member(project=project, address="ann@example.com", role=Role.VIEWER, actor=owner)


def test_an_invited_operator_joins_in_the_role_of_the_invitation(
    invited: tuple[Invitation, str], project: Project
) -> None:
    person = ann()

    membership = accept_invitation(fetched(invited[1]), person=person)

    assert (membership.project, membership.user, membership.role) == (project, person, "editor")
    event = Event.objects.filter(action=MEMBER_JOINED.key).get()
    assert (event.actor, event.target_name, event.changes) == (
        person,
        "Ann",
        {"role": [None, "editor"]},
    )


def test_a_person_who_is_new_is_saved_with_the_membership(
    invited: tuple[Invitation, str], project: Project
) -> None:
    person = User(email="ann@example.com", name="Ann")

    accept_invitation(fetched(invited[1]), person=person)

    assert project.memberships.filter(user__email="ann@example.com", role="editor").exists()


def test_an_invitation_works_once(invited: tuple[Invitation, str]) -> None:
    invitation = fetched(invited[1])
    accept_invitation(invitation, person=ann())
    Membership.objects.filter(user__email="ann@example.com").delete()

    with pytest.raises(InvitationClosed):
        accept_invitation(invitation, person=User.objects.get(email="ann@example.com"))

    assert not Membership.objects.filter(user__email="ann@example.com").exists()


def test_one_that_is_too_old_leaves_nobody_behind(invited: tuple[Invitation, str]) -> None:
    Invitation.objects.update(expires_at=timezone.now())

    with pytest.raises(InvitationClosed):
        accept_invitation(fetched(invited[1]), person=User(email="ann@example.com"))

    assert not User.objects.filter(email="ann@example.com").exists()


def test_a_revoked_one_is_dead(invited: tuple[Invitation, str], owner: User) -> None:
    stale = fetched(invited[1])
    revoke_invitation(invited[0], actor=owner)

    with pytest.raises(InvitationClosed):
        accept_invitation(stale, person=ann())
    with pytest.raises(InvitationClosed):
        revoke_invitation(stale, actor=owner)
    with pytest.raises(InvitationClosed):
        renew_invitation(stale, actor=owner)


def test_a_new_link_kills_the_old_one_and_lasts_three_days_more(
    invited: tuple[Invitation, str], owner: User
) -> None:
    stale = fetched(invited[1])
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))

    invitation, token = renew_invitation(stale, actor=owner)

    assert token != invited[1]
    assert not invitation.has_expired
    with pytest.raises(InvitationClosed):
        accept_invitation(stale, person=ann())
    assert (
        accept_invitation(fetched(token), person=User.objects.get(email="ann@example.com")).role
        == "editor"
    )


@pytest.mark.parametrize("address", ["eve@example.com", "ann@example.org", "ann+1@example.com"])
def test_an_invitation_is_for_its_address_alone(
    invited: tuple[Invitation, str], address: str
) -> None:
    with pytest.raises(WrongPerson):
        accept_invitation(fetched(invited[1]), person=User.objects.create_user(address, PASSWORD))

    assert fetched(invited[1]).is_pending


def test_an_end_user_with_that_address_is_somebody_else(
    invited: tuple[Invitation, str], project: Project
) -> None:
    person = User(project=project, address="ann@example.com", address_verified=True)
    person.set_unusable_password()
    person.save()

    with pytest.raises(WrongPerson):
        accept_invitation(fetched(invited[1]), person=person)


def test_letters_that_only_look_alike_are_another_address(db: None) -> None:
    User.objects.create_user("mike@example.com", PASSWORD)

    assert find_operator("MIKE@EXAMPLE.COM") is not None
    assert find_operator("mıke@example.com") is None


def test_whoever_is_a_member_already_keeps_the_role(project: Project, owner: User) -> None:
    invitation, _token = invite_member(
        project=project, address="ann@example.com", role=Role.OWNER, actor=owner
    )
    person = ann()
    Membership.objects.create(project=project, user=person, role=Role.VIEWER)

    assert accept_invitation(invitation, person=person).role == "viewer"
    assert not Event.objects.filter(action=MEMBER_JOINED.key).exists()


def test_a_deleted_project_takes_its_invitations_along(
    invited: tuple[Invitation, str], project: Project
) -> None:
    stale = fetched(invited[1])
    project.delete()

    with pytest.raises(Project.DoesNotExist):
        accept_invitation(stale, person=ann())


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def attempt(self, invitation: Invitation, person: User) -> str:
        try:
            accept_invitation(invitation, person=person)
        except (InvitationClosed, IntegrityError) as refused:
            return type(refused).__name__
        return "joined"

    def test_of_eight_who_accept_at_once_one_joins(
        self, invited: tuple[Invitation, str], project: Project
    ) -> None:
        person, invitation = ann(), fetched(invited[1])

        results = all_at_once([lambda: self.attempt(invitation, person)] * 8)

        assert sorted(results) == ["InvitationClosed"] * 7 + ["joined"]
        assert project.memberships.filter(user=person).count() == 1
        assert Event.objects.filter(action=MEMBER_JOINED.key).count() == 1

    def test_of_eight_new_people_at_once_one_is_made(
        self, invited: tuple[Invitation, str], project: Project
    ) -> None:
        invitation = fetched(invited[1])

        results = all_at_once([lambda: self.attempt(invitation, User(email="ann@example.com"))] * 8)

        assert sorted(results) == ["InvitationClosed"] * 7 + ["joined"]
        assert User.objects.filter(email="ann@example.com").count() == 1

    def test_one_address_that_accepts_two_invitations_at_once_is_one_person(
        self, invited: tuple[Invitation, str], other_project: Project, stranger: User
    ) -> None:
        _conflict, token = invite_member(
            project=other_project, address="ann@example.com", role=Role.OWNER, actor=stranger
        )
        invitations = [fetched(invited[1]), fetched(token)]

        results = all_at_once(
            [
                lambda each=each: self.attempt(each, User(email="ann@example.com"))
                for each in invitations
            ]
        )

        assert sorted(results) == ["IntegrityError", "joined"]
        assert User.objects.filter(email="ann@example.com").count() == 1
        assert sorted(each.is_pending for each in Invitation.objects.all()) == [False, True]

    def test_an_invitation_of_somebody_who_leaves_gives_nothing_afterwards(
        self, invited: tuple[Invitation, str], project: Project, owner: User
    ) -> None:
        otto = User.objects.create_user("otto@example.com", PASSWORD)
        Membership.objects.create(project=project, user=otto, role=Role.OWNER)
        person, invitation = ann(), fetched(invited[1])
        mine = project.memberships.get(user=owner)

        def leave() -> str:
            try:
                remove_member(mine, actor=owner)
            except LastOwner:
                return "last"
            return "left"

        results = all_at_once([lambda: self.attempt(invitation, person), leave])

        assert results[1] == "left"
        joined = project.memberships.filter(user=person).exists()
        assert joined == (results[0] == "joined")
        assert not Invitation.objects.get().is_pending
