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
CHINESE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
HAN = "[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(rf"{HAN}[,;:?!()]|[,;:?!()]{HAN}")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")
# Placeholders whose values begin or end with a Chinese character or mark: no space there.
BEGINS_CHINESE = {"conditions", "language", "sentence", "verbose_name"}
ENDS_CHINESE = {
    "conditions",
    "day",
    "duration",
    "help",
    "language",
    "refusal",
    "verbose_name",
    "when",
}


@pytest.fixture(scope="module")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every text of ours is translated, by putting it between brackets."""
    locale = tmp_path_factory.mktemp("locale")
    with CHINESE.open("rb") as file:
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


def chinese_faults(text: str) -> Iterator[str]:
    """Return the parts of a Chinese text whose punctuation or spaces are wrong."""
    yield from HALF_WIDTH.findall(text)
    for found in PLACEHOLDER.finditer(text):
        name = found[1] or found[2] or ""
        before, after = text[: found.start()], text[found.end() :]
        # With a space where there must be none, or without one where there must be one.
        if re.search(rf"{HAN} $" if name in BEGINS_CHINESE else rf"{HAN}$", before):
            yield before[-2:] + found[0]
        if re.match(rf" {HAN}" if name in ENDS_CHINESE else HAN, after):
            yield found[0] + after[:2]


def test_chinese_has_full_width_marks_and_spaces_around_placeholders() -> None:
    with CHINESE.open("rb") as file:
        texts = [
            text
            for message in read_po(file)
            for text in (message.string if isinstance(message.string, tuple) else (message.string,))
        ]
    assert len(texts) > 2000
    assert {text: found for text in texts if (found := list(chinese_faults(text)))} == {}


@each_row(
    "text, found",
    [
        ("保存,或重试", ["存,"]),
        ("状态:正常", ["态:"]),
        ("要删除吗?", ["吗?"]),
        ("通配符(*)", ["符("]),
        ("草稿 (尚未发布)", ["(尚", "布)"]),
        ("由%(name)s 添加", ["由%(name)s"]),
        ("找到 {count}个", ["{count}个"]),
        ("已于 %(day)s 到期", ["%(day)s 到"]),
        ("仅限 %(conditions)s的用户", ["限 %(conditions)s"]),
        ("客户端密钥 (Client Secret)，由 %(name)s 于 %(day)s添加：%d 天（{count} 个）", []),
    ],
)
def test_a_fault_of_a_chinese_text_is_found(text: str, found: list[str]) -> None:
    assert list(chinese_faults(text)) == found
