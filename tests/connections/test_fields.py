"""The check of a connection's fields: a mapping in, values and issues out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from connections.edit_conflicts import EditSnapshot, merge_concurrent_edit
from connections.fields.common import URL_OR_EMAIL, client_id, client_secret, only, usual
from connections.fields.field import Check, Context, Field, Kind, Level, LookUp, Sibling
from connections.forms import validation
from connections.forms.connection_form import ConnectionForm, TextControl
from connections.models import Connection
from connections.providers import catalogue
from connections.providers.definition import Definition
from connections.values.failures import SignInFailed
from connections.values.sites import Site
from projects.models import Project, User

SITE = Site("https", "acme.login.test", "/sso/oauth2/callback/mine")
GOOD = {"client_id": "app-1", "client_secret": "s" * 24, "alias": "mine", "enabled": True}


def refuse_blue(found: Check, value: Any) -> Any:
    if value == "blue":
        raise ValidationError("Not blue.", code="blue")
    return value


FIELDS = (
    client_id(
        lower_case=True,
        mistakes={r"secret-.*": "This is a secret."},
        shape=usual(r"app-[0-9]+"),
    ),
    client_secret(stray=re.compile(r"s{24}"), shape=usual(r"[st]{24}")),
    Field(name="other_id", label="Other", required=False, differs_from=("client_id",)),
    Field(
        name="number",
        label="Number",
        required=False,
        shape=only(r"[0-9]+", "Digits only."),
    ),
    Field(name="colour", label="Colour", required=False, max_length=10, check=refuse_blue),
    Field(
        name="region",
        label="Region",
        kind=Kind.CHOICE,
        choices=(("eu", "Europe"), ("us", "America")),
        initial="eu",
        required=False,
        moves_secrets=True,
    ),
    Field(name="key", label="Key", kind=Kind.LINES, required=False, max_length=300),
    Field(name="flag", label="Flag", kind=Kind.FLAG, required=False, initial=False),
)


@pytest.fixture
def definition() -> Definition:
    return replace(catalogue.get("github"), fields=FIELDS, check=None, look_up=None, guide=())


def checked(
    definition: Definition, *, context: dict[str, Any] | None = None, **typed: Any
) -> Check:
    known = Context(**{"provider": "github", "site": SITE, **(context or {})})
    return validation.check_values(definition, {**GOOD, **typed}, known)


def codes(found: Check, level: Level = Level.ERROR) -> dict[str, str]:
    return {each.field: each.code for each in found.issues if each.level is level}


def test_good_values_have_no_issues(definition: Definition) -> None:
    found = checked(definition)

    assert found.issues == []
    assert found.settings == {
        **{"client_id": "app-1", "other_id": "", "number": "", "colour": ""},
        **{"region": "eu", "key": "", "flag": False},
    }
    assert found.secrets == {"client_secret": "s" * 24}
    assert found.values["alias"] == "mine"


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("client_id", "", "required"),
        ("client_id", None, "required"),
        ("client_id", "\u200b ", "required"),
        ("client_id", 7, "type"),
        ("client_id", ["app-1"], "type"),
        ("client_id", "a" * 201, "max_length"),
        ("client_id", "\u0301" * 5000, "max_length"),
        ("client_id", "secret-1", "known_mistake"),
        ("client_id", "https://app.example", "known_mistake"),
        ("client_id", "me@app.example", "known_mistake"),
        ("client_id", "-----BEGIN PRIVATE KEY-----", "known_mistake"),
        ("client_secret", "", "required"),
        ("client_secret", "app-1", "known_mistake"),
        ("client_secret", "app-2", "known_mistake"),
        ("other_id", "APP-1", ""),
        ("other_id", "app-1", "known_mistake"),
        ("number", "12a", "shape"),
        ("colour", "blue", "blue"),
        ("colour", "a" * 11, "max_length"),
        ("region", "cn", "invalid_choice"),
        ("other_id", "s" * 24, "secret_in_wrong_field"),
        ("other_id", "Secret: " + "s" * 12 + " " + "s" * 12, "secret_in_wrong_field"),
        ("key", "\n".join(["s" * 8] * 3), "secret_in_wrong_field"),
        ("colour", "s" * 24, "secret_in_wrong_field"),
        ("label_en", "s" * 24, "secret_in_wrong_field"),
        ("label_en", "a" * 41, "max_length"),
        ("alias", "-", "shape"),
        ("alias", "add", "reserved"),
        ("alias", "static", "reserved"),
        ("alias", "taken", "taken"),
    ],
)
def test_each_rule_has_its_issue_at_its_field(
    definition: Definition, field: str, typed: Any, code: str
) -> None:
    siblings = (Sibling("taken", "google", {}),)

    found = checked(definition, context={"siblings": siblings}, **{field: typed})

    assert codes(found) == ({field: code} if code else {})
    assert field not in found.values or not code


@pytest.mark.parametrize(
    ("field", "typed"),
    [("other_id", "a" * 200), ("colour", "a" * 10), ("key", "a" * 300), ("label_en", "a" * 40)],
)
def test_a_value_of_the_greatest_length_is_accepted(
    definition: Definition, field: str, typed: str
) -> None:
    found = checked(definition, **{field: typed})

    assert found.errors == []
    assert found.values[field] == typed


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        *[(True, True), ("on", True), ("True", True)],
        *[(False, False), ("off", False), ("false", False), ("", False), (None, False)],
        *[(1, False), (["on"], False), ({"on": "on"}, False)],
    ],
)
def test_a_flag_is_on_only_where_it_is_said_so(
    definition: Definition, typed: Any, value: bool
) -> None:
    assert checked(definition, flag=typed).values["flag"] is value


def test_a_value_that_the_providers_check_refuses_is_gone(definition: Definition) -> None:
    def refuse(found: Check) -> None:
        found.error("colour", "no", "No.")

    found = checked(replace(definition, check=refuse), colour="red")

    assert codes(found) == {"colour": "no"}
    assert "colour" not in found.values


def test_the_rule_of_an_empty_field_may_give_it_a_value(definition: Definition) -> None:
    fields = (*FIELDS, Field(name="tenant", label="", required=False, check=lambda _, v: v or "-"))

    assert checked(replace(definition, fields=fields)).values["tenant"] == "-"


def test_a_value_of_the_fields_own_shape_is_not_taken_for_anothers(definition: Definition) -> None:
    digits = only(r"[0-9]+", "Digits only.")
    code = Field(name="code", label="", required=False, shape=digits, differs_from=("number",))

    found = checked(replace(definition, fields=(*FIELDS, code)), code="12", number="34")

    assert codes(found) == {}


def test_a_saved_secret_stands_for_no_other_one(definition: Definition) -> None:
    fields = (*FIELDS, Field(name="second", label="Second", kind=Kind.SECRET))
    context = {"saved_secrets": frozenset({"client_secret"})}

    found = checked(replace(definition, fields=fields), context=context, client_secret="")

    assert codes(found) == {"second": "required"}


def test_a_secret_of_an_unusual_shape_is_doubted_whenever_it_is_entered(
    definition: Definition,
) -> None:
    context = {
        "before": {"client_id": "app-1", "region": "eu"},
        "saved_secrets": frozenset({"client_secret"}),
    }

    found = checked(definition, context=context, client_secret="short")

    assert codes(found, Level.WARNING) == {"client_secret": "shape"}


@pytest.mark.django_db
def test_whoever_accepts_a_doubt_has_not_accepted_new_accounts(
    definition: Definition, project: Project
) -> None:
    typed = {**GOOD, "enabled": "on", "client_id": "odd", "accept_warnings": "client_id.shape"}

    form = ConnectionForm(typed, definition=definition, project=project)

    assert form.look_up(), form.errors
    assert form.warning_codes == "client_id.shape"
    assert not form.proposal.accepts_new_accounts


def test_a_value_that_is_changed_or_unusual_is_kept_and_said(definition: Definition) -> None:
    found = checked(definition, client_id=" ＡＰＰ-X ")

    assert found.values["client_id"] == "app-x"
    assert codes(found, Level.NOTICE) == {"client_id": "changed"}
    assert codes(found, Level.WARNING) == {"client_id": "shape"}


def test_an_unusual_value_is_not_doubted_again_while_it_stays(definition: Definition) -> None:
    before = {"client_id": "other", "region": "eu"}

    found = checked(definition, context={"before": before}, client_id="other")

    assert found.issues == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"client_secret": ""}, {}),
        ({"client_secret": "", "region": "us"}, {"client_secret": "bound"}),
        ({"client_secret": "", "client_id": "app-2"}, {"client_secret": "bound"}),
        ({"client_secret": "", "colour": "red"}, {}),
        ({"client_secret": "t" * 24, "region": "us"}, {}),
        ({"client_secret": "", "region": "cn"}, {"region": "invalid_choice"}),
    ],
)
def test_4_a_secret_stays_where_it_was_entered_for(
    definition: Definition, typed: dict[str, str], code: dict[str, str]
) -> None:
    context = {
        "before": {"client_id": "app-1", "region": "eu"},
        "saved_secrets": frozenset({"client_secret"}),
    }

    assert codes(checked(definition, context=context, **typed)) == code


class TestLookUp:
    @pytest.fixture
    def asked(self) -> list[Any]:
        return []

    @pytest.fixture
    def definition(self, definition: Definition, asked: list[Any]) -> Definition:
        def ask(values: Any, context: Context) -> dict[str, Any]:
            asked.append(values["colour"])
            if values["colour"] == "red":
                raise SignInFailed("unreachable")
            if values["colour"] == "pink":
                raise ValidationError({"number": ValidationError("No.", code="no")})
            return {"found": "it"}

        computed = Field(name="found", label="Found", kind=Kind.COMPUTED, moves_secrets=True)
        step = LookUp("region", ("colour", "region"), ask)
        return replace(definition, fields=(*FIELDS, computed), look_up=step)

    def test_a_check_asks_nobody(self, definition: Definition, asked: list[Any]) -> None:
        checked(definition)
        assert asked == []

    @pytest.mark.parametrize(
        ("colour", "code"),
        [
            ("green", {}),
            ("red", {"region": "unreachable"}),
            ("pink", {"number": "no"}),
            ("blue", {"colour": "blue"}),
        ],
    )
    def test_what_goes_wrong_is_an_issue(
        self, definition: Definition, asked: list[Any], colour: str, code: dict[str, str]
    ) -> None:
        found = checked(definition, colour=colour)

        validation.look_up(definition, found)

        assert codes(found) == code
        assert asked == ([colour] if colour != "blue" else [])
        assert found.values.get("found") == ("it" if colour == "green" else None)

    def test_4_a_secret_is_asked_for_again_where_the_provider_says_it_is_another_one(
        self, definition: Definition
    ) -> None:
        before = {"client_id": "app-1", "region": "eu", "found": "other"}
        context = {"before": before, "saved_secrets": frozenset({"client_secret"})}
        found = checked(definition, context=context, client_secret="")

        validation.look_up(definition, found)

        assert codes(found) == {"client_secret": "bound"}


def test_an_address_is_recognised_in_many_lines() -> None:
    assert URL_OR_EMAIL.pattern.fullmatch("see\nhttps://app.example\nfor more")


COLOURS = Field(
    name="colours",
    label="Colours",
    kind=Kind.CHOICES,
    choices=(("red", "Red"), ("green", "Green"), ("blue", "Blue")),
)


class TestSeveralValues:
    @pytest.fixture
    def definition(self, definition: Definition) -> Definition:
        return replace(definition, fields=(*FIELDS, COLOURS))

    def form(self, definition: Definition, project: Project, query: str) -> ConnectionForm:
        good = urlencode({**GOOD, "enabled": "on"})
        return ConnectionForm(QueryDict(f"{good}&{query}"), definition=definition, project=project)

    @pytest.mark.django_db
    def test_all_of_them_are_saved_and_come_back(
        self, definition: Definition, project: Project
    ) -> None:
        form = self.form(definition, project, "colours=blue&colours=red&client_id=secret-1")
        form.withhold_stray_secrets()
        assert not form.look_up()
        assert list(form.errors) == ["client_id"]
        assert form["colours"].value() == ["red", "blue"]

        form = self.form(definition, project, "colours=blue&colours=red")
        assert form.look_up(), form.errors
        assert form.proposal.settings["colours"] == ["red", "blue"]

    @pytest.mark.django_db
    def test_an_edit_that_meets_another_one_keeps_them(
        self, definition: Definition, project: Project, owner: User
    ) -> None:
        settings = {**dict.fromkeys(("other_id", "number", "colour", "key"), ""), "flag": False}
        settings |= {"client_id": "app-1", "region": "eu", "colours": ["red"]}
        connection = Connection.objects.create(
            project=project, provider="github", alias="mine", settings=settings
        )
        seen = EditSnapshot.take(connection)
        connection.settings = {**settings, "number": "7"}
        connection.save()
        query = QueryDict("client_id=app-1&region=eu&colours=red&colours=green&enabled=on")
        form = ConnectionForm(query, definition=definition, project=project, connection=connection)

        merge_concurrent_edit(
            form, connection, seen=seen, now=EditSnapshot.take(connection), actor=owner
        )

        assert form["colours"].value() == ["red", "green"]
        assert form["number"].value() == "7"

    @pytest.mark.parametrize(
        ("entered", "code"),
        [
            (["red"], {}),
            ([], {"colours": "required"}),
            (None, {"colours": "required"}),
            (["pink"], {"colours": "invalid_choice"}),
            ("red", {"colours": "invalid_choice"}),
            ([{}], {"colours": "invalid_choice"}),
        ],
    )
    def test_only_listed_values_count(
        self, definition: Definition, entered: Any, code: dict[str, str]
    ) -> None:
        assert codes(checked(definition, colours=entered)) == code


def test_a_pasted_value_is_compared_as_it_would_be_saved_and_an_overlong_one_as_it_came() -> None:
    control = TextControl(Field(name="app_id", label="App ID", max_length=10))

    assert not control.has_changed("app-1", "\u200b app-1 ")
    assert control.to_python("\u200bapp-1" * 3) == "\u200bapp-1" * 3
