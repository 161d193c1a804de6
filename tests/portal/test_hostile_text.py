"""Texts that are long, and made to be slow to read, in everything that can be typed or sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.forms import BooleanField
from django.http import HttpResponse
from django.test import Client

from connections.fields.common import common_fields
from connections.fields.field import Field, Kind
from connections.forms.connection_form import ConnectionForm
from connections.models import Connection
from connections.providers import catalogue
from connections.providers.definition import Definition
from core.text import clean_pasted, display_name, normalize_text
from portal.applications.forms import ApplicationForm
from projects.models import Project, User
from signin.references import parse_reference
from tests.cast import client_of, make_connection
from tests.rows import each_row

ADD = "/projects/acme/connections/add/"
LARGEST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
# Of the processor, for one request.
SECONDS = 1.0

# What is repeated, and what stands before it.
HOSTILE = {
    "combining marks in the wrong order": ("a", "\u0315\u0300"),
    "marks that look like letters": ("a", "\u0f73"),
    "one letter that becomes eighteen": ("", "\ufdfa"),
    "dashes": ("BEGIN A", "-"),
    "beginnings of a key": ("", "BEGIN KEY—"),
    "a token's parts": ("", "A."),
    "braces": ("callback(", "{}) "),
    "spaces": ("", " " * 500 + "x"),
    "what is not seen": ("a", "\u200b\u202e"),
    "addresses": ("https://a@", "①.@"),
}
# One for each kind of work: normalising, searching for a key, searching for a secret.
SLOWEST = ("marks that look like letters", "dashes", "a token's parts")
EACH = pytest.mark.parametrize("kind", HOSTILE)
EACH_ROW = each_row("kind", HOSTILE, undo=True)


def reading(field: Field) -> object:
    """What is done with the text of a field; fields that share it are tried once."""
    shape = field.shape and (field.shape.pattern, field.shape.is_error)
    mistakes = tuple(each.pattern for each in (*field.mistakes, *field.doubts))
    check = getattr(field.check, "__code__", field.check)
    return field.kind, field.max_length, field.lower_case, shape, mistakes, check, field.stray


def fields_to_read() -> dict[str, dict[str, Field]]:
    """Return each provider's fields for text that are read unlike those of the ones before.

    A secret that can be known by its form is looked for in the other fields, so one of them goes
    with it.
    """
    shared, read = common_fields(), set[object]()
    found: dict[str, dict[str, Field]] = {}
    for definition in catalogue.all_providers():
        texts = [
            each
            for each in (*definition.fields, *shared)
            if each.is_entered and each.kind not in {Kind.FLAG, Kind.CHOICE, Kind.FILE}
        ]
        new = [each for each in texts if reading(each) not in read]
        if any(each.stray for each in new):
            new = [*dict.fromkeys([next(each for each in texts if not each.stray), *new])]
        if new:
            found[definition.id] = {each.name: each for each in new}
        read.update(map(reading, new))
        shared = ()
    return found


FIELDS = fields_to_read()


def spread(names: Iterable[str], number: int) -> list[str]:
    """Return so many of the names, from all over the list."""
    every = list(names)
    return [every[len(every) * turn // number] for turn in range(number)]


EVERY = each_row("definition", [catalogue.get(each) for each in FIELDS])


def hostile(kind: str, size: int = LARGEST - 2000) -> str:
    """Return a hostile text that has about so many bytes."""
    prefix, part = HOSTILE[kind]
    return prefix + part * ((size - len(prefix)) // len(part.encode()))


def quick(send: Callable[[], Any]) -> Any:
    """Return an answer that has not cost much."""
    began = time.thread_time()
    answer = send()
    taken = time.thread_time() - began
    assert taken < SECONDS
    return answer


def refused_at(answer: HttpResponse, name: str, typed: str) -> None:
    """Assert that there is an error beside the field of the page, which keeps what was typed."""
    assert answer.status_code == 200
    field_refused(answer.context["form"], name, typed)  # type: ignore[attr-defined]


def field_refused(form: Any, name: str, typed: str) -> None:
    """Assert that the form has an error for the field, and keeps what was typed."""
    assert form.errors[name]
    is_secret = isinstance(form.fields[name].widget, forms.PasswordInput | forms.Textarea)
    assert form[name].value() in ({typed, None, ""} if is_secret else {typed})


class TestNormalising:
    @EACH
    def test_68_it_takes_time_in_proportion(self, kind: str) -> None:
        text = hostile(kind)

        quick(lambda: clean_pasted(text))
        quick(lambda: display_name(text))
        assert quick(lambda: parse_reference(text)) == ""

    @each_row(
        "text",
        ["ＡＢＣ－１２３", "é", "e\u0301", "한국어", "\u0f71\u0f72", "a" + "\u0301" * 30, "ﬁ", ""],
    )
    def test_usual_texts_are_normalised_as_python_does(self, text: str) -> None:
        import unicodedata

        assert normalize_text(text) == unicodedata.normalize("NFKC", text)

    @each_row("mark", ["\u0300", "\u0f73", "\u0344"])
    def test_marks_beyond_thirty_in_a_row_are_left_out(self, mark: str) -> None:
        import unicodedata

        run = unicodedata.normalize("NFD", normalize_text(f"x{mark * 100}y"))

        assert 28 <= len(run) - 2 <= 30
        assert (run[0], run[-1]) == ("x", "y")


class TestApplicationForm:
    @EACH
    def test_68_the_longest_texts_are_errors_of_their_fields(
        self, project: Project, kind: str
    ) -> None:
        fields = [name for name in ApplicationForm(project=project).fields if name != "connections"]
        text = hostile(kind)
        for name in fields:
            form = ApplicationForm({name: text}, project=project)
            quick(lambda form=form: form.errors)
            # Whatever is sent for a box, it is ticked.
            if not isinstance(form.fields[name], BooleanField):
                field_refused(form, name, text)

    @EACH
    def test_68_the_longest_text_is_an_error_on_the_page(
        self, as_editor: Client, kind: str
    ) -> None:
        sent = {"name": "Shop", "redirect_uris": hostile(kind)}
        answer = quick(lambda: as_editor.post("/projects/acme/applications/add/", sent))
        refused_at(answer, "redirect_uris", sent["redirect_uris"])


class TestConnectionForms:
    @EVERY
    def test_68_the_longest_texts_are_errors_of_their_fields(
        self, definition: Definition, project: Project
    ) -> None:
        fields = FIELDS[definition.id]
        for kind in HOSTILE:
            text = shared_out(kind, fields)
            sent = dict.fromkeys(fields, text)
            form = ConnectionForm(sent, definition=definition, project=project)
            quick(lambda form=form: form.errors)
            for name in too_long(text, fields):
                field_refused(form, name, text)

    @EVERY
    def test_68_the_longest_text_of_one_field_is_read_quickly(
        self, definition: Definition, project: Project
    ) -> None:
        fields = FIELDS[definition.id]
        for name, kind in product(fields, SLOWEST):
            sent = {name: hostile(kind)}
            form = ConnectionForm(sent, definition=definition, project=project)
            errors = quick(lambda form=form: form.errors)
            assert errors[name]


@each_row("kind, provider", list(zip(HOSTILE, spread(FIELDS, len(HOSTILE)), strict=True)))
def test_68_the_longest_texts_are_errors_on_the_page(
    as_editor: Client, kind: str, provider: str
) -> None:
    """The controls are those of all providers, so each kind is tried with another one."""
    fields = FIELDS[provider]
    text = shared_out(kind, fields)
    sent = dict.fromkeys(fields, text)
    answer = quick(lambda: as_editor.post(f"{ADD}{provider}/", sent))
    for name in too_long(text, fields):
        refused_at(answer, name, text)


def shared_out(kind: str, fields: dict[str, Field]) -> str:
    """Return a text that a request can hold in every field; one field's would be as much work."""
    return hostile(kind, LARGEST // len(fields) - 2000)


def too_long(text: str, fields: dict[str, Field]) -> list[str]:
    return [name for name, field in fields.items() if len(text) > field.max_length]


# Where a text is sent in the portal: the address and the field, and the form that refuses it.
PORTAL = {
    "the alias to delete": ("/projects/acme/connections/wechat/delete/", "alias"),
    "the project to delete": ("/projects/acme/settings/delete/", "slug"),
    "a project's name": ("/projects/create/", "name"),
    "a project's id": ("/projects/create/", "slug"),
    "another name": ("/projects/acme/settings/", "name"),
    "a member's address": ("/projects/acme/settings/members/invite/", "address"),
    "one's own name": ("/account/", "name"),
}
ANYWHERE = {
    "a language": ("/language", "language"),
    "where a language leads": ("/language", "next"),
    "an order": ("/projects/acme/connections/wechat/move/", "order"),
    "a step": ("/projects/acme/connections/wechat/move/", "step"),
    "what was seen": ("/projects/acme/connections/wechat/", "seen"),
    "a switch": ("/projects/acme/connections/wechat/switch/", "enabled"),
    "warnings": (f"{ADD}wechat_web/", "accept_warnings"),
}
STRANGERS = {
    "an address": ("/login", "login"),
    "a password": ("/login", "password"),
    "where signing in leads": ("/login", "next"),
    "a forgotten password": ("/password/reset/", "email"),
    "a language": ("/language", "language"),
}


class TestPortal:
    @pytest.mark.usefixtures("connection")
    @each_row("place", PORTAL, undo=True)
    def test_68_the_longest_text_is_an_error_of_its_field(
        self, as_owner: Client, place: str
    ) -> None:
        path, name = PORTAL[place]
        for kind in HOSTILE:
            typed = hostile(kind)
            refused_at(quick(lambda t=typed: as_owner.post(path, {name: t})), name, typed)

    @pytest.mark.usefixtures("connection")
    @each_row("place", ANYWHERE, undo=True)
    def test_68_the_longest_text_is_answered_quickly(self, as_owner: Client, place: str) -> None:
        path, name = ANYWHERE[place]
        for kind in HOSTILE:
            typed = hostile(kind)
            assert quick(lambda t=typed: as_owner.post(path, {name: t})).status_code < 500

    @each_row("place", STRANGERS, undo=True)
    def test_68_a_stranger_is_answered_quickly(
        self, place: str, owner: User, fresh_limits: None
    ) -> None:
        path, name = STRANGERS[place]
        browser = client_of(settings.MENKOU_PORTAL_HOST)
        for kind in HOSTILE:
            others = {"login": owner.email, "password": "wrong"} if path == "/login" else {}
            sent = {**others, name: hostile(kind)}
            assert quick(lambda sent=sent: browser.post(path, sent)).status_code < 500

    @each_row("text", ["[" * 60_000, '{"a":' * 12_000, "9" * 60_000, "[" * 250_000], undo=True)
    def test_69_a_passkey_that_cannot_be_read_is_refused(
        self, text: str, fresh_limits: None
    ) -> None:
        browser = client_of(settings.MENKOU_PORTAL_HOST)
        browser.get("/login")
        answer = quick(lambda: browser.post("/login/passkey", {"credential": text}))
        assert answer.status_code == 302

    @EACH_ROW
    def test_68_history_is_searched_quickly(self, as_viewer: Client, kind: str) -> None:
        names = ("reference", "person", "since", "before", "connection")
        asked = dict.fromkeys(names, hostile(kind, LONGEST_LINE))
        assert quick(lambda: as_viewer.get("/projects/acme/history/", asked)).status_code == 200

    def test_68_the_catalogue_is_searched_quickly(self, as_editor: Client) -> None:
        # The first request loads the providers.
        as_editor.get(ADD)
        for kind in HOSTILE:
            asked = {"q": hostile(kind, LONGEST_LINE)}
            assert quick(lambda asked=asked: as_editor.get(ADD, asked)).status_code == 200


# Longer than any request line that gunicorn takes.
LONGEST_LINE = 8000


@pytest.fixture
def connection(project: Project) -> Connection:
    return make_connection(project, alias="wechat")


class TestProjectHost:
    @pytest.mark.usefixtures("connection")
    @pytest.mark.parametrize("name", ["next", "mode"])
    def test_68_what_a_button_sends_is_read_quickly(
        self, project: Project, fresh_limits: None, name: str
    ) -> None:
        browser = client_of(project.host)
        origin = {"origin": f"http://{project.host}"}
        for kind in HOSTILE:
            sent = {name: hostile(kind)}
            answer = quick(
                lambda sent=sent: browser.post("/sso/wechat/start", sent, headers=origin)
            )
            assert answer.status_code == 302

    @pytest.mark.usefixtures("connection")
    @pytest.mark.parametrize(
        ("path", "name", "status"),
        [
            ("/login", "next", 200),
            ("/login", "lang", 200),
            ("/sso/oauth2/callback/wechat", "code", 400),
            ("/sso/oauth2/callback/wechat", "state", 400),
            ("/sso/oauth2/callback/wechat", "error", 400),
        ],
    )
    def test_68_addresses_are_read_quickly(
        self, project: Project, fresh_limits: None, path: str, name: str, status: int
    ) -> None:
        browser = client_of(project.host)
        for kind in HOSTILE:
            asked = {"state": "x", name: hostile(kind, LONGEST_LINE)}
            answer = quick(lambda asked=asked: browser.get(path, asked))
            assert answer.status_code == status

    @EACH_ROW
    def test_68_headers_are_read_quickly(self, project: Project, kind: str) -> None:
        names = ("accept-language", "user-agent", "x-request-id", "cookie", "referer")
        sent = dict.fromkeys(names, hostile(kind, LONGEST_LINE).encode().decode("latin-1"))
        browser = client_of(project.host)
        assert quick(lambda: browser.get("/login", headers=sent)).status_code == 200
