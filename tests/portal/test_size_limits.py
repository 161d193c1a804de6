"""How many connections, members, projects and passkeys there may be, however they are added."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connections.models import Connection
from connections.providers import catalogue
from connections.secrets import check_keys
from connections.services import TooManyConnections, add_connection, delete_connection
from portal.account import factor_views as factors
from projects.members.invitations import TooManyMembers, invite_member, revoke_invitation
from projects.models import Invitation, Project, Role, User
from projects.tenants.services import TooManyProjects, create_project
from tests.cast import client_of, make_connection, proposal, wechat_form
from tests.connections.concurrent import all_at_once
from tests.portal.authenticator import Device
from tests.portal.factors import add_passkey, arrive
from tests.portal.page_reader import Page

CATALOGUE = "/projects/acme/connections/add/"
ADD = f"{CATALOGUE}wechat_web/"
LIST = "/projects/acme/connections/"
INVITE = "/projects/acme/settings/members/invite/"
CREATE = "/projects/create/"
CONNECTIONS = (
    "A project can have at most 2 connections. To add another one, delete one that you no longer "
    "need."
)
MEMBERS = (
    "A project can have at most 2 members, including pending invitations. Remove a member or "
    "revoke an invitation first."
)
PROJECTS = "You can own at most 2 projects. Delete one that you no longer need first."


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    settings.MENKOU_MAX_CONNECTIONS = 2
    settings.MENKOU_MAX_MEMBERS = 2
    settings.MENKOU_MAX_PROJECTS = 2


class TestConnections:
    @pytest.fixture
    def full(self, project: Project) -> Project:
        for alias in ("one", "two"):
            make_connection(project, alias=alias)
        return project

    @pytest.mark.usefixtures("full")
    def test_87_the_catalogue_and_the_form_say_so_before_anybody_types(
        self, as_editor: Client
    ) -> None:
        assert CONNECTIONS in Page(as_editor.get(CATALOGUE)).text
        assert CONNECTIONS in Page(as_editor.get(ADD)).text

    @pytest.mark.usefixtures("full")
    def test_87_nothing_is_added_and_what_was_typed_stays(self, as_editor: Client) -> None:
        page = Page(as_editor.post(ADD, wechat_form(alias="three")))
        assert CONNECTIONS in page.text
        assert page.value("client_id") == wechat_form()["client_id"]
        assert Connection.objects.count() == 2

    @pytest.mark.usefixtures("full")
    def test_the_message_is_translated(self, as_editor: Client) -> None:
        page = Page(as_editor.get(CATALOGUE, headers={"accept-language": "zh-CN"}))
        assert "一个项目最多可有 2 个连接。如需添加，请先删除不再需要的连接。" in page.text

    def test_below_the_limit_nothing_is_said(self, as_editor: Client, project: Project) -> None:
        make_connection(project)
        for path in (CATALOGUE, f"{CATALOGUE}github/"):
            assert "A project can have" not in Page(as_editor.get(path)).text

    def test_a_connection_that_exists_can_be_edited_and_deleted_to_make_room(
        self, as_editor: Client, full: Project, editor: User
    ) -> None:
        page = as_editor.get(f"{LIST}one/")
        assert "A project can have" not in Page(page).text
        delete_connection(full.connections.get(alias="one"), actor=editor)
        assert (
            as_editor.post(
                ADD,
                wechat_form(
                    alias="three",
                    client_id="wx1111111111111111",
                    label_en="Third",
                    label_zh_hans="第三",
                ),
            ).status_code
            == 302
        )

    def test_another_projects_connections_do_not_count(
        self, full: Project, other_project: Project, stranger: User
    ) -> None:
        add(other_project, stranger, "one")

    @pytest.mark.django_db(transaction=True)
    def test_87_those_that_are_added_at_once_do_not_pass_the_limit(self) -> None:
        check_keys()
        project = Project.objects.create(slug="acme", name="Acme")
        owner = User.objects.create_user("olga@example.com", "x")

        def try_to_add(number: int) -> bool:
            try:
                add(project, owner, f"c{number}")
            except TooManyConnections:
                return False
            return True

        added = all_at_once([lambda n=n: try_to_add(n) for n in range(6)])  # type: ignore[misc]
        assert sum(added) == project.connections.count() == 2

    def test_87_a_full_list_and_its_sign_in_page_ask_as_often_as_short_ones(
        self, as_editor: Client, project: Project, settings: Any
    ) -> None:
        settings.KEPT_PAGES_BYTES = 0
        settings.MENKOU_MAX_CONNECTIONS = 20
        check_keys()
        visitor = client_of("acme.login.test")
        counts = []
        for upto in (2, 20):
            for number in range(project.connections.count(), upto):
                make_connection(project, alias=f"c{number}", account_id=f"gh_{number:012}")
            for client, path in ((as_editor, LIST), (visitor, "/login")):
                client.get(path)
                with CaptureQueriesContext(database) as queries:
                    answer = client.get(path)
                assert (answer.status_code, "c1" in answer.content.decode()) == (200, True)
                counts.append(len(queries))
        assert counts[:2] == counts[2:]


def add(project: Project, actor: User, alias: str) -> Connection:
    return add_connection(
        project=project,
        definition=catalogue.get("wechat_web"),
        proposal=proposal(alias=alias, secrets={"client_secret": "s" * 32}),
        actor=actor,
    )


class TestMembers:
    def test_87_open_invitations_count(
        self, as_owner: Client, project: Project, owner: User
    ) -> None:
        invitation, _token = invite_member(
            project=project, address="ann@example.com", role=Role.VIEWER, actor=owner
        )
        page = Page(as_owner.post(INVITE, {"address": "ben@example.com", "role": "viewer"}))
        assert MEMBERS in page.text
        assert page.value("address") == "ben@example.com"
        assert Invitation.objects.count() == 1

        revoke_invitation(invitation, actor=owner)
        answer = as_owner.post(INVITE, {"address": "ben@example.com", "role": "viewer"})
        assert Invitation.objects.filter(revoked_at=None).count() == 1, answer.content

    @pytest.mark.django_db(transaction=True)
    def test_87_invitations_that_are_made_at_once_do_not_pass_the_limit(self) -> None:
        owner = User.objects.create_user("olga@example.com", "x")
        project = create_project(name="Acme", slug="acme", owner=owner)

        def try_to_invite(number: int) -> bool:
            try:
                invite_member(
                    project=project,
                    address=f"p{number}@example.com",
                    role=Role.VIEWER,
                    actor=owner,
                )
            except TooManyMembers:
                return False
            return True

        made = all_at_once([lambda n=n: try_to_invite(n) for n in range(6)])  # type: ignore[misc]
        assert sum(made) == Invitation.objects.count() == 1


class TestProjects:
    def test_87_a_third_is_refused(self, as_owner: Client, owner: User) -> None:
        create_project(name="Second", slug="second", owner=owner)
        page = Page(as_owner.post(CREATE, {"name": "Third", "slug": "third"}))
        assert PROJECTS in page.text
        assert (page.value("name"), page.value("slug")) == ("Third", "third")
        assert not Project.objects.filter(slug="third").exists()

    def test_projects_of_others_do_not_count(
        self, as_owner: Client, owner: User, other_project: Project
    ) -> None:
        other_project.memberships.create(user=owner, role=Role.EDITOR)
        assert as_owner.post(CREATE, {"name": "Third", "slug": "third"}).status_code == 302

    @pytest.mark.django_db(transaction=True)
    def test_87_projects_that_are_created_at_once_do_not_pass_the_limit(self) -> None:
        owner = User.objects.create_user("olga@example.com", "x")

        def try_to_create(number: int) -> bool:
            try:
                create_project(name=f"P{number}", slug=f"p-{number}", owner=owner)
            except TooManyProjects:
                return False
            return True

        made = all_at_once([lambda n=n: try_to_create(n) for n in range(6)])  # type: ignore[misc]
        assert sum(made) == Project.objects.count() == 2


class TestPasskeys:
    def test_87_a_person_has_a_limited_number(
        self, owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(factors, "MAX_PASSKEYS", 2)
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        check_keys()
        browser = arrive(owner)
        for _ in range(2):
            assert add_passkey(browser, Device()).status_code == 302

        page = Page(add_passkey(browser, Device(), name="One more"))
        assert (
            "You can have at most 2 passkeys. To add another one, remove one that you no longer "
            "use." in page.text
        )
        assert page.value("name") == "One more"
        mine = Authenticator.objects.filter(user=owner, type=Authenticator.Type.WEBAUTHN)
        assert mine.count() == 2
