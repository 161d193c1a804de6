"""The Users pages: who is listed, what is said of a person, and what a member can do there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from applications.models import Application, Grant, LogoutDelivery
from connections.identities import directory
from connections.models import Connection, EndUserSession, Identity
from connections.secrets import check_keys
from portal.users.services import block_user
from projects.models import Event, Project, User
from signin.references import format_reference
from tests.applications.test_code_flow import shop as shop
from tests.applications.test_logout import Shop, sign_in
from tests.cast import end_user_session, make_connection, sign_in_as
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

USERS = "/projects/acme/users/"
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])
REFERENCE = "7K3QX0M9ZD"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
HOSTILE = "<script>alert(1)</script>\u202e%s{{ name }}"


@pytest.fixture
def connection(project: Project) -> Connection:
    check_keys()
    return make_connection(project)


@pytest.fixture
def li(project: Project, connection: Connection) -> User:
    """Somebody who has signed in with WeChat, and is signed in."""
    li = User.objects.create(
        project=project,
        name="李雷",
        address="li@example.com",
        address_verified=True,
        password="!",
        last_login=timezone.now(),
    )
    identity = Identity.objects.create(
        project=project,
        user=li,
        connection=connection,
        namespace="wechat:gh_0123456789ab",
        subject="oUnionidOfLi",
    )
    identity.keys.create(
        project=project, namespace="wechat-app:wx0123456789abcdef", value="oOpenidOfLi"
    )
    end_user_session(li, browser=FIREFOX, connection=connection)
    project.sign_ins.create(
        connection=connection,
        alias=connection.alias,
        provider=connection.provider,
        reference=REFERENCE,
        outcome="ok",
        user=li,
        started_at=timezone.now(),
    )
    return li


def page_of(user: User) -> str:
    return f"{USERS}{user.pk}/"


def table(client: Client, query: str = "") -> list[list[str]]:
    """The rows of the list, cell by cell."""
    return rows_of(Page(client.get(USERS + query)))


def rows_of(page: Page) -> list[list[str]]:
    """The rows of a page's list, cell by cell."""
    return [
        [cell.text for cell in [row.one("th"), *row.every("td")]]
        for body in page.every("tbody")
        for row in body.every("tr")
    ]


class TestList:
    def test_a_row_says_who_it_is(self, as_viewer: Client, li: User) -> None:
        assert table(as_viewer) == [
            ["李雷 li@example.com Verified", "wechat_web", "just now", "just now", "Active"]
        ]

    def test_a_row_of_somebody_of_whom_nothing_is_known(
        self, as_viewer: Client, project: Project
    ) -> None:
        guest = User.objects.create(project=project, password="!", is_active=False)
        (row,) = table(as_viewer)
        assert row == [f"Guest {guest.pk.hex[-4:].upper()}", "–", "just now", "–", "Blocked"]

    @each_row(
        "query, is_found",
        [
            ("?q=李", True),
            ("?q=LI@example", True),
            ("?q=oUnionidOfLi", True),
            ("?q=oOpenidOfLi", True),
            (f"?q={format_reference(REFERENCE).lower()}", True),
            ("?q=%20李雷%20", True),
            ("?connection=wechat_web", True),
            ("?state=active", True),
            ("?q=李&connection=wechat_web&state=active", True),
            ("?q=nobody", False),
            ("?state=blocked", False),
            ("?q=李&state=blocked", False),
            ("?connection=wechat_web&state=blocked", False),
        ],
    )
    def test_search_and_filters(
        self, as_viewer: Client, li: User, query: str, is_found: bool
    ) -> None:
        page = Page(as_viewer.get(USERS + query))
        assert len(rows_of(page)) == is_found
        assert ("No user matches the search." in page.text) != is_found

    def test_by_the_id_that_applications_have(self, as_viewer: Client, li: User) -> None:
        assert len(table(as_viewer, f"?q={li.pk}")) == 1

    @each_row(
        "query, field",
        [
            ("?q=" + "x" * 257, "q"),
            ("?connection=theirs", "connection"),
            ("?state=gone", "state"),
        ],
    )
    def test_a_filter_that_makes_no_sense_says_so(
        self, as_viewer: Client, li: User, query: str, field: str
    ) -> None:
        page = Page(as_viewer.get(USERS + query))
        assert page.errors(field)
        assert len(rows_of(page)) == 1

    def test_pages_keep_the_filter(
        self, as_viewer: Client, li: User, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(directory, "PAGE_SIZE", 1)
        User.objects.create(project=project, name="李梅", password="!")
        query = "?q=李&state=active"
        (first,) = table(as_viewer, query)
        older = Page(as_viewer.get(USERS + query)).links["Older"]
        (second,) = table(as_viewer, older)
        assert (first[0], second[0][:2]) == ("李梅", "李雷")
        (again,) = table(as_viewer, Page(as_viewer.get(USERS + older)).links["Newer"])
        assert again == first

    def test_a_crowd_is_told(
        self, as_viewer: Client, li: User, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(directory, "MOST_MATCHES", 1)
        assert "More than 1 users match" not in Page(as_viewer.get(f"{USERS}?q=李")).text
        User.objects.create(project=project, name="李梅", password="!")
        assert "More than 1 users match" in Page(as_viewer.get(f"{USERS}?q=李")).text

    def test_the_statements_do_not_grow_with_the_rows(
        self, as_viewer: Client, li: User, project: Project, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(20):
            User.objects.create(project=project, name=f"User {number}", password="!")
        with django_assert_max_num_queries(8):
            as_viewer.get(USERS)

    @LANGUAGES
    def test_an_empty_list_says_what_will_be_there(
        self, as_viewer: Client, project: Project, language: str
    ) -> None:
        page = Page(as_viewer.get(USERS, headers={"accept-language": language}))
        assert said_in(language, "Everybody who signs in to this project appears here.") in (
            page.text
        )

    def test_users_of_others_are_not_listed(
        self, as_stranger: Client, stranger: User, li: User
    ) -> None:
        assert "No users yet" in Page(as_stranger.get("/projects/beta/users/")).text
        assert Page(as_stranger.get(f"/projects/beta/users/?q={li.pk}")).text.count("李雷") == 0


class TestPerson:
    def test_it_says_everything(self, as_viewer: Client, li: User) -> None:
        text = Page(as_viewer.get(page_of(li))).text
        for fact in (
            str(li.pk),
            "li@example.com Verified",
            "openid oOpenidOfLi",
            "unionid oUnionidOfLi",
            "Firefox",
            format_reference(REFERENCE),
            "No application has access to this account.",
        ):
            assert fact in text, fact
        links = Page(as_viewer.get(page_of(li))).links
        assert str(li.pk) in links["View all sign-ins of this user"]

    def test_an_identity_outlives_its_connection(
        self, as_viewer: Client, li: User, connection: Connection
    ) -> None:
        connection.delete()
        text = Page(as_viewer.get(page_of(li))).text
        assert "Deleted connection" in text
        assert "oUnionidOfLi" in text
        assert table(as_viewer)[0][1] == "Deleted connection"

    def test_what_a_provider_says_is_text_and_no_markup(self, as_owner: Client, li: User) -> None:
        User.objects.filter(pk=li.pk).update(name=HOSTILE, address=HOSTILE)
        Identity.objects.update(subject=HOSTILE)
        for path in (USERS, page_of(li), f"{page_of(li)}delete/"):
            source = as_owner.get(path).content.decode()
            assert "<script>alert" not in source
            assert "&lt;script&gt;alert" in source

    def test_a_viewer_can_change_nothing(self, as_viewer: Client, li: User) -> None:
        forms = Page(as_viewer.get(page_of(li))).one("main").every("form")
        assert [each.attributes.get("action") for each in forms] == []

    def test_an_editor_cannot_delete(self, as_editor: Client, li: User) -> None:
        page = Page(as_editor.get(page_of(li)))
        assert "Only owners can delete users." in page.text
        assert "Delete user" not in page.links

    @pytest.mark.parametrize("pk", ["owner", "nobody"])
    def test_nobody_else_has_a_page(
        self, as_owner: Client, owner: User, project: Project, pk: str
    ) -> None:
        found = as_owner.get(f"{USERS}{owner.pk if pk == 'owner' else uuid4()}/")
        assert found.status_code == 404


class TestActions:
    def test_a_block_is_told_here_and_in_history(self, as_editor: Client, li: User) -> None:
        answer = as_editor.post(f"{page_of(li)}block/", follow=True)
        page = Page(answer)
        assert "User blocked. All sessions have ended." in page.text
        assert "Blocked by Ed on" in page.text
        assert "This user is not signed in anywhere." in page.text
        history = Page(as_editor.get("/projects/acme/history/?kind=changes"))
        assert "Ed blocked the user 李雷" in history.text
        assert history.links["李雷"] == page_of(li)

        answer = as_editor.post(f"{page_of(li)}unblock/", follow=True)
        assert "User unblocked. They can sign in again." in Page(answer).text
        assert User.objects.get(pk=li.pk).is_active

    def test_history_shows_who_was_refused(self, as_viewer: Client, li: User, owner: User) -> None:
        block_user(li, actor=owner)
        li.project.sign_ins.update(outcome="policy", cause="person_inactive")  # type: ignore[union-attr]
        story = Page(as_viewer.get(f"/projects/acme/history/{REFERENCE}/"))
        assert "This user is blocked in the project." in story.text
        assert "unblock them on the Users page" in story.text
        assert story.links["李雷"] == page_of(li)

    def test_sessions_end_one_by_one_or_all(self, as_editor: Client, li: User) -> None:
        for _number in range(2):
            end_user_session(li)
        session = EndUserSession.objects.latest("created_at")
        end = f"{page_of(li)}sessions/{session.sid}/end/"
        for _time in range(2):
            assert "Session ended." in Page(as_editor.post(end, follow=True)).text
        assert EndUserSession.objects.count() == 2
        answer = as_editor.post(f"{page_of(li)}sign-out/", follow=True)
        assert "2 sessions ended." in Page(answer).text
        kept = Event.objects.filter(action="user:signed-out").order_by("pk")
        assert [each.changes for each in kept] == [
            {"sessions": [None, 1]},
            {"sessions": [None, 2]},
        ]

    def test_a_session_of_somebody_else_stays(
        self, as_editor: Client, li: User, project: Project
    ) -> None:
        other = User.objects.create(project=project, password="!")
        end_user_session(other)
        session = EndUserSession.objects.get(user=other)
        as_editor.post(f"{page_of(li)}sessions/{session.sid}/end/")
        assert EndUserSession.objects.filter(pk=session.pk).exists()

    def test_access_is_removed(self, as_editor: Client, li: User, shop: Shop) -> None:
        Application.objects.update(backchannel_logout_uri="https://shop.example/backchannel")
        sign_in(shop, sign_in_as(li))
        assert "Remove access : Shop" in Page(as_editor.get(page_of(li))).text

        path = f"{page_of(li)}applications/{shop[0].client_id}/remove/"
        page = Page(as_editor.post(path, follow=True))
        # A second click changes nothing.
        as_editor.post(path)

        assert Event.objects.filter(action="user:access-removed").count() == 1
        assert "Access of Shop removed." in page.text
        assert "No application has access to this account." in page.text
        assert not Grant.objects.filter(revoked_at=None).exists()
        assert LogoutDelivery.objects.count() == 1
        history = Page(as_editor.get("/projects/acme/history/?action=user:access-removed"))
        assert "Application Shop" in history.text

    def test_deletion_asks_for_the_id(self, as_owner: Client, li: User) -> None:
        path = f"{page_of(li)}delete/"
        page = Page(as_owner.get(path))
        assert "1 account at a provider" in page.text
        assert "1 session" in page.text
        for typed in ("", "12345678", "李雷"):
            page = Page(as_owner.post(path, {"user_id": typed}))
            assert page.errors("user_id")
        assert User.objects.filter(pk=li.pk).exists()

        answer = as_owner.post(path, {"user_id": f" {li.pk.hex[:8].upper()} "}, follow=True)

        assert "User deleted." in Page(answer).text
        assert as_owner.get(page_of(li)).status_code == 404
        assert as_owner.post(f"{page_of(li)}block/").status_code == 404
        history = Page(as_owner.get("/projects/acme/history/")).text
        assert f"Olga deleted the user {li.pk}" in history
        assert "李雷" not in history

    def test_deletion_asks_who_it_is(self, owner: User, li: User) -> None:
        client = sign_in_as(owner, ago=3600)
        answer = client.post(f"{page_of(li)}delete/", {"user_id": li.pk.hex[:8]})
        assert answer.headers["location"].startswith("/reauthenticate")
        assert User.objects.filter(pk=li.pk).exists()
