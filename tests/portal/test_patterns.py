"""The components, and the page that shows them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from portal.paths import FILES
from tests.portal.page_reader import Page
from tests.rows import each_row

TEMPLATES = FILES / "templates"
COMPONENTS = sorted((TEMPLATES / "components").glob("_*.html"))
EVERY_TEMPLATE = sorted(TEMPLATES.rglob("*.html"))


def named(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


@pytest.fixture
def patterns(client: Client) -> Page:
    return Page(client.get("/patterns/", headers={"host": settings.MENKOU_PORTAL_HOST}))


def test_the_page_draws_every_component(client: Client) -> None:
    response = client.get("/patterns/", headers={"host": settings.MENKOU_PORTAL_HOST})

    drawn = {template.name for template in response.templates}

    assert {named(component) for component in COMPONENTS} - drawn == set()


def test_the_page_draws_everything_in_both_themes(patterns: Page) -> None:
    light, dark = patterns.one(class_="panel-light"), patterns.one(class_="panel-dark")

    assert [heading.text for heading in light.every("h3")] == [
        heading.text for heading in dark.every("h3")
    ]


def test_no_id_is_given_twice(patterns: Page) -> None:
    ids = [each.attributes["id"] for each in patterns.every() if "id" in each.attributes]

    assert [each for each in ids if ids.count(each) > 1] == []


def test_every_note_that_a_control_points_to_is_there(patterns: Page) -> None:
    ids = {each.attributes.get("id") for each in patterns.every()}
    pointed_to = {
        target
        for each in patterns.every()
        for target in each.attributes.get("aria-describedby", "").split()
    }

    assert pointed_to - ids == set()
    assert len(pointed_to) > 2


def test_a_secret_that_was_typed_is_not_drawn_again(patterns: Page) -> None:
    passwords = list(patterns.every("input", type="password"))

    assert [each.attributes.get("value") for each in passwords] == [None] * 4


@each_row("component", COMPONENTS)
def test_a_component_begins_by_naming_what_it_takes(component: Path) -> None:
    first_line = component.read_text(encoding="utf-8").splitlines()[0]

    assert re.match(rf"{{# {named(component)} – (takes|may take)\b", first_line)


@each_row("template", EVERY_TEMPLATE)
def test_a_component_sees_only_what_it_is_given(template: Path) -> None:
    includes = re.findall(r'{% include "components/.*?%}', template.read_text(encoding="utf-8"))

    assert [each for each in includes if not each.endswith(" only %}")] == []


@each_row("template", EVERY_TEMPLATE)
def test_no_style_and_no_script_stands_in_a_page(template: Path) -> None:
    markup = template.read_text(encoding="utf-8")

    assert re.findall(r"<style|<script(?! type=\"module\" src=)|\sstyle=|\son[a-z]+=", markup) == []
