"""A language is a folder of translations and one line in the settings: pages in a made-up one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from babel.messages.pofile import read_po, write_po
from django.test import Client
from django.utils import translation

from connections.configured import button_label
from connections.providers import catalogue
from portal.devtools.translations.compiling import compile_catalogues
from projects.models import Project
from tests.cast import client_of, make_connection
from tests.portal.page_reader import Element, Page
from tests.rows import each_row

ROOT = Path(__file__).resolve().parent.parent
# Django knows its name, and has translations of its own for it; nobody has written any of ours.
LANGUAGE = "eo"
MARK = "⟦"
# What is the same in every language: names of providers, what was entered, code, other scripts.
SAME = re.compile(r"[A-Z]|[^a-zA-Z]*")
READ_ALOUD = ("aria-label", "title", "placeholder", "alt")
NOT_WORDS = {"code", "kbd", "script", "style", "svg", "option"}


@pytest.fixture(scope="module")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every text of ours is translated, by putting it between brackets."""
    locale = tmp_path_factory.mktemp("locale")
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        texts = read_po(file)
    for message in texts:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        marked = tuple(f"{MARK}{each}⟧" for each in ids)
        message.string = marked if isinstance(message.id, tuple) else marked[0]
    texts.locale = LANGUAGE
    folder = locale / LANGUAGE / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.po").open("wb") as file:
        write_po(file, texts)
    compile_catalogues(locale)
    return locale


@pytest.fixture(autouse=True)
def made_up_language(settings: Any, translations: Path) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, (LANGUAGE, "Esperanto")]
    settings.LOCALE_PATHS = [translations, *settings.LOCALE_PATHS]


def words_of(element: Element) -> Iterator[str]:
    """Return each text that a person reads, or has read to them."""
    if element.tag in NOT_WORDS or element.attributes.get("lang", LANGUAGE) != LANGUAGE:
        return
    for name in READ_ALOUD:
        if text := element.attributes.get(name, "").strip():
            yield text
    for child in element.content:
        if isinstance(child, str):
            if text := child.strip():
                yield text
        else:
            yield from words_of(child)


def untranslated(page: Page, *names: str) -> list[str]:
    """Return the texts of a page that have no mark and are no names."""
    found = [text for text in words_of(page) if MARK not in text and "⟧" not in text]
    # A page's title ends with our own name.
    rest = [text.removesuffix(" · Menkou") for text in found]
    return [text for text in rest if not SAME.fullmatch(text) and text not in names]


def names() -> set[str]:
    """Return the names of providers, and those that the tests have entered."""
    definitions = [*catalogue.all_providers(), *catalogue.derived_providers()]
    of_providers = {str(name) for each in definitions for name in (each.name, each.brand)}
    labels = {each.button_label(language) for each in definitions for language in ("en", "zh-hans")}
    return {*of_providers, *labels, "Acme", "Olga", "English", "Esperanto", "Menkou"}


def test_the_sign_in_page(project: Project) -> None:
    make_connection(project)
    page = Page(client_of(project.host).get("/login", {"lang": LANGUAGE}))
    assert f"{MARK}Sign in with" in page.text
    assert untranslated(page, *names()) == []


def test_an_english_label_of_ones_own_stands_in(project: Project) -> None:
    own = make_connection(project, labels={"en": "Company WeChat"})
    with translation.override(LANGUAGE):
        assert button_label(own) == f"{MARK}Sign in with {MARK}WeChat⟧⟧"
    with translation.override("de"):
        assert button_label(own) == "Company WeChat"
    with translation.override("zh-hans"):
        assert button_label(own) == "微信登录"


@each_row("parameter", ["error=access_denied", "error=invalid_client", "code=x"], undo=True)
def test_an_outcome_page(project: Project, parameter: str) -> None:
    make_connection(project)
    client = client_of(project.host)
    origin = {"origin": f"http://{project.host}"}
    answer = client.post("/sso/wechat_web/start", headers=origin)
    state = parse_qs(urlsplit(answer["location"]).query)["state"][0]
    client.get("/login", {"lang": LANGUAGE})
    page = Page(client.get(f"/sso/oauth2/callback/wechat_web?{parameter}&state={state}"))
    assert MARK in page.one("h1").text
    assert untranslated(page, *names()) == []


def test_the_catalogue(project: Project, as_owner: Client) -> None:
    page = Page(as_owner.get("/projects/acme/connections/add/", {"lang": LANGUAGE}))
    assert MARK in page.one("h1").text
    assert untranslated(page, *names()) == []


@each_row("provider", catalogue.PROVIDERS, undo=True)
def test_a_form(project: Project, as_owner: Client, provider: str) -> None:
    """It has a field for the words on the button in the new language."""
    url = f"/projects/acme/connections/add/{provider}/"
    page = Page(as_owner.get(url, {"lang": LANGUAGE}))
    assert page.with_id(f"id_label_{LANGUAGE}")
    assert untranslated(page, *names()) == []
