"""Members, in Settings: list, invite, change role, remove, leave."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client, TestCase
from django.utils import timezone

from projects.audit.events import MEMBER_REMOVED
from projects.members.invitations import hash_token, invite_member
from projects.models import Event, Invitation, Membership, Project, Role, User
from tests.cast import PASSWORD, sign_in_as
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

MEMBERS = "/projects/acme/settings/members/"
INVITE = f"{MEMBERS}invite/"
LINK = re.compile(r"^http://portal\.test(/invitation/link/[\w-]{43}/)$", re.M)
NO_MAIL = [
    "django.core.mail.backends.dummy.EmailBackend",
    "django.core.mail.backends.console.EmailBackend",
]


def number_of(person: User) -> int:
    return Membership.objects.get(user=person).pk


def send_invitation(client: Client, **sent: str) -> Any:
    return client.post(INVITE, {"address": "ann@example.com", "role": "editor", **sent})


def rows(page: Page) -> list[list[str]]:
    return [
        [cell.text for cell in row.content if not isinstance(cell, str)]
        for table in page.every("tbody")
        for row in table.every("tr")
    ]


class TestList:
    def test_it_names_everybody_with_role_and_what_the_owner_can_do(
        self, as_owner: Client, owner: User, viewer: User, stranger: User
    ) -> None:
        page = Page(as_owner.get(MEMBERS))
        assert rows(page) == [
            ["O Olga You olga@example.com", "Owner", "just now", "Change role Olga Leave"],
            ["V Vi vi@example.com", "Viewer", "just now", "Change role Vi Remove Vi"],
        ]
        assert page.links["Invite member"] == INVITE
        assert stranger.email not in page.source

    @pytest.mark.parametrize("who", ["editor", "viewer"])
    def test_others_read_it_and_may_leave(
        self, request: pytest.FixtureRequest, owner: User, who: str, project: Project
    ) -> None:
        me = request.getfixturevalue(who)
        invite_member(project=project, address="ann@example.com", role=Role.VIEWER, actor=owner)
        page = Page(sign_in_as(me).get(MEMBERS))
        assert [row[-1] for row in rows(page) if "You" in row[0]] == ["Leave"]
        assert sorted(row[-1] for row in rows(page)) == ["", "", "Leave"]
        assert "Invite member" not in page.links
        assert not list(page.one("main").every("form"))

    def test_it_is_a_part_of_settings(self, as_viewer: Client) -> None:
        page = Page(as_viewer.get(MEMBERS))
        menu = page.one("nav", aria_label="Main menu")
        assert [link.text for link in menu.every("a", aria_current="page")] == ["Settings"]
        tabs = page.one("nav", class_="page-tabs")
        assert [(tab.text, "aria-current" in tab.attributes) for tab in tabs.every("a")] == [
            ("General", False),
            ("Members", True),
        ]

    @pytest.mark.parametrize("number", [1, 3])
    def test_it_costs_the_same_for_one_and_for_three(
        self, as_owner: Client, owner: User, project: Project, number: int
    ) -> None:
        for n in range(number):
            person = User.objects.create_user(f"p{n}@example.com", name=f"P{n}")
            Membership.objects.create(project=project, user=person, role=Role.VIEWER)
            invite_member(
                project=project, address=f"i{n}@example.com", role=Role.VIEWER, actor=owner
            )
        with TestCase().assertNumQueries(7):
            assert len(rows(Page(as_owner.get(MEMBERS)))) == 1 + 2 * number

    def test_invitations_that_wait_are_listed_with_what_is_left_of_them(
        self, as_owner: Client, owner: User, project: Project
    ) -> None:
        for address, left in (("ann@example.com", 2), ("bob@example.com", -1)):
            invite_member(project=project, address=address, role=Role.EDITOR, actor=owner)
            Invitation.objects.filter(address=address).update(
                expires_at=timezone.now() + timedelta(days=left, minutes=1)
            )
        gone, _token = invite_member(
            project=project, address="gone@example.com", role=Role.EDITOR, actor=owner
        )
        Invitation.objects.filter(pk=gone.pk).update(revoked_at=timezone.now())
        assert rows(Page(as_owner.get(MEMBERS)))[1:] == [
            [
                "ann@example.com",
                "Editor",
                "Pending 2 days left",
                "Olga",
                "Send again ann@example.com Revoke ann@example.com",
            ],
            [
                "bob@example.com",
                "Editor",
                "Expired",
                "Olga",
                "Send again bob@example.com Revoke bob@example.com",
            ],
        ]


class TestInviting:
    def test_the_link_goes_to_the_address_and_nowhere_else(self, as_owner: Client) -> None:
        answer = send_invitation(as_owner, address=" Ann@Example.com ")

        assert (answer.status_code, answer.headers["location"]) == (302, MEMBERS)
        (message,) = mail.outbox
        assert (message.to, message.from_email) == (["ann@example.com"], "menkou@portal.test")
        assert message.subject == "Invitation to “Acme” on Menkou"
        assert (
            "Olga invited you to join the project “Acme” in the Menkou portal at portal.test. "
            "Your role: Editor." in message.body
        )
        assert "The link works once, only for ann@example.com, until " in message.body
        found = LINK.search(message.body)
        assert found is not None
        token = found[1].split("/")[-2]
        assert Invitation.objects.get().token_hash == hash_token(token)
        page = Page(as_owner.get(MEMBERS))
        assert page.messages == ["Invitation sent to ann@example.com."]
        assert token not in page.source + Page(as_owner.get("/projects/acme/history/")).source
        assert token not in str(dict(as_owner.session))

    def test_the_message_is_in_the_language_of_who_invites(self, as_owner: Client) -> None:
        as_owner.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
        send_invitation(as_owner)
        assert mail.outbox[0].subject == "邀请您加入 Menkou 项目“Acme”"
        assert "角色：编辑者" in mail.outbox[0].body

    def test_a_projects_name_cannot_add_a_header(self, as_owner: Client, project: Project) -> None:
        Project.objects.update(name="Acme\r\nBcc: eve@example.com")
        assert send_invitation(as_owner).status_code == 302
        assert mail.outbox[0].subject == "Invitation to “Acme Bcc: eve@example.com” on Menkou"
        assert mail.outbox[0].recipients() == ["ann@example.com"]

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    @pytest.mark.parametrize(
        ("address", "sentence"),
        [
            ("", "This field is required."),
            ("ann", "Enter a valid email address."),
            ("a@example.com\nBcc: b@example.com", "Enter a valid email address."),
            ("OLGA@example.com", "A member already has this email address."),
            (
                "waits@example.com",
                "This email address has already been invited. Send the invitation again, or "
                "revoke it.",
            ),
        ],
    )
    def test_what_is_wrong_stands_beside_the_address(
        self, as_owner: Client, language: str, address: str, sentence: str
    ) -> None:
        send_invitation(as_owner, address="waits@example.com")
        as_owner.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        page = Page(send_invitation(as_owner, address=address))
        assert page.all_errors() == {"address": [said_in(language, sentence)]}
        assert len(mail.outbox) == Invitation.objects.count() == 1

    @each_row("role", ["", "admin", "Owner"], undo=True)
    def test_there_are_no_other_roles(self, as_owner: Client, role: str) -> None:
        assert list(Page(send_invitation(as_owner, role=role)).all_errors()) == ["role"]
        assert not Invitation.objects.exists()

    def test_an_operator_and_a_stranger_are_invited_alike(
        self, as_owner: Client, stranger: User
    ) -> None:
        known = send_invitation(as_owner, address=stranger.email)
        unknown = send_invitation(as_owner, address="ann@example.com")
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
        said = Page(as_owner.get(MEMBERS)).messages
        assert said == [
            "Invitation sent to sam@example.com.",
            "Invitation sent to ann@example.com.",
        ]

    def test_a_mail_server_that_is_away_is_told_and_the_invitation_stays(
        self, as_owner: Client, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

        send_invitation(as_owner)

        page = Page(as_owner.get(MEMBERS))
        assert page.messages == [
            "The email to ann@example.com could not be sent. Send the invitation again later."
        ]
        assert rows(page)[1][0] == "ann@example.com"
        assert not LINK.search(page.source)
        (record,) = [each for each in caplog.records if each.name == "menkou.post"]
        assert record.getMessage() == "an invitation could not be sent: ConnectionRefusedError"

    @pytest.mark.parametrize("backend", NO_MAIL)
    def test_without_a_mail_server_the_link_is_shown_once_to_who_invites(
        self, as_owner: Client, settings: Any, backend: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings.EMAIL_BACKEND = backend
        told = Page(as_owner.get(INVITE)).one(class_="callout-warning").text
        assert told.startswith("Email is not set up on this server The link will be shown once")

        answer = send_invitation(as_owner)

        link = Page(answer).one(id="invitation-link").one("code").text
        assert LINK.fullmatch(link)
        token = link.split("/")[-2]
        assert Invitation.objects.get().token_hash == hash_token(token)
        assert "no-store" in answer.headers["cache-control"]
        assert token not in Page(as_owner.get(MEMBERS)).source
        assert token not in "".join(capsys.readouterr())


class TestSendingAgainAndRevoking:
    @pytest.fixture
    def path(self, as_owner: Client) -> str:
        send_invitation(as_owner)
        return f"{MEMBERS}invitations/{Invitation.objects.get().pk}/"

    def test_sending_again_makes_a_new_link(self, as_owner: Client, path: str) -> None:
        answer = as_owner.post(f"{path}renew/")

        assert answer.headers["location"] == MEMBERS
        first, second = (LINK.search(message.body) for message in mail.outbox)
        assert first is not None
        assert second is not None
        assert first[1] != second[1]
        assert as_owner.get(first[1]).status_code == 404
        assert as_owner.get(second[1]).status_code == 302

    def test_revoking_says_that_the_link_is_dead(self, as_owner: Client, path: str) -> None:
        as_owner.post(f"{path}revoke/")
        page = Page(as_owner.get(MEMBERS))
        assert page.messages[-1] == "Invitation revoked. Its link no longer works."
        assert len(rows(page)) == 1

    @pytest.mark.parametrize("what", ["renew", "revoke"])
    def test_one_that_was_accepted_meanwhile_is_left_alone(
        self, as_owner: Client, path: str, what: str
    ) -> None:
        Invitation.objects.update(accepted_at=timezone.now())
        as_owner.post(f"{path}{what}/")
        said = Page(as_owner.get(MEMBERS)).messages[-1]
        assert said == "This invitation has already been accepted or revoked."
        assert Invitation.objects.get().revoked_at is None
        assert len(mail.outbox) == 1


class TestRoles:
    def test_55_a_new_role_counts_from_the_next_request(
        self, as_owner: Client, as_viewer: Client, viewer: User
    ) -> None:
        add = "/projects/acme/connections/add/"
        path = f"{MEMBERS}{number_of(viewer)}/"
        assert as_viewer.get(add).status_code == 403

        answer = as_owner.post(path, {"role": "editor"})
        assert answer.headers["location"] == MEMBERS
        assert Page(as_owner.get(MEMBERS)).messages == ["Role changed."]
        assert as_viewer.get(add).status_code == 200

        as_owner.post(path, {"role": "viewer"})
        assert as_viewer.get(add).status_code == 403

    def test_an_owner_who_was_demoted_cannot_invite_any_more(
        self, as_owner: Client, owner: User, viewer: User
    ) -> None:
        as_owner.post(f"{MEMBERS}{number_of(viewer)}/", {"role": "owner"})
        sign_in_as(viewer).post(f"{MEMBERS}{number_of(owner)}/", {"role": "editor"})
        assert send_invitation(as_owner).status_code == 403
        assert not Invitation.objects.exists()

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_the_last_owner_reads_why_it_stays_so(
        self, as_owner: Client, owner: User, language: str
    ) -> None:
        as_owner.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        page = Page(as_owner.post(f"{MEMBERS}{number_of(owner)}/", {"role": "viewer"}))
        sentence = "A project must have an owner. Make another member an owner first."
        assert page.all_errors() == {"role": [said_in(language, sentence)]}
        assert Membership.objects.get().role == "owner"

    def test_the_history_tells_it_in_words(self, as_owner: Client, viewer: User) -> None:
        as_owner.post(f"{MEMBERS}{number_of(viewer)}/", {"role": "editor"})
        _when, event = rows(Page(as_owner.get("/projects/acme/history/")))[0]
        assert event.startswith("Olga changed the role of Vi Details Role Viewer → Editor")


class TestRemoving:
    def test_somebody_who_was_removed_finds_nothing_with_the_next_request(
        self, as_owner: Client, as_editor: Client, editor: User
    ) -> None:
        assert as_editor.get("/projects/acme/").status_code == 200

        answer = as_owner.post(f"{MEMBERS}{number_of(editor)}/remove/")

        assert answer.headers["location"] == MEMBERS
        assert Page(as_owner.get(MEMBERS)).messages == ["Ed is no longer a member."]
        assert as_editor.get("/projects/acme/").status_code == 404
        assert as_editor.get("/projects/").status_code == 200

    def test_whoever_leaves_is_led_to_the_other_projects(
        self, as_viewer: Client, viewer: User, owner: User
    ) -> None:
        path = f"{MEMBERS}{number_of(viewer)}/remove/"
        assert Page(as_viewer.get(path)).one("h1").text == "Leave “Acme”?"

        answer = as_viewer.post(path)

        assert answer.headers["location"] == "/projects/"
        assert Page(as_viewer.get("/projects/")).messages == ["You have left “Acme”."]
        assert as_viewer.get("/projects/acme/").status_code == 404

    @pytest.mark.parametrize("who", ["editor", "viewer"])
    def test_nobody_but_an_owner_removes_others(
        self, request: pytest.FixtureRequest, owner: User, who: str
    ) -> None:
        client = sign_in_as(request.getfixturevalue(who))
        assert client.post(f"{MEMBERS}{number_of(owner)}/remove/").status_code == 403
        assert Membership.objects.filter(user=owner).exists()

    def test_the_last_owner_is_offered_no_button(self, as_owner: Client, owner: User) -> None:
        path = f"{MEMBERS}{number_of(owner)}/remove/"
        page = Page(as_owner.get(path))
        assert page.alerts == [
            ("A project must have an owner. Make another member an owner first.")
        ]
        assert not list(page.one("main").every("button"))
        assert Page(as_owner.post(path)).alerts == page.alerts
        assert Membership.objects.filter(user=owner).exists()

    def test_it_says_how_many_invitations_go_too(
        self, as_owner: Client, project: Project, owner: User
    ) -> None:
        otto = User.objects.create_user("otto@example.com", PASSWORD, name="Otto")
        Membership.objects.create(project=project, user=otto, role=Role.OWNER)
        for n in range(2):
            invite_member(
                project=project, address=f"i{n}@example.com", role=Role.VIEWER, actor=otto
            )
        page = Page(as_owner.get(f"{MEMBERS}{number_of(otto)}/remove/"))
        assert [item.text for item in page.one(class_="losses").every("li")] == [
            "2 pending invitations from this member will be revoked."
        ]

    def test_one_who_is_gone_already_is_not_found(self, as_owner: Client, editor: User) -> None:
        path = f"{MEMBERS}{number_of(editor)}/remove/"
        assert as_owner.post(path).status_code == 302
        assert as_owner.post(path).status_code == 404
        assert Event.objects.filter(action=MEMBER_REMOVED.key).count() == 1


def test_names_are_text_on_the_pages_of_members(
    as_owner: Client, owner: User, viewer: User, project: Project
) -> None:
    script = "<script>alert(1)</script>"
    User.objects.update(name=script)
    Project.objects.update(name=script)
    number = number_of(viewer)
    for path in (MEMBERS, INVITE, f"{MEMBERS}{number}/", f"{MEMBERS}{number}/remove/"):
        source = as_owner.get(path).content.decode()
        assert script not in source
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in source
