"""The host of a request decides whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from projects.models import Project
from tests.cast import client_of, make_connection
from tests.rows import each_row

NOBODYS = [
    "unknown.login.test",
    "login.test",
    "www.login.test",
    "deep.acme.login.test",
    "acme.login.test:8000",
    "acme.login.test.",
    ".login.test",
    "acme.portal.test",
    "acmelogin.test",
    "evil.test",
    "portal.test.evil.test",
    "acme.login.test.evil.test",
    "acme.login.test@evil.test",
    "acme..login.test",
    "*.login.test",
    "127.0.0.1",
    "[::1]",
    "localhost",
    "",
]


@each_row("host", NOBODYS)
@each_row("path", ["/", "/login", "/projects/"], undo=True)
def test_a_host_that_is_nobodys_gets_a_plain_404_that_names_nobody(
    project: Project, host: str, path: str
) -> None:
    answer = client_of(host).get(path)

    assert (answer.status_code, answer.content) == (404, b"Not found.\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "set-cookie" not in answer.headers


def test_a_project_is_found_by_its_host_in_any_case(project: Project) -> None:
    for host in ("acme.login.test", "ACME.Login.Test"):
        assert "Sign in to Acme" in client_of(host).get("/login").content.decode()


def test_each_project_shows_its_own_buttons_only(project: Project, other_project: Project) -> None:
    make_connection(project, labels={"en": "Enter Acme"})
    make_connection(other_project, labels={"en": "Enter Beta"})

    acme = client_of(project.host).get("/login").content.decode()
    beta = client_of(other_project.host).get("/login").content.decode()

    assert ("Enter Acme" in acme, "Enter Beta" in acme) == (True, False)
    assert ("Enter Acme" in beta, "Enter Beta" in beta) == (False, True)


@each_row("header", ["x-forwarded-host", "x-host", "forwarded"], undo=True)
def test_a_forwarded_host_is_not_believed(project: Project, header: str) -> None:
    value = "host=acme.login.test" if header == "forwarded" else "acme.login.test"

    elsewhere = client_of("unknown.login.test").get("/login", headers={header: value})
    at_home = client_of(project.host).get("/login", headers={header: "portal.test"})

    assert elsewhere.status_code == 404
    assert "Sign in to Acme" in at_home.content.decode()


def test_the_portal_and_the_projects_have_addresses_of_their_own(project: Project) -> None:
    portal, acme = client_of("portal.test"), client_of(project.host)

    assert portal.get("/projects/").status_code == 302
    assert acme.get("/projects/").status_code == 404
    assert acme.get("/account").status_code == 302
    assert acme.get("/sso/wechat_web/start").headers["location"] == "/login"
    assert portal.get("/sso/wechat_web/start").status_code == 404


def test_the_bare_host_leads_to_the_sign_in_page(project: Project) -> None:
    answer = client_of(project.host).get("/")

    assert (answer.status_code, answer.headers["location"]) == (302, "/login")


def test_a_project_host_follows_the_setting(project: Project, settings: Any) -> None:
    settings.MENKOU_PROJECT_DOMAIN = "localhost:8000"
    settings.ALLOWED_HOSTS = [".localhost"]

    assert project.host == "acme.localhost:8000"
    assert client_of("acme.localhost:8000").get("/login").status_code == 200
    assert client_of("acme.localhost:8001").get("/login").status_code == 404
    assert client_of("acme.localhost").get("/login").status_code == 404


@each_row(
    "address", ["/login?next=/a%00", "/a%00b", "/login?lang=%00", "/sso/x%00/start", "/?%00=1"]
)
@each_row("host", ["acme.login.test", "portal.test"], undo=True)
def test_an_address_with_a_nul_is_a_400(project: Project, host: str, address: str) -> None:
    assert client_of(host).get(address).status_code == 400


@pytest.mark.parametrize("host", ["acme.login.test", "portal.test"])
def test_a_form_with_a_nul_is_a_400(project: Project, host: str) -> None:
    for body in ("next=%00", "next=\x00"):
        answer = client_of(host).post(
            "/login", body, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 400
