"""A session speaks on the host that made it and is nobody on every other one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, login
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from connections.models import EndUserSession
from projects.models import Project, User
from projects.tenants.middleware import PortalSessionMiddleware
from tests.cast import PASSWORD, client_of, make_connection, sign_in_as
from tests.rows import each_row
from tests.wechat import Visitor, WeChat


def end_user(project: Project, name: str = "Li") -> User:
    person = User(project=project, name=name)
    person.set_unusable_password()
    person.save()
    return person


def carried(client: Client, host: str) -> Client:
    """A browser at another host with the first one's session cookie."""
    elsewhere = client_of(host)
    elsewhere.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[
        settings.SESSION_COOKIE_NAME
    ].value
    return elsewhere


def is_somebody(client: Client) -> bool:
    """Whether a project's page shows a person, rather than the way to sign in."""
    answer = client.get("/account")
    assert answer.status_code == 200 or answer.headers["location"] == "/login"
    return answer.status_code == 200


def is_operator(client: Client) -> bool:
    answer = client.get("/projects/")
    assert answer.status_code == 200 or answer.headers["location"].startswith("/login")
    return answer.status_code == 200


def test_a5_22_an_end_users_cookie_is_nobody_elsewhere_and_stays_valid_at_home(
    project: Project, other_project: Project
) -> None:
    home = sign_in_as(end_user(project))
    assert is_somebody(home)

    assert not is_somebody(carried(home, other_project.host))
    assert not is_operator(carried(home, "portal.test"))

    assert is_somebody(home)


def test_a5_22_an_operators_cookie_is_nobody_on_a_project_host(
    project: Project, owner: User
) -> None:
    portal = sign_in_as(owner)
    assert is_operator(portal)

    assert not is_somebody(carried(portal, project.host))

    assert is_operator(portal)


def test_signing_in_with_a_carried_cookie_ends_nobody_elses_session(
    project: Project, other_project: Project, wechat: WeChat
) -> None:
    make_connection(other_project)
    home = sign_in_as(end_user(project))
    visitor = Visitor(other_project, wechat)
    visitor.client.cookies[settings.SESSION_COOKIE_NAME] = home.cookies[
        settings.SESSION_COOKIE_NAME
    ].value

    assert visitor.sign_in().headers["location"] == "/account"

    assert is_somebody(visitor.client)
    assert is_somebody(home)
    assert EndUserSession.objects.count() == 2


def test_signing_out_with_a_carried_cookie_ends_nobody_elses_session(
    project: Project, other_project: Project
) -> None:
    home = sign_in_as(end_user(project))
    elsewhere = carried(home, other_project.host)

    elsewhere.post("/logout", headers={"origin": f"http://{other_project.host}"})

    assert is_somebody(home)


def test_a_project_of_the_same_name_made_later_does_not_inherit_sessions(
    project: Project,
) -> None:
    home = sign_in_as(end_user(project))
    project.delete()
    Project.objects.create(slug="acme", name="Acme")

    assert not is_somebody(home)


def test_a_session_that_names_a_person_of_another_project_is_nobody(
    project: Project, other_project: Project
) -> None:
    """Even a session forged into this project shows no other project's person."""
    person = end_user(other_project)
    person.project = project
    forged = sign_in_as(person)

    assert not is_somebody(forged)


def test_a_session_that_names_an_operator_is_nobody_on_a_project_host(
    project: Project, owner: User
) -> None:
    owner.project = project
    forged = sign_in_as(owner)

    assert not is_somebody(forged)


def test_an_end_user_is_no_operator_even_in_a_session_of_the_portal(project: Project) -> None:
    person = end_user(project)
    person.project = None
    forged = sign_in_as(person)

    assert not is_operator(forged)


def test_djangos_session_is_empty_on_a_project_host_and_never_stored(
    project: Project, owner: User, django_assert_num_queries: Any
) -> None:
    """Neither an operator's key nor what a view puts into it makes a difference."""
    portal = sign_in_as(owner)
    request = RequestFactory().get("/")
    request.COOKIES = {settings.SESSION_COOKIE_NAME: portal.cookies["menkou_session"].value}
    request.project = project  # type: ignore[attr-defined]

    def view(request: HttpRequest) -> HttpResponse:
        assert SESSION_KEY not in request.session
        assert request.user.is_anonymous
        messages.info(request, "Hello.")
        login(request, owner, backend="projects.people.authentication.OperatorBackend")
        request.session.save()
        return HttpResponse()

    through = PortalSessionMiddleware(AuthenticationMiddleware(MessageMiddleware(view)))
    with django_assert_num_queries(1):  # last_login
        answer = through(request)

    assert not answer.cookies
    assert Session.objects.count() == 1


@each_row(
    "planted",
    ["\x00" * 32, "a" * 31 + "\x00", "short", "'" * 32, "é" * 32, "a-b" * 10, "x" * 5000],
    undo=True,
)
def test_a_planted_session_key_of_another_shape_is_nobody(
    project: Project, owner: User, planted: str
) -> None:
    for host, path in ((project.host, "/account"), ("portal.test", "/projects/")):
        browser = client_of(host)
        browser.cookies[settings.SESSION_COOKIE_NAME] = planted

        answer = browser.get(path)

        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (302, "/login")
    assert EndUserSession.objects.count() == Session.objects.count() == 0


def test_an_operator_signs_in_over_a_planted_session_key(owner: User, fresh_limits: None) -> None:
    browser = client_of("portal.test")
    browser.cookies[settings.SESSION_COOKIE_NAME] = "\x00" * 32

    answer = browser.post("/login", {"login": owner.email, "password": PASSWORD})

    assert (answer.status_code, answer.headers["location"]) == (302, "/projects/")
    assert is_operator(browser)


def test_visiting_pages_makes_no_session(project: Project) -> None:
    for path in ("/login", "/signup", "/account"):
        client_of(project.host).get(path)

    assert EndUserSession.objects.count() == Session.objects.count() == 0
