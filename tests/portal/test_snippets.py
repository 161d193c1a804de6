"""The code that the portal shows for each framework."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from applications.models import Application, Kind
from applications.services import ApplicationFields, add_application
from portal.applications.snippets import (
    FOLDER,
    FRAMEWORKS,
    PLACEHOLDER,
    Framework,
    Snippet,
    choose_snippet,
    snippets_of,
)
from projects.models import Project
from tests.portal.page_reader import Element, Page
from tests.portal.test_applications import sent_by
from tests.rows import each_row

ADD = "/projects/acme/applications/add/"
DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "applications.md"
SITE = "https://shop.example"
CALLBACK = f"{SITE}/callback"
NATIVE_CALLBACK = "com.example.app:/callback"
HOSTILE = "Shop\" + os.system('x') + \"${a}{{ 7*7 }}</script>\\\n%%issuer%%"
# A secret is read from the environment, or left out in a file of environment variables.
SECRET = re.compile(r"(?i)secret[\"']?\s*[:=]+>?\s*[\"'](?!\$\{)[^\"']*[\"']")
every_framework = each_row("framework", FRAMEWORKS, undo=True)
# Once it has been chosen, all frameworks of a kind share the code.
ONE_OF_EACH_KIND = list({each.kind: each for each in FRAMEWORKS}.values())


def add(project: Project, kind: str = "website", *uris: str) -> Application:
    """An application with these redirect URIs."""
    own = [NATIVE_CALLBACK if kind == "native" else CALLBACK]
    fields: dict[str, Any] = {"name": "Shop", "kind": kind, "redirect_uris": list(uris) or own}
    given = ApplicationFields(**fields, is_development=True)
    return add_application(project, given, actor=None)[0]


def kind_of(framework: Framework) -> str:
    return framework.kind or "website"


def shown(page: Page, identifier: str) -> Element:
    """What the page of an application shows for a framework."""
    return page.one(data_snippet=identifier)


def chosen_tab(page: Page) -> str:
    """The framework whose code is shown."""
    (tab,) = [
        label.text
        for label in page.every("label")
        if any("checked" in each.attributes for each in label.every("input", name="snippet"))
    ]
    return tab


def test_each_framework_has_a_file_and_each_file_a_framework() -> None:
    assert {each.id for each in FRAMEWORKS} == {each.stem for each in FOLDER.glob("*.txt")}
    assert len({each.id for each in FRAMEWORKS}) == len(FRAMEWORKS)


@each_row("kind", Kind.values, undo=True)
def test_the_code_has_the_values_of_the_application(
    as_editor: Client, project: Project, kind: str
) -> None:
    Project.objects.filter(pk=project.pk).update(name=HOSTILE)
    application = add(project, kind)
    application.project.refresh_from_db()
    page = Page(as_editor.get(application.get_absolute_url()))
    assert "</script>\\" not in page.source
    for snippet in snippets_of(application):
        assert_has_values(snippet, application, page)


def assert_has_values(snippet: Snippet, application: Application, page: Page) -> None:
    framework = snippet.framework
    assert snippet.files
    code = "".join(each.code for each in snippet.files)
    rest = code.replace(json.dumps(HOSTILE, ensure_ascii=False), "")
    assert not PLACEHOLDER.search(rest)
    # The project's name is a string literal wherever it is.
    assert "os.system" not in rest
    assert application.client_id in rest
    assert application.project.issuer in rest
    if framework.kind == Kind.WEBSITE:
        assert "CLIENT_SECRET" in rest
    else:
        assert "secret" not in rest.lower().replace("client_secret_", "")
    assert "mkcs_" not in code
    assert not SECRET.search(code)
    copied = [
        next(each.every("button")).attributes["data-copy"]
        for each in shown(page, framework.id).every("figure", class_="code")
    ]
    assert copied == [each.code for each in snippet.files]


@each_row("kind", Kind.values, undo=True)
def test_an_application_gets_the_code_for_its_type(project: Project, kind: str) -> None:
    found = {each.framework.id for each in snippets_of(add(project, kind))}
    websites = {each.id for each in FRAMEWORKS if each.kind == Kind.WEBSITE}
    expected = {"website": websites, "browser": {"oidc-client-ts"}, "native": set()}
    assert found == {*expected[kind], "other"}


@each_row("kind", sorted({kind_of(each) for each in FRAMEWORKS}), undo=True)
@each_row(
    "uri, own, fixed",
    [
        (CALLBACK, "", SITE),
        (f"{SITE}/%7Ba%7D", SITE, SITE),
        (f"{CALLBACK}?a=b", SITE, SITE),
        ("https://*.preview.shop.example/cb", "https://www.example.com", "https://www.example.com"),
    ],
    undo=True,
)
def test_the_page_says_which_redirect_uri_to_register(
    as_editor: Client, project: Project, kind: str, uri: str, own: str, fixed: str
) -> None:
    application = add(project, kind, uri)
    page = Page(as_editor.get(application.get_absolute_url()))
    for framework in frameworks_for(kind):
        origin = fixed if framework.is_path_fixed else own
        expected = [f"{origin}{framework.path}"] if origin else []
        if framework.path in {"/callback"} and uri == CALLBACK:
            expected = []
        callouts = list(shown(page, framework.id).every(class_="callout-warning"))
        found = [next(each.every("button")).attributes["data-copy"] for each in callouts]
        assert found == expected, framework.id


def frameworks_for(kind: str) -> list[Framework]:
    """The frameworks whose code an application of this type gets."""
    return [each for each in FRAMEWORKS if each.kind in {None, kind}]


@each_row("path", sorted({each.path for each in FRAMEWORKS}), undo=True)
def test_it_is_known_which_redirect_uri_is_registered(project: Project, path: str) -> None:
    same = [each for each in FRAMEWORKS if each.path == path]
    for kind in {kind_of(each) for each in same}:
        found = snippets_of(add(project, kind, "https://first.example/x", f"{SITE}{path}"))
        of_kind = [each for each in same if kind_of(each) == kind]
        registered = [each.framework for each in found if each.is_registered]
        assert [each for each in of_kind if each not in registered] == []
        if any(each.is_path_fixed for each in of_kind):
            # Its code is shown first, unless an earlier framework has the same path.
            assert choose_snippet(found, "") in [each.id for each in same]


def test_no_warning_once_it_is_registered(as_editor: Client, project: Project) -> None:
    framework = next(each for each in FRAMEWORKS if each.is_path_fixed)
    uris = ["https://first.example/x", f"{SITE}{framework.path}"]
    application = add(project, kind_of(framework), *uris)
    page = Page(as_editor.get(application.get_absolute_url()))
    assert not list(shown(page, framework.id).every(class_="callout-warning"))
    assert chosen_tab(page) == str(framework.name)


TYPED = {
    "name": "Shop <&>",
    "redirect_uris": "http://wrong.example/\nhttps://right.example/cb",
    "home_page": "nonsense",
    "idp_claim": ["on"],
    "access_token_seconds": "seven",
}


@pytest.fixture
def empty_form(as_editor: Client) -> dict[str, Any]:
    """What the form of a new application sends before anybody has typed."""
    return typed_in(Page(as_editor.get(ADD)))


@every_framework
def test_a_framework_is_chosen_and_nothing_typed_is_lost(
    as_editor: Client, empty_form: dict[str, Any], framework: Framework
) -> None:
    typed = {**empty_form, **TYPED, "kind": "native", "framework": "django"}
    page = Page(as_editor.post(ADD, {**typed, "choose": framework.id}))
    assert pressed_buttons(page) == [str(framework.name)]
    assert list(page.every("button", data_copy=framework.redirect_uri))
    assert not page.all_errors()
    kind = framework.kind or "native"
    assert typed_in(page) == {**typed, "kind": [kind], "framework": framework.id}
    assert not Application.objects.exists()

    if framework not in ONE_OF_EACH_KIND:
        return
    right = {"name": "Shop", "kind": kind_of(framework), "redirect_uris": CALLBACK}
    page = Page(as_editor.post(ADD, {**right, "framework": framework.id}))
    assert chosen_tab(page) == str(framework.name)


def typed_in(page: Page) -> dict[str, Any]:
    """What the form sends, but for tokens that are new on each page."""
    tokens = {"csrfmiddlewaretoken", "ticket"}
    return {name: value for name, value in sent_by(page).items() if name not in tokens}


def pressed_buttons(page: Page) -> list[str]:
    """The frameworks that are shown as chosen."""
    buttons = page.one(class_="framework-list").every("button", aria_pressed="true")
    return [each.text for each in buttons]


@each_row("identifier", ["", "cobol", "../django", "a" * 5000], undo=True)
def test_an_unknown_framework_is_none(as_editor: Client, identifier: str) -> None:
    for name in ("choose", "framework"):
        assert not pressed_buttons(Page(as_editor.post(ADD, {name: identifier})))
    sent = {"name": "Shop", "redirect_uris": CALLBACK, "framework": identifier}
    assert as_editor.post(ADD, sent).status_code == 200


# Those that tests/journeys/ runs.
RUN = {"django", "flask", "fastapi", "express", "oidc-client-ts"}
POST_LOGOUT = {"flask", "fastapi", "express", "oidc-client-ts"}


@each_row(
    "registered, expected",
    [
        ([], ""),
        ([f"{SITE}/"], f"{SITE}/"),
        ([f"{SITE}/bye?a=b", f'{SITE}/a"b', f"{SITE}/bye"], f"{SITE}/bye"),
        (["https://other.example/", f"{SITE}.other.example/"], ""),
    ],
    undo=True,
)
def test_people_return_to_a_registered_uri_after_signing_out(
    project: Project, registered: list[str], expected: str
) -> None:
    for kind in ("website", "browser"):
        application = add(project, kind)
        application.post_logout_redirect_uris = registered
        for snippet in snippets_of(application):
            if snippet.framework.id in POST_LOGOUT:
                code = "".join(each.code for each in snippet.files)
                assert re.findall(r'post_logout_redirect_uri.*?"(.*)"', code) == (
                    [expected] if expected else []
                )
                assert ("post_logout" in code) == bool(expected)


def test_the_documentation_lists_all_with_what_they_were_tried_with() -> None:
    section = DOCS.read_text(encoding="utf-8").partition("## Connect your code")[2]
    rows = [line for line in section.splitlines() if line[:1] == "|"]
    for each in FRAMEWORKS:
        if each.id != "other":
            (row,) = [row for row in rows if row.startswith(f"| {each.name} |")]
            versions, day, how = row.removesuffix(" |").split(" | ")[-3:]
            assert versions == (each.tried_with or "not tried")
            assert day == (str(each.tried_on) if each.tried_on else "–")
            assert how == ("test" if each.id in RUN else "by hand" if each.tried_on else "–")
