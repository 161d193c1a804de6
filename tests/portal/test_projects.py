"""Select Project, Create Project, Overview and Settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections.configured import button_label
from connections.models import SignIn
from projects.audit.events import PROJECT_CREATED, PROJECT_RENAMED
from projects.models import Event, Membership, Project, Role, User
from tests.cast import make_connection, sign_in_as
from tests.portal.page_reader import Page, said_in
from tests.rows import each_row

SHAPE = "Use 3 to 40 lower-case letters, digits and hyphens. Start and end with a letter or digit."
RESERVED = "This name is reserved. Choose another one."
LABEL = "The third and fourth characters cannot both be hyphens. Change one of them."
TAKEN = "This project ID is already taken. Choose another one."
UNSEEN = "Enter a name with at least one visible character."


def create(client: Client, **sent: str) -> Any:
    return client.post("/projects/create/", {"name": "New one", "slug": "new-one", **sent})


class TestSelectProject:
    def test_it_lists_only_mine_by_name(
        self, as_owner: Client, owner: User, other_project: Project
    ) -> None:
        third = Project.objects.create(slug="zoo", name="Aardvarks")
        Membership.objects.create(project=third, user=owner, role=Role.VIEWER)
        page = Page(as_owner.get("/projects/"))
        rows = [item.text for item in page.every("li", class_="project-row")]
        assert rows == [
            "A Aardvarks Viewer http://zoo.login.test/login",
            "A Acme Owner http://acme.login.test/login",
        ]
        assert other_project.name not in page.text

    def test_without_any_it_invites_to_create_one(self, db: None) -> None:
        page = Page(sign_in_as(User.objects.create_user("new@example.com")).get("/projects/"))
        assert page.one("h2").text == "No projects yet"
        assert page.links["Create Project"] == "/projects/create/"

    def test_the_switcher_lists_only_mine(self, as_owner: Client, other_project: Project) -> None:
        page = Page(as_owner.get("/projects/acme/"))
        entries = [link.attributes["href"] for link in page.one(class_="switcher").every("a")]
        assert entries == ["/projects/acme/", "/projects/", "/projects/create/"]
        assert other_project.name not in page.text


class TestCreateProject:
    def test_whoever_creates_it_is_its_owner(self, as_owner: Client, owner: User) -> None:
        answer = create(as_owner, name=" 新的 ", slug=" ｎｅｗ-one ")

        assert (answer.status_code, answer.headers["location"]) == (302, "/projects/new-one/")
        project = Project.objects.get(slug="new-one")
        assert project.name == "新的"
        assert list(project.memberships.values_list("user", "role")) == [(owner.pk, "owner")]
        (event,) = project.events.all()
        assert (event.action, event.actor, event.actor_name, event.target_name, event.changes) == (
            PROJECT_CREATED.key,
            owner,
            "Olga",
            "新的",
            {},
        )
        page = Page(as_owner.get(answer.headers["location"]))
        assert page.messages == ["Project created."]
        assert page.one("h1").text == "新的"

    @each_row("slug", ["Acme-2", "ＡＣＭＥ-2", " ACME-2 "], undo=True)
    def test_capital_letters_of_an_id_become_small(self, as_owner: Client, slug: str) -> None:
        assert create(as_owner, slug=slug).headers["location"] == "/projects/acme-2/"

    def test_the_address_is_shown_before_it_exists(self, as_owner: Client) -> None:
        shown = Page(as_owner.get("/projects/create/")).one("output").text
        assert shown == "http://project-id.login.test/login"
        again = Page(create(as_owner, name="", slug="new-one")).one("output").text
        assert again == "http://new-one.login.test/login"

    @each_row("slug", ["abc", "a1b", "a-b", "0-0", "a--b", "a" * 40], undo=True)
    def test_an_id_may_be(self, as_owner: Client, slug: str) -> None:
        assert create(as_owner, slug=slug).status_code == 302

    @each_row("language", ["en", "zh-hans"])
    @each_row(
        "sentence, slugs",
        [
            (
                SHAPE,
                ("ab", "-new", "new-", "new_one", "new.one", "new one", "neü", "门"),
            ),
            # The overview of a project called "create" would have the address of this very page.
            (RESERVED, ("www", "login", "healthz", "create")),
            (TAKEN, ("acme",)),
            (LABEL, ("xn--fiq228c", "ab--cd")),
        ],
        undo=True,
    )
    def test_88_an_id_may_not_be(
        self, as_owner: Client, sentence: str, slugs: tuple[str, ...], language: str
    ) -> None:
        as_owner.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        found = {}
        for slug in slugs:
            page = Page(create(as_owner, slug=slug))
            found[slug] = page.all_errors()
            assert (page.value("name"), page.value("slug")) == ("New one", slug)
        assert found == {slug: {"slug": [said_in(language, sentence)]} for slug in slugs}
        assert Project.objects.count() == 1
        assert not Event.objects.exists()

    @pytest.mark.parametrize(
        ("portal_host", "domain"),
        [("console.login.test", "login.test"), ("console.login.test:8000", "login.test:8000")],
    )
    def test_an_id_may_not_take_the_portals_host(
        self, as_owner: Client, settings: Any, portal_host: str, domain: str
    ) -> None:
        settings.MENKOU_PORTAL_HOST, settings.MENKOU_PROJECT_DOMAIN = portal_host, domain
        as_owner.defaults["HTTP_HOST"] = portal_host
        assert Page(create(as_owner, slug="console")).all_errors() == {"slug": [RESERVED]}
        assert create(as_owner, slug="consoles").status_code == 302

    @each_row("language", ["en", "zh-hans"])
    @each_row("name", ["\u200b\u2060", "\u202e", "\x1b"], undo=True)
    def test_a_name_must_be_one_that_can_be_seen(
        self, as_owner: Client, name: str, language: str
    ) -> None:
        as_owner.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        page = Page(create(as_owner, name=name))
        assert page.all_errors() == {"name": [said_in(language, UNSEEN)]}
        assert Project.objects.count() == 1

    def test_a_name_is_kept_without_what_cannot_be_seen(self, as_owner: Client) -> None:
        create(as_owner, name="Ac\u202eme\u200b  Ltd")
        assert Project.objects.get(slug="new-one").name == "Ac me Ltd"

    def test_an_id_may_not_be_longer(self, as_owner: Client) -> None:
        page = Page(create(as_owner, slug="a" * 41))
        assert page.all_errors() == {
            "slug": ["Ensure this value has at most 40 characters (it has 41)."]
        }

    @pytest.mark.parametrize("field", ["name", "slug"])
    def test_both_fields_are_required(self, as_owner: Client, field: str) -> None:
        page = Page(create(as_owner, **{field: " \t"}))
        assert page.all_errors() == {field: ["This field is required."]}


class TestOverview:
    def test_it_shows_the_sign_in_pages_address(self, as_viewer: Client) -> None:
        page = Page(as_viewer.get("/projects/acme/"))
        box = page.one(id="sign-in-page")
        assert box.one("code").text == "http://acme.login.test/login"
        assert box.one("button").attributes["data-copy"] == "http://acme.login.test/login"
        assert box.one("a").attributes["href"] == "http://acme.login.test/login"

    def test_it_says_https_where_the_site_is_served_so(self, as_viewer: Client) -> None:
        page = Page(as_viewer.get("/projects/acme/", secure=True))
        assert page.one(id="sign-in-page").one("code").text == "https://acme.login.test/login"

    def test_the_checklist_shrinks_to_what_is_left(
        self, as_viewer: Client, project: Project
    ) -> None:
        add, show, sign_in, connect = (
            "Add a connection",
            "Show it on the sign-in page",
            "Try signing in",
            "Connect your website",
        )
        assert self.left(as_viewer) == [add, show, sign_in, connect]
        connection = make_connection(project, enabled=False)
        assert self.left(as_viewer) == [show, sign_in, connect]
        connection.enabled = True
        connection.save()
        assert self.left(as_viewer) == [sign_in, connect]
        attempt = {"connection": connection, "started_at": timezone.now()}
        project.sign_ins.create(reference="0000000001", outcome="cancelled", **attempt)
        assert self.left(as_viewer) == [sign_in, connect]
        project.sign_ins.create(reference="0000000002", outcome="ok", **attempt)
        assert self.left(as_viewer) == [connect]
        assert "3 of 4 steps are done." in Page(as_viewer.get("/projects/acme/")).text
        assert SignIn.objects.count() == 2
        project.applications.create(client_id="a" * 24, name="Shop", kind="website")
        assert self.left(as_viewer) == []

    @staticmethod
    def left(client: Client) -> list[str]:
        lists = Page(client.get("/projects/acme/")).every(class_="checklist")
        return [item.one("h3").text for each in lists for item in each.every("li")]

    @each_row(
        "path, current",
        [
            ("", "Overview"),
            ("connections/", "Social / Enterprise Login"),
            ("connections/add/", "Social / Enterprise Login"),
            ("connections/add/wechat_web/", "Social / Enterprise Login"),
            ("applications/", "Applications"),
            ("applications/add/", "Applications"),
            ("users/", "Users"),
            ("history/", "History"),
            ("settings/", "Settings"),
        ],
        undo=True,
    )
    def test_the_menu_says_where_one_is(self, as_owner: Client, path: str, current: str) -> None:
        menu = Page(as_owner.get(f"/projects/acme/{path}")).one("nav", aria_label="Main menu")
        assert [link.text for link in menu.every("a")] == [
            "Overview",
            "Social / Enterprise Login",
            "Applications",
            "Users",
            "History",
            "Settings",
        ]
        assert menu.one("h2").text == "Authentication"
        assert [link.text for link in menu.every("a", aria_current="page")] == [current]

    @pytest.mark.parametrize(
        ("role", "label"), [("owner", "Owner"), ("editor", "Editor"), ("viewer", "Viewer")]
    )
    def test_the_frame_says_who_one_is(
        self, request: pytest.FixtureRequest, role: str, label: str
    ) -> None:
        person = request.getfixturevalue(role)
        page = Page(sign_in_as(person).get("/projects/acme/"))
        person_box = page.one(class_="person-name")
        assert person_box.text == f"{person.name[0]} {person.name} {label}"


class TestSettings:
    def test_a_new_name_is_saved_with_its_event(
        self, as_editor: Client, editor: User, project: Project
    ) -> None:
        answer = as_editor.post("/projects/acme/settings/", {"name": "Acme & Co"})

        assert (answer.status_code, answer.headers["location"]) == (
            302,
            "/projects/acme/settings/",
        )
        version = project.version
        project.refresh_from_db()
        assert (project.name, project.slug, project.version) == ("Acme & Co", "acme", version + 1)
        (event,) = project.events.all()
        assert (event.action, event.actor, event.changes) == (
            PROJECT_RENAMED.key,
            editor,
            {"name": ["Acme", "Acme & Co"]},
        )
        page = Page(as_editor.get(answer.headers["location"]))
        assert page.messages == ["Settings saved."]
        assert page.value("name") == "Acme & Co"

    def test_a_new_name_is_kept_without_what_cannot_be_seen(
        self, as_editor: Client, project: Project
    ) -> None:
        as_editor.post("/projects/acme/settings/", {"name": "Ac\u202eme\u200b  Ltd"})
        project.refresh_from_db()
        assert project.name == "Ac me Ltd"

    def test_the_same_name_is_no_event(self, as_editor: Client) -> None:
        as_editor.post("/projects/acme/settings/", {"name": "Acme"})
        assert not Event.objects.exists()

    @each_row(
        "name, sentence",
        [
            ("", "This field is required."),
            ("x" * 81, "Ensure this value has at most 80 characters (it has 81)."),
            ("\u200b\u2060", UNSEEN),
        ],
        undo=True,
    )
    def test_a_name_may_not_be(
        self, as_editor: Client, project: Project, name: str, sentence: str
    ) -> None:
        sent = {"name": name, "csrfmiddlewaretoken": "any"}
        page = Page(as_editor.post("/projects/acme/settings/", sent))
        assert page.all_errors() == {"name": [sentence]}
        project.refresh_from_db()
        assert project.name == "Acme"

    def test_the_id_is_not_changed_by_posting_one(
        self, as_editor: Client, project: Project
    ) -> None:
        as_editor.post("/projects/acme/settings/", {"name": "Acme", "slug": "other"})
        project.refresh_from_db()
        assert project.slug == "acme"

    def test_a_viewer_reads_the_name_and_has_no_form(self, as_viewer: Client) -> None:
        main = Page(as_viewer.get("/projects/acme/settings/")).one("main")
        assert not list(main.every("form"))
        assert "Name Acme" in main.text


def test_names_are_text_on_every_page(as_owner: Client, owner: User, project: Project) -> None:
    script = "<script>alert(1)</script>"
    Project.objects.update(name=script)
    User.objects.update(name=script)
    connection = make_connection(project, labels={"en": script}, client_id=script, actor=owner)
    for path in (
        "",
        "settings/",
        "connections/",
        "connections/add/",
        "connections/add/wechat_web/",
        "connections/wechat_web/",
        "connections/wechat_web/delete/",
    ):
        source = as_owner.get(f"/projects/acme/{path}").content.decode()
        assert script not in source
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in source
    assert script not in as_owner.get("/projects/").content.decode()
    assert button_label(connection) == script
