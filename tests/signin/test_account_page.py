"""The account page of an end user: sessions and applications, and how they are ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.models import Application, Consent, Grant, LogoutDelivery
from applications.services import (
    ApplicationFields,
    add_application,
    change_application,
)
from connections.models import EndUserSession
from projects.models import Project, User
from tests.applications.test_code_flow import CALLBACK, ask, returned
from tests.applications.test_logout import Shop, sign_in
from tests.cast import client_of, end_user_session, make_connection, sign_in_as
from tests.portal.page_reader import Element, Page
from tests.workers import clear_queue, jobs

CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/142.0.0.0 Safari/537.36"
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def person(project: Project) -> User:
    return User.objects.create(project=project, name="Li Lei", password="!")


@pytest.fixture
def stranger(project: Project) -> User:
    return User.objects.create(project=project, name="Wang", password="!")


@pytest.fixture
def foreigner() -> User:
    """Somebody of another project."""
    other = Project.objects.create(slug="other", name="Other")
    return User.objects.create(project=other, name="Li Lei", password="!")


@pytest.fixture
def browser(person: User) -> Client:
    return sign_in_as(person)


def add(project: Project, name: str = "Shop", **fields: Any) -> Shop:
    given = ApplicationFields(name=name, redirect_uris=[CALLBACK], **fields)
    application, secret = add_application(project, given, actor=None)
    assert secret is not None
    return application, secret.value


def session_of(person: User, **given: Any) -> UUID:
    """Another browser of the person."""
    end_user_session(person, **given)
    return EndUserSession.objects.filter(user=person).latest("created_at").sid


def give(person: User, application: Application, sid: UUID, **given: Any) -> Grant:
    """What a redeemed code leaves behind when its tokens can no longer be used."""
    now = timezone.now()
    return Grant.objects.create(
        **{
            "project": application.project,
            "application": application,
            "user": person,
            "sid": sid,
            "auth_time": now,
            "scope": "openid",
            "redirect_uri": CALLBACK,
            "code_hash": uuid4().hex,
            "code_expires_at": now,
            "redeemed_at": now,
            "expires_at": now - HOUR,
            **given,
        }
    )


def open_page(browser: Client, language: str = "en") -> Page:
    return Page(browser.get("/account", headers={"Accept-Language": language}))


def rows_of(page: Element, title: str) -> list[str]:
    """The rows of a section, with the label of their button."""
    sections = [each for each in page.every("section") if each.one("h2").text == title]
    return [
        " | ".join(
            [spoken_text(row), *(each.attributes["aria-label"] for each in row.every("button"))]
        )
        for section in sections
        for row in section.every("li")
    ]


def labels_of(row: Element) -> list[str]:
    """The labels of a row's buttons."""
    return [each.attributes["aria-label"] for each in row.every("button")]


def spoken_text(row: Element) -> str:
    """What a row says, without what is only drawn."""
    parts = [each for each in row.content if isinstance(each, Element)]
    return " ".join(each.text for each in parts if "aria-hidden" not in each.attributes)


def sessions_on(page: Page) -> list[str]:
    return rows_of(page, "Where you are signed in")


def applications_on(page: Page) -> list[str]:
    return rows_of(page, "Apps with access to your account")


def post(browser: Client, path: str, **headers: str) -> str:
    """Where a form of the page leads to."""
    response: Any = browser.post(path, headers=headers or SAME_SITE)
    assert response.status_code == 302
    return str(response["Location"])


class TestThePage:
    def test_one_browser_and_no_application(self, browser: Client, person: User) -> None:
        EndUserSession.objects.update(browser=CHROME)
        page = open_page(browser)
        assert sessions_on(page) == ["Chrome on Windows This browser"]
        assert [each.text for each in page.every("h2")] == ["Where you are signed in"]
        assert [each.text for each in page.every("button")] == ["Sign out"]
        assert list(page.every("details")) == []

    def test_what_it_says_of_sessions_and_applications(
        self, browser: Client, person: User, project: Project
    ) -> None:
        session_of(person, browser=CHROME, last_seen_at=timezone.now() - 3 * DAY)
        session_of(person, expires_at=timezone.now() - HOUR)
        sign_in(add(project, name="Shop & Co."), browser)
        page = open_page(browser)
        assert sessions_on(page) == [
            "Unknown browser This browser",
            "Chrome on Windows Last seen 3 days ago Sign out | Sign out of Chrome on Windows",
        ]
        assert applications_on(page) == [
            "Shop & Co. Last sign-in just now Remove access | Remove access of Shop & Co."
        ]
        page = open_page(browser, "zh-CN")
        assert rows_of(page, "已登录的设备")[1].startswith("Chrome · Windows 最近活跃")
        assert len(rows_of(page, "有权访问您账号的应用")) == 1

    def test_many_are_folded_and_take_no_more_statements(
        self, browser: Client, person: User, project: Project
    ) -> None:
        here = EndUserSession.objects.get().sid
        with CaptureQueriesContext(database) as few:
            open_page(browser)
        sids = [session_of(person) for _browser in range(29)]
        for number in range(7):
            application = add(project, name=f"App {number}")[0]
            for sid in (here, sids[number]):
                give(person, application, sid)
        with CaptureQueriesContext(database) as many:
            page = open_page(browser)
        assert len(many) == len(few)
        assert (len(sessions_on(page)), len(applications_on(page))) == (30, 7)
        assert [len(list(each.every("li"))) for each in page.every("details")] == [25, 2]
        assert [each.text for each in page.every("summary")] == ["25 more browsers", "2 more apps"]

    def test_nothing_of_other_people_is_on_it(
        self, browser: Client, stranger: User, foreigner: User, project: Project
    ) -> None:
        application = add(project)[0]
        for other in (stranger, foreigner):
            sid = session_of(other, browser=CHROME)
            give(other, application, sid, expires_at=timezone.now() + DAY)
        page = open_page(browser)
        assert sessions_on(page) == ["Unknown browser This browser"]
        assert applications_on(page) == []

    def test_it_leads_back_to_the_application_of_this_browser_that_was_last(
        self, browser: Client, person: User, project: Project, owner: User
    ) -> None:
        here = EndUserSession.objects.get().sid
        homes = {"First": "https://first.example/", "Second": "https://second.example/"}
        first, second = (add(project, name=name, home_page=home)[0] for name, home in homes.items())
        plain = add(project, name="Plain")[0]

        def back() -> dict[str, str]:
            links = open_page(browser).links
            return {name: url for name, url in links.items() if name.startswith("Back")}

        assert back() == {}
        give(person, first, here)
        give(person, plain, here)
        # In another browser.
        give(person, second, session_of(person))
        assert back() == {"Back to First": "https://first.example/"}
        give(person, second, here)
        assert back() == {"Back to Second": "https://second.example/"}
        post(browser, f"/account/applications/{second.client_id}/end")
        assert back() == {"Back to First": "https://first.example/"}


class TestAccess:
    @pytest.mark.parametrize(
        ("given", "lasts", "has_access"),
        [
            # Its tokens have expired, and the person is still signed in.
            ({}, True, True),
            ({}, False, False),
            ({"expires_at": DAY}, False, True),
            ({"expires_at": DAY, "revoked_at": -HOUR}, True, False),
            # A code that nobody has redeemed.
            ({"redeemed_at": None}, True, False),
        ],
    )
    def test_what_counts(
        self,
        browser: Client,
        person: User,
        project: Project,
        given: dict[str, timedelta | None],
        lasts: bool,
        has_access: bool,
    ) -> None:
        now = timezone.now()
        sid = session_of(person, expires_at=now + DAY if lasts else now - HOUR)
        times: dict[str, datetime | None] = {
            name: None if ago is None else now + ago for name, ago in given.items()
        }
        give(person, add(project)[0], sid, **times)
        assert len(applications_on(open_page(browser))) == has_access

    def test_a_consent_is_access_until_it_is_withdrawn(
        self, browser: Client, person: User, stranger: User, project: Project
    ) -> None:
        shop = add(project, is_third_party=True)[0]
        for each in (person, stranger):
            Consent.objects.create(application=shop, user=each, scope="openid")
        assert applications_on(open_page(browser)) == [
            "Shop Allowed just now Remove access | Remove access of Shop"
        ]
        give(person, shop, session_of(person, expires_at=timezone.now() - HOUR))
        assert "Last sign-in" in applications_on(open_page(browser))[0]
        post(browser, f"/account/applications/{shop.client_id}/end")
        assert applications_on(open_page(browser)) == []
        assert Consent.objects.get().user == stranger

    def test_the_application_loses_it_and_is_told(
        self, browser: Client, person: User, stranger: User, project: Project, owner: User
    ) -> None:
        clear_queue()
        shop, other = add(project), add(project, name="Other")
        for each in (shop, other):
            change_application(
                each[0], {"backchannel_logout_uri": "https://a.example/out"}, actor=owner
            )
        second, theirs = sign_in_as(person), sign_in_as(stranger)
        tokens = [sign_in(shop, each) for each in (browser, second, browser, theirs)]
        tokens.append(sign_in(other, browser))
        # A code that was never redeemed.
        returned(ask(sign_in_as(person), shop[0]))

        path = f"/account/applications/{shop[0].client_id}/end"
        for _click in range(2):
            assert post(browser, path) == "/account"

        server = client_of(project.host)
        known = [
            server.get(
                "/oauth2/userinfo", headers={"Authorization": f"Bearer {each['access_token']}"}
            ).status_code
            for each in tokens
        ]
        assert known == [401, 401, 401, 200, 200]
        told = LogoutDelivery.objects.values_list("application__name", "user", "sid")
        sids = set(person.sessions.order_by("created_at").values_list("sid", flat=True)[:2])  # type: ignore[attr-defined]
        assert {(name, user) for name, user, _sid in told} == {("Shop", person.pk)}
        assert {sid for _name, _user, sid in told} == sids
        assert len(told) == len(jobs("applications.logout")) == 2
        page = open_page(browser)
        assert [each.split(" Last")[0] for each in applications_on(page)] == ["Other"]
        assert len(sessions_on(page)) == 3

    def test_an_application_without_an_address_is_not_told(
        self, browser: Client, project: Project
    ) -> None:
        shop = add(project)
        sign_in(shop, browser)
        post(browser, f"/account/applications/{shop[0].client_id}/end")
        assert not LogoutDelivery.objects.exists()
        assert applications_on(open_page(browser)) == []


class TestSessions:
    def test_another_one_is_ended(self, browser: Client, person: User) -> None:
        second, third = sign_in_as(person), sign_in_as(person)
        sid = person.sessions.order_by("created_at")[1].sid  # type: ignore[attr-defined]
        for _click in range(2):
            assert post(browser, f"/account/sessions/{sid}/end") == "/account"
        assert [each.get("/account").status_code for each in (browser, second, third)] == [
            200,
            302,
            200,
        ]

    def test_all_others_are_ended(self, browser: Client, person: User, stranger: User) -> None:
        others = [sign_in_as(person) for _browser in range(2)]
        theirs = sign_in_as(stranger)
        paths = [form.attributes["action"] for form in open_page(browser).every("form")]
        assert "/account/sessions/end" in paths
        assert post(browser, "/account/sessions/end") == "/account"
        assert [each.get("/account").status_code for each in (browser, theirs, *others)] == [
            200,
            200,
            302,
            302,
        ]
        paths = [form.attributes["action"] for form in open_page(browser).every("form")]
        assert paths == ["/logout"]

    def test_this_one_is_ended_by_its_id_too(self, browser: Client) -> None:
        sid = EndUserSession.objects.get().sid
        post(browser, f"/account/sessions/{sid}/end")
        assert not EndUserSession.objects.exists()


Paths = Callable[[User], list[str]]


@pytest.fixture
def paths(project: Project) -> Paths:
    """Everything that can be ended of a person who has signed in to an application."""
    application = add(project)[0]

    def paths_of(person: User) -> list[str]:
        sid = session_of(person)
        give(person, application, sid, expires_at=timezone.now() + DAY)
        Consent.objects.create(application=application, user=person, scope="openid")
        return [
            f"/account/sessions/{sid}/end",
            "/account/sessions/end",
            f"/account/applications/{application.client_id}/end",
        ]

    return paths_of


def everything() -> list[list[dict[str, Any]]]:
    models = (EndUserSession, Grant, Consent, LogoutDelivery)
    return [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]


@pytest.mark.parametrize("whose", ["stranger", "foreigner"])
def test_nothing_of_other_people_can_be_ended(
    browser: Client, paths: Paths, whose: str, request: pytest.FixtureRequest
) -> None:
    other = request.getfixturevalue(whose)
    targets = [*paths(other), f"/account/sessions/{uuid4()}/end"]
    targets += [f"/account/applications/{client_id}/end" for client_id in ("a" * 24, "a" * 900)]
    before = everything()
    for target in targets:
        assert post(browser, target) == "/account"
    assert everything() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"X-None": "of them"},
    ],
)
def test_other_websites_end_nothing(
    browser: Client, person: User, paths: Paths, headers: dict[str, str]
) -> None:
    targets = paths(person)
    before = everything()
    for target in targets:
        assert post(browser, target, **headers) == "/account"
        assert browser.get(target).status_code == 405
    assert everything() == before


def test_nobody_ends_nothing(project: Project, person: User, paths: Paths) -> None:
    """Without a session, with one of another project, with one that has ended, when blocked."""
    other = Project.objects.create(slug="third", name="Third")
    elsewhere = sign_in_as(person)
    elsewhere.defaults["HTTP_HOST"] = other.host
    ended = sign_in_as(person)
    person.sessions.order_by("created_at").update(expires_at=timezone.now() - HOUR)  # type: ignore[attr-defined]
    blocked_person = User.objects.create(project=project, name="B", password="!", is_active=False)
    targets = [*paths(person), *paths(blocked_person)]
    before = everything()
    for client in (client_of(project.host), elsewhere, ended, sign_in_as(blocked_person)):
        before = everything()
        for target in targets:
            post(client, target)
        assert everything() == before


def test_a_connection_that_is_gone_does_not_matter(project: Project, person: User) -> None:
    connection = make_connection(project)
    browser = sign_in_as(person)
    EndUserSession.objects.update(connection=connection)
    assert "WeChat" in open_page(browser).text
    connection.delete()
    assert len(sessions_on(open_page(browser))) == 1
