"""An application's logo: uploaded in the portal, and shown where people meet the application."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from applications.logos import change_logo
from applications.models import Application, ApplicationLogo
from applications.services import ApplicationFields, add_application, delete_application
from core.pictures import read_picture
from core.random_text import new_random_text
from projects.models import Event, Project, User
from tests.applications.test_logout import follow
from tests.cast import client_of, sign_in_as
from tests.pictures import JPEG, WEBP_LOSSY, png, webp_with
from tests.portal.page_reader import Page
from tests.rows import each_row

CALLBACK = "https://shop.example/callback"
ADDRESS = re.compile(r'src="(/[^"]*logos/[^"]+)"')
PLACE = b"GPS 52.5 N 13.4 E"


@pytest.fixture
def shop(project: Project) -> Application:
    fields = ApplicationFields(
        name="Shop",
        redirect_uris=[CALLBACK],
        is_third_party=True,
        home_page="https://shop.example/",
    )
    return add_application(project, fields, actor=None)[0]


@pytest.fixture
def person(project: Project) -> User:
    return User.objects.create(project=project, name="Li", address="li@example.com", password="!")


def path_of(application: Application) -> str:
    return f"/projects/acme/applications/{application.client_id}/logo/"


def upload(portal: Client, application: Application, content: bytes) -> Any:
    """What the portal answers to a chosen file, whatever it is called."""
    return portal.post(path_of(application), {"logo": SimpleUploadedFile("logo.png", content)})


def addresses(response: Any) -> list[str]:
    """The logos on a page."""
    return ADDRESS.findall(response.content.decode())


@each_row(
    "content, kept, media_type",
    [
        (png() + PLACE, png(), "image/png"),
        (JPEG + PLACE, JPEG, "image/jpeg"),
        (WEBP_LOSSY + PLACE, WEBP_LOSSY, "image/webp"),
    ],
    undo=True,
)
def test_a_logo_is_served_with_nothing_that_could_run(
    as_editor: Client, shop: Application, content: bytes, kept: bytes, media_type: str
) -> None:
    assert upload(as_editor, shop, content)["Location"] == shop.get_absolute_url()
    shop.refresh_from_db()
    page = client_of(shop.project.host).get(f"/logos/{shop.logo}")
    assert page.content == kept
    assert page["Content-Type"] == media_type
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert page["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not page.cookies


@each_row(
    "content, error",
    [
        (b"", "The submitted file is empty."),
        (None, "Choose a file."),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "An SVG file can be"),
        (b"GIF89a" + bytes(64), "This file is not a PNG, JPEG or WebP picture."),
        (png()[:-20], "This picture is damaged or incomplete."),
        (webp_with(flags=0x02), "This picture is animated."),
        (png(31, 64), "This picture has 31 × 64 pixels. Each side must have from 32 to 2048."),
        (png(2049, 32), "This picture has 2049 × 32 pixels."),
        (png() + bytes(200_000), "This file is larger than 200 kB."),
    ],
    undo=True,
)
def test_what_is_no_logo_is_refused_beside_the_field(
    as_editor: Client, shop: Application, content: bytes | None, error: str
) -> None:
    before = png(40, 40)
    upload(as_editor, shop, before)
    answer = as_editor.post(path_of(shop)) if content is None else upload(as_editor, shop, content)
    page = Page(answer)
    assert answer.status_code == 200
    (shown,) = page.errors("logo")
    assert error in shown
    assert bytes(ApplicationLogo.objects.get().content) == before


def test_a_logo_is_replaced_and_removed_and_history_says_so_without_it(
    as_editor: Client, editor: User, shop: Application
) -> None:
    browser = client_of(shop.project.host)
    names = [""]
    for content in (png(), png(), png(50, 50)):
        upload(as_editor, shop, content)
        shop.refresh_from_db()
        names.append(shop.logo)
    as_editor.post(path_of(shop), {"remove": "on"})
    shop.refresh_from_db()
    assert shop.logo == ""
    assert names[1] == names[2] != names[3]
    for name in names[1:]:
        assert browser.get(f"/logos/{name}").status_code == 404
    events = Event.objects.filter(action="application:changed").order_by("id")
    assert [each.changes for each in events] == [
        {"logo": [None, names[1]]},
        {"logo": [names[1], names[3]]},
        {"logo": [names[3], None]},
    ]
    assert {each.actor for each in events} == {editor}
    history = as_editor.get("/projects/acme/history/").content.decode()
    assert f"{names[3][:8]}.png" in history
    assert names[3] not in history


def test_it_is_shown_where_people_meet_the_application(
    as_viewer: Client, shop: Application, person: User
) -> None:
    change_logo(shop, read_picture(png()), actor=None)
    shop.refresh_from_db()
    expected = [f"/logos/{shop.logo}"]
    browser = sign_in_as(person)
    asked = {
        "client_id": shop.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }
    stranger = client_of(shop.project.host)
    sign_in = stranger.get("/oauth2/authorize", asked)["Location"]
    consent = browser.get("/oauth2/authorize", asked)["Location"]
    for client, path in [
        (stranger, sign_in),
        # From the page cache, and for another mode.
        (stranger, sign_in),
        (stranger, sign_in.replace("/login", "/signup")),
        (browser, consent),
        (browser, f"/oauth2/logout?client_id={shop.client_id}"),
        (stranger, f"/oauth2/logout?client_id={shop.client_id}"),
        (stranger, f"/oauth2/continue?application={shop.client_id}&request={new_random_text()}"),
    ]:
        page = follow(client, client.get(path))
        assert addresses(page) == expected, path
    assert browser.post(consent, {"answer": "allow"}, headers=origin(shop)).status_code == 303
    assert addresses(browser.get("/account")) == expected
    assert addresses(stranger.get("/login")) == []
    portal = f"/projects/acme/applications/logos/{shop.logo}"
    listed = as_viewer.get("/projects/acme/applications/")
    assert addresses(listed) == [portal]
    assert as_viewer.get(portal).content == png()


def origin(application: Application) -> dict[str, str]:
    return {"origin": f"http://{application.project.host}"}


def test_the_cached_sign_in_page_follows(as_editor: Client, shop: Application) -> None:
    browser = client_of(shop.project.host)
    page = f"/login?application={shop.client_id}&request={new_random_text()}"
    assert addresses(browser.get(page)) == []
    for content in (png(), png(50, 50)):
        upload(as_editor, shop, content)
        shop.refresh_from_db()
        assert addresses(browser.get(page)) == [f"/logos/{shop.logo}"]
    as_editor.post(path_of(shop), {"remove": "on"})
    assert addresses(browser.get(page)) == []


def test_it_belongs_to_one_project_and_goes_with_its_application(
    as_owner: Client, owner: User, shop: Application, other_project: Project
) -> None:
    change_logo(shop, read_picture(png()), actor=owner)
    shop.refresh_from_db()
    for path in (f"/logos/{shop.logo}", f"/logos/{'0' * 32}.png", f"/logos/{shop.logo}x"):
        assert client_of(other_project.host).get(path).status_code == 404
    delete_application(shop, actor=owner)
    assert not ApplicationLogo.objects.exists()
    assert client_of(shop.project.host).get(f"/logos/{shop.logo}").status_code == 404


def test_a_viewer_sees_it_and_has_no_form(as_viewer: Client, shop: Application) -> None:
    page = as_viewer.get(shop.get_absolute_url())
    assert "No logo." in page.content.decode()
    change_logo(shop, read_picture(png()), actor=None)
    page = as_viewer.get(shop.get_absolute_url())
    assert len(addresses(page)) == 2
    assert 'type="file"' not in page.content.decode()
    assert upload(as_viewer, shop, png()).status_code == 403


def test_somebody_elses_settings_do_not_conflict_with_it(
    as_editor: Client, shop: Application, owner: User
) -> None:
    seen = Page(as_editor.get(shop.get_absolute_url())).one("input", name="seen")
    change_logo(shop, read_picture(png()), actor=owner)
    sent = {"name": "Store", "redirect_uris": CALLBACK, "seen": seen.attributes["value"]}
    assert as_editor.post(shop.get_absolute_url(), sent).status_code == 302
    shop.refresh_from_db()
    assert shop.name == "Store"
    assert shop.logo
