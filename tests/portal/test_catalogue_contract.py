"""What every provider of the catalogue keeps, whoever adds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import translation
from django.utils.functional import Promise

from connections.models import Connection, Outcome
from connections.providers import catalogue
from connections.providers.definition import Definition, Step
from connections.secrets import open_secret
from projects.models import Project
from tests.cast import wechat_form
from tests.portal.reading import Page

EVERY = pytest.mark.parametrize(
    "definition", [pytest.param(each, id=each.id) for each in catalogue.every()]
)
# A form of each provider as an administrator fills it in.
FILLED_IN = {
    "wechat_web": wechat_form(),
    "google": {
        "client_id": "1234567890-abc123def.apps.googleusercontent.com",
        "client_secret": "GOCSPX-" + "a1B2" * 7,
        "alias": "google",
        "enabled": "on",
        "accept_warnings": ".site",
    },
    "github": {
        "client_id": "Ov23liAbCdEfGhIjKlMn",
        "client_secret": "0123456789abcdef" * 2 + "01234567",
        "alias": "github",
        "enabled": "on",
    },
    # With addresses typed by hand nobody is asked. They are public, and need no name server.
    "openid_connect": {
        "issuer": "https://1.1.1.1",
        "client_id": "our-client",
        "client_secret": "a secret of the provider",
        "scopes": "openid email",
        "authorization_endpoint": "https://1.1.1.1/authorize",
        "token_endpoint": "https://1.1.1.1/token",
        "userinfo_endpoint": "",
        "jwks_uri": "https://1.1.1.1/keys",
        "alias": "openid_connect",
        "enabled": "on",
    },
}

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {f"{SVG}{name}" for name in ("svg", "g", "path", "circle", "ellipse", "rect", "polygon")}
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]


def texts(value: object) -> Iterator[str | Promise]:
    """Return every text for people that a part of a definition holds."""
    if isinstance(value, str | Promise):
        yield value
    elif isinstance(value, Step):
        parts = (value.title, value.body, [text for text, _url in value.links], value.table)
        for part in parts:
            yield from texts(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from texts(part)


def lazy_texts(definition: Definition) -> list[Promise]:
    """Return what of a definition is translated."""
    form = definition.form.base_fields.values()
    parts: list[Any] = [
        definition.name,
        definition.brand,
        definition.summary,
        list(definition.guide),
        list(definition.appendix),
        [(each.label, each.help) for each in definition.copies],
        [(each.cause, each.fix, each.public) for each in definition.faults.values()],
        [field.help_text for field in form],
    ]
    return [text for text in texts(parts) if isinstance(text, Promise)]


def said(text: object, language: str) -> str:
    with translation.override(language):
        return str(text)


@EVERY
class TestProvider:
    def test_its_icon_is_a_picture_and_nothing_more(self, definition: Definition) -> None:
        assert len(definition.icon) < 8_000
        root = ElementTree.fromstring(definition.icon)
        assert root.tag == f"{SVG}svg"
        assert re.fullmatch(r"0 0 \d+ \d+", root.attrib["viewBox"])
        for element in root.iter():
            assert element.tag in SHAPES
            for name, value in element.attrib.items():
                assert name not in {"id", "class", "style", "href"}
                assert not name.startswith(("on", "{"))
                assert "url(" not in value
                assert "javascript:" not in value

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_its_guide_is_there_in_every_language(
        self, definition: Definition, language: str
    ) -> None:
        assert len(definition.guide) >= 3
        for step in (*definition.guide, *definition.appendix):
            assert all(said(text, language).strip() for text in texts(step))
            assert step.body or step.table

    def test_every_field_that_must_be_filled_in_has_its_step(self, definition: Definition) -> None:
        fields = definition.form.base_fields
        own = {name for name in fields if name not in definition.form.COMMON}
        steps = {step.field for step in definition.guide if step.field}
        assert steps <= own
        assert {name for name in own if fields[name].required} <= steps

    def test_every_text_is_translated(self, definition: Definition) -> None:
        same = [
            said(text, "en")
            for text in lazy_texts(definition)
            if re.search("[A-Za-z]", said(text, "en")) and said(text, "en") == said(text, "zh-hans")
        ]
        assert same == []

    def test_every_translation_keeps_the_providers_own_words(self, definition: Definition) -> None:
        """A quoted term must be found again in the provider's console, whatever one reads."""
        lost = []
        for text in lazy_texts(definition):
            english, chinese = said(text, "en"), said(text, "zh-hans")
            for term in re.findall(r"[\u4e00-\u9fff][\u4e00-\u9fff/]*(?:ID)?", english):
                if term not in chinese:
                    lost.append((term, chinese))
        assert lost == []

    def test_every_button_label_is_there_in_every_language(self, definition: Definition) -> None:
        assert set(definition.button_labels) == set(LANGUAGES)
        for label in definition.button_labels.values():
            assert 0 < len(label) <= 40

    def test_every_fault_says_why_and_what_to_do(self, definition: Definition) -> None:
        assert definition.faults
        for code, fault in definition.faults.items():
            assert 0 < len(code) <= 40
            assert fault.outcome in set(Outcome) - {Outcome.OK}
            for language in LANGUAGES:
                for text in (fault.cause, fault.fix):
                    assert said(text, language).endswith((".", "。"))
                if fault.public:
                    assert said(fault.public, language).endswith((".", "。"))

    def test_what_only_a_person_can_settle_is_told_to_that_person(
        self, definition: Definition
    ) -> None:
        faults = definition.faults.values()
        assert all(fault.public for fault in faults if fault.outcome == Outcome.POLICY)

    def test_its_documentation_and_links_are_https(self, definition: Definition) -> None:
        steps = (*definition.guide, *definition.appendix)
        links = [url for step in steps for _text, url in step.links]
        for url in (definition.documentation, *links):
            assert url.startswith("https://")

    def test_its_endpoints_are_https_unless_a_deployment_moves_them(
        self, definition: Definition
    ) -> None:
        for endpoint in definition.endpoints.values():
            assert endpoint.url.startswith("https://")
        assert not definition.endpoints_moved

    def test_its_login_class_carries_its_id(self, definition: Definition) -> None:
        assert definition.login_class.id == definition.id

    def test_its_id_can_be_an_alias(self, definition: Definition, as_owner: Client) -> None:
        page = Page(as_owner.get(f"/projects/acme/connections/add/{definition.id}/"))
        assert page.value("alias") == definition.id

    def test_its_form_comes_back_as_it_was_filled_in(
        self, definition: Definition, as_owner: Client, project: Project
    ) -> None:
        add = f"/projects/acme/connections/add/{definition.id}/"
        filled_in = FILLED_IN[definition.id]
        assert as_owner.post(add, filled_in).status_code == 302

        connection = Connection.objects.get()
        form = definition.form(definition=definition, project=project, connection=connection)
        for name in form.provider_names:
            if name in form.secret_names:
                assert open_secret(connection, name) == filled_in[name]
                assert form[name].value() is None
            else:
                assert form[name].value() == filled_in.get(name, False)

    def test_an_empty_secret_keeps_the_saved_one(
        self, definition: Definition, as_owner: Client
    ) -> None:
        base = "/projects/acme/connections/"
        filled_in = FILLED_IN[definition.id]
        as_owner.post(f"{base}add/{definition.id}/", filled_in)
        connection = Connection.objects.get()
        form = definition.form(definition=definition, project=connection.project)
        emptied = dict.fromkeys(form.secret_names, "")

        answer = as_owner.post(f"{base}{connection.alias}/", {**filled_in, **emptied})

        assert answer.status_code == 302
        assert {name: open_secret(connection, name) for name in emptied} == {
            name: filled_in[name] for name in emptied
        }


def test_ids_are_unique_and_every_provider_has_a_filled_in_form() -> None:
    ids = [each.id for each in catalogue.every()]
    assert ids == list(catalogue.PROVIDERS) == sorted(set(ids), key=ids.index)
    assert set(FILLED_IN) == set(ids)
