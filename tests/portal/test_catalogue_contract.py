"""What every provider of the catalogue keeps, whoever adds it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from django.utils.functional import Promise

from connections.models import Connection, Identity, Outcome, SignIn
from connections.providers import catalogue
from connections.providers.definition import Definition, Step
from connections.secrets import open_secret
from connections.services import add_connection
from connections.signin import pages
from connections.signin.failures import fault_of
from connections.signin.oidc.kept import kept
from projects.models import Event, Project, User
from tests.connections.endings import assert_allauth_keeps_nothing
from tests.portal.reading import Page
from tests.samples.sample import NO_ID, Guest, Script, playing, sample_of

EVERY = pytest.mark.parametrize(
    "definition", [pytest.param(each, id=each.id) for each in catalogue.every()]
)
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {f"{SVG}{name}" for name in ("svg", "g", "path", "circle", "ellipse", "rect", "polygon")}
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]


def filled_in(definition: Definition) -> dict[str, str]:
    """A form as an administrator fills it in."""
    return {**sample_of(definition.id).filled_in, "alias": definition.id, "enabled": "on"}


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

    def test_what_settings_move_is_known_without_loading_it(self, definition: Definition) -> None:
        by_settings = any(each.base_setting for each in definition.endpoints.values())
        assert by_settings == (definition.id in catalogue.MOVED_BY_SETTINGS)

    def test_its_login_class_carries_its_id(self, definition: Definition) -> None:
        assert definition.login_class.id == definition.id

    def test_its_id_can_be_an_alias(self, definition: Definition, as_owner: Client) -> None:
        page = Page(as_owner.get(f"/projects/acme/connections/add/{definition.id}/"))
        assert page.value("alias") == definition.id

    def test_its_form_comes_back_as_it_was_filled_in(
        self, definition: Definition, script: Script, as_owner: Client, project: Project
    ) -> None:
        typed = filled_in(definition)
        connection = added(as_owner, definition)

        form = definition.form(definition=definition, project=project, connection=connection)
        for name in form.provider_names:
            if name in form.secret_names:
                assert open_secret(connection, name) == typed.get(name, "")
                assert form[name].value() is None
            else:
                assert form[name].value() == typed.get(name, form.fields[name].initial or False)

    def test_an_empty_secret_keeps_the_saved_one(
        self, definition: Definition, script: Script, as_owner: Client
    ) -> None:
        connection = added(as_owner, definition)
        form = definition.form(definition=definition, project=connection.project)
        before = {name: open_secret(connection, name) for name in form.secret_names}
        emptied = dict.fromkeys(form.secret_names, "")

        answer = as_owner.post(
            f"/projects/acme/connections/{connection.alias}/", {**filled_in(definition), **emptied}
        )

        assert answer.status_code == 302
        assert {name: open_secret(connection, name) for name in emptied} == before

    def test_4_another_client_asks_for_the_secret_again(
        self, definition: Definition, script: Script, as_owner: Client
    ) -> None:
        if not definition.form.secret_is_bound_to:
            pytest.skip("its secret is our own, and sent to nobody")
        connection = added(as_owner, definition)
        form = definition.form(definition=definition, project=connection.project)
        before = Connection.objects.values().get()
        typed = {**filled_in(definition), **dict.fromkeys(form.secret_names, "")}
        bound = form.secret_is_bound_to[0]
        typed[bound] = typed[bound][:-1] + ("1" if typed[bound][-1] == "0" else "0")

        answer = as_owner.post(f"/projects/acme/connections/{connection.alias}/", typed)

        errors = answer.context["form"].errors.as_data()
        assert form.secret_names
        assert [errors[name][0].code for name in form.secret_names] == ["bound"] * len(
            form.secret_names
        )
        assert Connection.objects.values().get() == before


@pytest.fixture
def script(definition: Definition, settings: Any, db: None) -> Iterator[Script]:
    """The provider, played by its sample."""
    kept.forget()
    cache.clear()
    with playing(definition, sample_of(definition.id), settings) as playing_it:
        yield playing_it
    kept.forget()


def added(as_owner: Client, definition: Definition) -> Connection:
    """The connection that an administrator makes by the form."""
    answer = as_owner.post(
        f"/projects/acme/connections/add/{definition.id}/", filled_in(definition)
    )
    assert answer.status_code == 302, Page(answer).errors
    return Connection.objects.get()


@pytest.fixture
def guest(definition: Definition, script: Script, owner: User, project: Project) -> Guest:
    """Somebody in front of the button of a connection that the form has accepted."""
    form = definition.form(filled_in(definition), definition=definition, project=project)
    assert form.is_valid(), form.errors
    connection = add_connection(
        project=project, definition=definition, proposal=form.proposal, actor=owner
    )
    return Guest(project, script, connection)


def told_by_a_test(guest: Guest, as_owner: Client, answer: Any, status: str) -> str:
    """What the page says after a test, where the provider gives this answer for a code."""
    definition = guest.connection.definition
    if definition.probe != Definition.probe:
        pytest.skip("it has a test of its own, or none")
    path = sample_of(definition.id).refusal.path
    guest.script.answers[path], guest.script.status[path] = answer, status
    page = Page(as_owner.post(f"/projects/acme/connections/{guest.connection.alias}/test/"))
    return " ".join(each.text for each in page.every("div", role="status"))


@EVERY
class TestSigningIn:
    def test_the_sample_person_is_signed_in(self, definition: Definition, guest: Guest) -> None:
        answer = guest.sign_in()

        assert (answer.status_code, answer.headers.get("location")) == (302, "/account"), (
            SignIn.objects.values_list("cause", "provider_code")
        )
        identity = Identity.objects.get()
        person = sample_of(definition.id).person
        assert (identity.namespace, identity.subject) == (person.namespace, person.subject)
        assert set(identity.keys.values_list("namespace", "value")) == set(person.keys)
        user = identity.user
        assert (user.name, user.picture) == (person.name, person.picture)
        assert (user.address, user.address_verified) == (person.address, person.address_verified)
        assert_allauth_keeps_nothing()

    def test_the_same_person_comes_back_as_the_same(
        self, definition: Definition, guest: Guest
    ) -> None:
        guest.sign_in()
        guest.sign_in()

        assert list(SignIn.objects.values_list("outcome", flat=True)) == ["ok", "ok"]
        assert Identity.objects.count() == 1

    def test_pkce_is_used_wherever_the_provider_takes_it(
        self, definition: Definition, guest: Guest
    ) -> None:
        guest.press()

        used = guest.script.query.get("code_challenge_method") == "S256"
        assert used is sample_of(definition.id).pkce

    def test_a4_42_nothing_of_the_request_changes_what_is_asked(
        self, definition: Definition, guest: Guest
    ) -> None:
        query = "?scope=admin&auth_params=client_id%3Devil%26redirect_uri%3Dhttps%3A%2F%2Fevil"
        answer = guest.client.post(
            f"/sso/{guest.connection.alias}/start{query}",
            headers={"origin": f"http://{guest.project.host}"},
        )

        assert answer.status_code == 302
        assert "evil" not in answer.headers["location"]
        assert "admin" not in answer.headers["location"]

    def test_who_cancels_is_told_so(self, definition: Definition, guest: Guest) -> None:
        guest.press()
        answer = guest.come_back(sample_of(definition.id).cancels)

        assert answer.status_code == 200
        assert SignIn.objects.get().outcome == "cancelled"

    def test_an_error_answer_ends_on_the_right_page(
        self, definition: Definition, guest: Guest
    ) -> None:
        refusal = sample_of(definition.id).refusal
        guest.script.answers[refusal.path] = refusal.answer
        guest.script.status[refusal.path] = refusal.status

        answer = guest.sign_in()

        sign_in = SignIn.objects.get()
        assert sign_in.cause == refusal.cause
        assert answer.status_code == pages.STATUS[fault_of(definition, refusal.cause).outcome]
        assert not Identity.objects.exists()

    def test_a_test_accepts_credentials_whose_code_alone_is_refused(
        self, definition: Definition, guest: Guest, as_owner: Client
    ) -> None:
        if not definition.probe:
            pytest.skip("nothing can be tried there without a person")
        sample = sample_of(definition.id)
        refused = (sample.refused_code, sample.refused_code_status)
        assert "The provider accepts the credentials." in told_by_a_test(guest, as_owner, *refused)
        assert not SignIn.objects.exists()

    def test_a_test_says_what_the_provider_refuses(
        self, definition: Definition, guest: Guest, as_owner: Client
    ) -> None:
        if not definition.probe:
            pytest.skip("nothing can be tried there without a person")
        refusal = sample_of(definition.id).refusal
        fault = fault_of(definition, refusal.cause)
        said = told_by_a_test(guest, as_owner, refusal.answer, refusal.status)
        assert str(fault.cause) in said
        if fault.outcome == Outcome.CONFIG:
            assert "Nobody can sign in with these credentials." in said

    @pytest.mark.parametrize("value", NO_ID, ids=["null", "empty", "0", "missing"])
    def test_two_people_without_an_id_are_refused_and_never_one(
        self, definition: Definition, guest: Guest, value: Any
    ) -> None:
        guest.script.without_id(value)

        answer = guest.sign_in()

        assert answer.status_code in {400, 503}
        assert SignIn.objects.get().outcome != "ok"
        assert not Identity.objects.exists()

    @pytest.mark.parametrize("body", [b"<html>", b"null", b"\xff"])
    def test_59_garbage_is_a_friendly_page(
        self, definition: Definition, guest: Guest, body: bytes
    ) -> None:
        guest.script.answers[sample_of(definition.id).refusal.path] = body

        assert guest.sign_in().status_code in {400, 503}
        assert not Identity.objects.exists()

    def test_no_secret_is_on_a_page_or_in_the_log_or_the_history(
        self,
        definition: Definition,
        guest: Guest,
        as_owner: Client,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        stored = guest.connection.secrets.values_list("field", flat=True)
        secrets = [open_secret(guest.connection, name) for name in stored]
        answers = [guest.press(), guest.come_back(sample_of(definition.id).returns)]
        base = "/projects/acme/"
        for page in ("connections/", f"connections/{definition.id}/", "history/"):
            answers.append(as_owner.get(base + page))

        read = [each.content.decode() + str(each.headers) for each in answers]
        read += [each.getMessage() for each in caplog.records]
        read += [str(row) for row in Event.objects.values()]
        read += [str(row) for row in SignIn.objects.values()]
        assert secrets
        for secret in secrets:
            # As a whole, and so that a key of many lines is found by each of them.
            for line in filter(lambda part: len(part) > 12, secret.split()):
                assert not [text for text in read if line in text]


def test_ids_are_unique_and_every_provider_has_a_sample() -> None:
    ids = [each.id for each in catalogue.every()]
    assert ids == list(catalogue.PROVIDERS) == sorted(set(ids), key=ids.index)
    assert all(sample_of(each) for each in ids)
