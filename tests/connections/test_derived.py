"""What django-allauth ships and nobody here wrote a file for: the part of the contract that fits.

A provider is played that gives the same answer at every address, with every name that an id or a
token may have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from allauth.core.context import request_context
from django.test import Client, RequestFactory

from connections.fields.common import check_alias
from connections.fields.field import Check, Context
from connections.forms.connection_form import ConnectionForm
from connections.models import Connection, Identity
from connections.protocols.protocol import Callback, Protocol, Start
from connections.providers import catalogue
from connections.providers.definition import Definition, Group
from connections.providers.derived import classes
from connections.providers.derived.allauth_internals import adapter_module
from connections.providers.derived.claims import subject_of
from connections.providers.derived.classes import AllauthProvider
from connections.providers.derived.servers import SERVERS
from connections.providers.derived.source import Source
from connections.values.claims import Claims
from connections.values.failures import SignInFailed
from connections.values.sites import Site
from core.http.client import deadline
from projects.models import Project
from signin.relying_party import RelyingParty
from tests.cast import client_of, open_secret
from tests.connections.servers import Peer, serving
from tests.portal.page_reader import Page
from tests.rows import each_row

SECRET = "a-secret-that-nobody-prints"
ID = "a1b2c3d4"
SVG = "{http://www.w3.org/2000/svg}"


def found_by(definition: Definition) -> AllauthProvider:
    """What allauth ships for an entry."""
    found = classes.find_provider(definition.proposed_alias)
    assert found is not None
    return found


def filled_in(definition: Definition) -> dict[str, str]:
    """A form as an administrator fills it in."""
    found = found_by(definition)
    return {
        "client_id": "an-app",
        "client_secret": SECRET,
        "alias": definition.proposed_alias,
        "enabled": "on",
        **found.filled_in,
    }


class Everywhere(dict[str, str]):
    """Every address in the world is played by one server."""

    def get(self, key: str, default: Any = None) -> Any:
        return self["all"]


class Everybody:
    """Answers everything with one person."""

    def __init__(self) -> None:
        self.status = "200 OK"
        self.body: Any = None

    def treat(self, peer: Peer) -> None:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        peer.answer(body, status=self.status, headers="Content-Type: application/json\r\n")


def one_answer(person_id: Any) -> dict[str, Any]:
    names = ("id", "uid", "sub", "user_id", "userid", "account_id", "openid", "urn", "Id", "ZUID")
    more = ("customer_id", "gid", "userId", "open_id", "CharacterOwnerHash", "idstr", "uuid")
    person = dict.fromkeys((*names, *more), person_id)
    tokens = {"access_token": "token", "token_type": "bearer", "expires_in": 3600}
    return {**person, "name": "Ann", "email": "ann@example.com", "email_verified": True, **tokens}


@pytest.fixture
def everybody(settings: Any) -> Iterator[Everybody]:
    settings.MENKOU_LIMIT_STARTS = settings.MENKOU_LIMIT_CALLBACKS = 10_000
    settings.MENKOU_LIMIT_CHANGES = 10_000
    playing = Everybody()
    playing.body = one_answer(ID)
    with serving(playing.treat) as server:
        settings.MENKOU_MOVED_ENDPOINTS = Everywhere(all=server.origin)
        yield playing


def added(as_owner: Client, definition: Definition, **changes: str) -> Connection:
    """The only connection, made by the form; a doubt is overruled."""
    Connection.objects.all().delete()
    typed = {**filled_in(definition), **changes}
    address = f"/projects/acme/connections/add/{definition.id}/"
    answer = as_owner.post(address, typed)
    if answer.status_code == 200:
        answer = as_owner.post(address, {**typed, "accept_warnings": Page(answer).accepts})
    assert answer.status_code == 302, (definition.id, Page(answer).all_errors())
    return Connection.objects.get()


def made(definition: Definition, project: Project, **changes: Any) -> RelyingParty:
    """A connection of which the database knows nothing, in front of the provider."""
    typed = filled_in(definition) | {"scopes": "", "pkce": False} | changes
    connection = Connection(
        project=project, provider=definition.id, alias=definition.proposed_alias, settings=typed
    )
    return RelyingParty(
        connection,
        callback_url=f"http://{project.host}{connection.callback_path}",
        secrets={"client_secret": SECRET},
    )


def claims_of(definition: Definition, project: Project) -> Claims:
    party = made(definition, project)
    planted = {"scope": "admin", "shop": "evil", "region": "cn", "auth_params": "client_id=evil"}
    with deadline():
        return party.claims(Callback(parameters={"code": "the-code", **planted}))


def cause_of(definition: Definition, project: Project) -> str:
    """Why nobody is signed in."""
    with pytest.raises(SignInFailed) as failure:
        claims_of(definition, project)
    # The request is an address of the provider's, not what it answered.
    failure.value.facts.pop("request")
    assert "token" not in str(failure.value.__dict__.values())
    return failure.value.cause


class TestEveryEntry:
    """Each test goes through all of them, since each of them is quick."""

    def test_its_form_comes_back_as_it_was_filled_in(
        self, everybody: Everybody, as_owner: Client, project: Project
    ) -> None:
        plain = catalogue.get("allauth_spotify")
        found = map(found_by, catalogue.derived_providers())
        special = [f"allauth_{each.name}" for each in found if each.settings]
        for definition in (plain, *map(catalogue.get, special)):
            connection = added(as_owner, definition)
            form = ConnectionForm(definition=definition, project=project, connection=connection)
            typed = filled_in(definition)
            assert open_secret(connection, "client_secret") == typed.pop("client_secret") == SECRET
            assert form["client_secret"].value() is None
            shown = {name: form[name].value() for name in form.provider_names if name in typed}
            assert shown == {name: typed[name] for name in shown}

    def test_a_sign_in_begins_with_what_we_ask_and_nothing_of_the_request(
        self, project: Project
    ) -> None:
        for definition in catalogue.derived_providers():
            party = made(definition, project, pkce=True, scopes="one two")
            redirect = party.begin(Start(state="our-state"))

            location = urlsplit(redirect.url)
            asked = {name: values[0] for name, values in parse_qs(location.query).items()}
            assert (location.scheme, asked["state"]) == ("https", "our-state"), definition.id
            assert not {"evil", "admin"} & set(" ".join(asked.values()).split())
            assert "battlenet.com.cn" not in location.netloc
            assert "an-app" in asked.values()
            # One has its callback in its own console alone.
            told = [each for each in asked.values() if "://" in each]
            assert told in ([], [f"http://{project.host}{party.connection.callback_path}"])
            if "pkce" in {each.name for each in definition.fields}:
                assert asked["code_challenge_method"] == "S256"
                assert redirect.pkce_verifier

    def test_a_new_sign_in_is_demanded_where_the_class_knows_how(self, project: Project) -> None:
        known = {}
        for definition in catalogue.derived_providers():
            declared = dict(definition.reauthentication)
            usual, again = (
                parse_qsl(urlsplit(made(definition, project).begin(start).url).query)
                for start in (Start(state="s"), Start(state="s", reauthenticate=True))
            )
            assert not declared.items() & set(usual), definition.id
            assert declared.items() <= set(again), definition.id
            assert len(again) == len(dict(again)), definition.id
            assert set(dict(again)) == {*dict(usual), *declared}, definition.id
            if declared:
                known[definition.id] = declared
        assert known == {
            "allauth_authentiq": {"prompt": "select_account"},
            "allauth_cilogon": {"prompt": "select_account consent"},
            "allauth_ynab": {"prompt": "select_account consent"},
        }

    def test_a_login_hint_is_passed_on_where_it_is_documented(self, project: Project) -> None:
        known = {}
        for definition in catalogue.derived_providers():
            start = Start(state="s", login_hint="ada@example.com")
            sent = parse_qsl(urlsplit(made(definition, project).begin(start).url).query)
            hinted = [name for name, value in sent if value == "ada@example.com"]
            assert hinted == ([definition.login_hint] if definition.login_hint else [])
            if hinted:
                known[definition.id] = definition.login_hint
        assert known == {"allauth_yandex": "login_hint"}

    @pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"access_token": 5}'])
    def test_garbage_is_a_failed_sign_in(
        self, everybody: Everybody, project: Project, body: bytes
    ) -> None:
        everybody.body = body
        causes = {"malformed", "no_subject", "not_json"}
        for definition in catalogue.derived_providers():
            assert cause_of(definition, project) in causes, definition.id

    def test_a_wrong_secret_is_told_as_such(self, everybody: Everybody, project: Project) -> None:
        everybody.status, everybody.body = "401 Unauthorized", {"error": "invalid_client"}
        causes = {each.id: cause_of(each, project) for each in catalogue.derived_providers()}
        assert set(causes.values()) == {"invalid_client"}, causes

    def test_its_icon_is_a_picture_and_its_words_can_be_used(self) -> None:
        for definition in catalogue.derived_providers():
            picture = definition.icon.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ')
            parts = [each.tag for each in ElementTree.fromstring(picture).iter()]
            assert parts == [f"{SVG}{name}" for name in ("svg", "rect", "text")]
            context = Context(provider=definition.id, site=Site("https", "login.test", "/"))
            check_alias(Check(definition.fields, context), definition.proposed_alias)
            assert issubclass(definition.protocol_class, Protocol)
            assert definition.documentation.startswith("https://docs.allauth.org/")
            required = {each.name for each in definition.fields if each.required}
            steps = {each.field for each in definition.guide}
            assert required <= steps


class TestPeople:
    def test_most_classes_find_the_same_person_in_each_under_its_own_namespace(
        self, everybody: Everybody, project: Project
    ) -> None:
        found = []
        for definition in catalogue.derived_providers():
            with suppress(SignInFailed):
                found.append(claims_of(definition, project))

        assert len(found) > len(catalogue.derived_providers()) / 2
        assert len({each.namespace for each in found}) == len(found)
        assert all(each.namespace.startswith("allauth:") for each in found)
        assert not any(each.address_verified for each in found)
        assert "ann@example.com" in {each.address for each in found}

    @pytest.mark.parametrize("nobody", [None, "", 0, "None", "null"])
    def test_nobody_is_found_without_an_id(
        self, everybody: Everybody, project: Project, nobody: Any
    ) -> None:
        everybody.body = one_answer(nobody)
        for definition in catalogue.derived_providers():
            if not definition.known_by:
                with pytest.raises(SignInFailed):
                    pytest.fail(f"{definition.id}: {claims_of(definition, project)}")

    def test_a_person_signs_in_through_the_whole_door(
        self, everybody: Everybody, as_owner: Client, project: Project
    ) -> None:
        connection = added(as_owner, catalogue.get("allauth_spotify"))
        client = client_of(project.host)
        origin = {"origin": f"http://{project.host}"}
        pressed = client.post(f"/sso/{connection.alias}/start", headers=origin)
        state = parse_qs(urlsplit(pressed.headers["location"]).query)["state"][0]
        ended = client.get(connection.callback_path, {"code": "the-code", "state": state})

        assert (ended.status_code, ended.headers["location"]) == (302, "/account")
        identity = Identity.objects.get()
        assert (identity.namespace, identity.subject) == ("allauth:spotify:an-app", ID)
        assert not identity.user.address_verified


class TestSubject:
    @each_row("uid", ["12", "user-a_workspace-b", "/users/7", "aNone", "Nancy"])
    def test_ids_are_ids(self, uid: str) -> None:
        assert subject_of(uid) == uid

    @each_row(
        "uid",
        [None, 0, "", "0", "None", "user-None_workspace-b", "{}", "[1]", "nan", "a\nb", "x" * 256],
    )
    def test_what_is_none_is_refused(self, uid: object) -> None:
        with pytest.raises(SignInFailed, match="no_subject"):
            subject_of(uid)


class TestDiscovery:
    def test_they_are_in_the_last_group_and_none_has_a_file_here(self) -> None:
        assert {each.group for each in catalogue.derived_providers()} == {Group.MORE}
        ids = {each.id for each in catalogue.derived_providers()}
        assert len(ids) > 50
        assert not {f"allauth_{each}" for each in catalogue.PROVIDERS} & ids

    @pytest.mark.django_db
    def test_looking_asks_nothing_of_the_request_that_is_answered(
        self, project: Project, django_assert_num_queries: Any
    ) -> None:
        request = RequestFactory().get("/")
        request.project = project  # type: ignore[attr-defined]
        with request_context(request), django_assert_num_queries(0):
            classes.find_provider.__wrapped__("gitlab")

    @each_row("name", ["saml", "dummy", "trello", "shopify", "oauth2", "nonsense"])
    def test_what_is_no_oauth_2_or_needs_views_of_its_own_is_left_out(self, name: str) -> None:
        assert classes.find_provider(name) is None
        with pytest.raises(KeyError):
            catalogue.get(f"allauth_{name}")

    @each_row(
        "call",
        [
            "requests.get(url)",
            "requests.Session().post(url)",
            "urllib.request.urlopen(url)",
            "urlopen(url)",
            "httpx.Client()",
            "self.request.session['nonce'] = 1",
        ],
    )
    def test_a_class_that_goes_out_by_another_door_is_noticed(self, call: str) -> None:
        assert Source.from_text(f"def complete_login(self):\n    {call}").bypasses_session

    def test_the_session_that_is_ours_is_no_other_door(self) -> None:
        text = "def f():\n    with get_adapter().get_requests_session() as s:\n        s.get(url)"
        assert not Source.from_text(text).bypasses_session

    def test_settings_are_read_from_the_source(self) -> None:
        text = (
            "base = 'https://a.org'\n"
            "s = app_settings.PROVIDERS.get('x', {}).get('BASE', base)\n"
            "settings = s\n"
            "needed = settings.get('NEEDED_URL')\n"
            "live = 1 if settings.get('MODE') == 'live' else 2\n"
            "all = getattr(settings, 'SOCIALACCOUNT_PROVIDERS', {}).get('x', {}).get('OTHER', '')\n"
            "switch = settings.get('SWITCH', False)\n"
            "scope = settings.get('SCOPE')\n"
            "fields = settings.get('FIELDS', [])\n"
            "sign(app.key)\n"
        )
        expected = {"BASE", "NEEDED_URL", "MODE", "OTHER", "SWITCH", "key"}
        assert Source.from_text(text).settings - {"x"} == expected

    def test_a_class_that_reads_settings_has_an_entry_of_ours_or_is_left_out(self) -> None:
        for name in ("okta", "auth0", "github", "untappd"):
            assert classes.find_provider(name) is None

    def test_a_class_that_begins_to_read_another_setting_is_left_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        older = replace(SERVERS["gitea"], replaces=frozenset())
        monkeypatch.setitem(SERVERS, "gitea", older)
        assert classes.find_provider.__wrapped__("gitea") is None

    def test_every_entry_is_offered_and_names_only_settings_that_are_read(self) -> None:
        for name, server in SERVERS.items():
            found = classes.find_provider(name)
            assert found is not None, name
            source = Source.from_module(adapter_module(found.provider_class))
            assert source.settings == server.replaces, name

    def test_only_attributes_that_the_class_has_are_replaced(self) -> None:
        for name, server in SERVERS.items():
            found = classes.find_provider(name)
            assert found is not None
            native = found.provider_class.oauth2_adapter_class
            for attribute, value in server.attributes(server.values(found.filled_in)).items():
                assert hasattr(native, attribute), (name, attribute)
                kind = type(getattr(native, attribute))
                assert kind in {type(value), property, type(None)}, (name, attribute)

    # The others have no usable default there.
    @each_row("name", sorted(set(SERVERS) - {"gumroad", "jupyterhub", "lemonldap", "netiq"}))
    def test_without_a_value_the_class_is_as_allauth_has_it(self, name: str) -> None:
        """An address that a new release of allauth corrects has to be corrected here, too."""
        found = classes.find_provider(name)
        assert found is not None
        native = found.provider_class.oauth2_adapter_class
        for attribute, value in found.server.attributes(found.server.values({})).items():
            usual = getattr(native, attribute)
            assert isinstance(usual, property) or usual == value, attribute

    def test_a_connection_has_the_class_with_its_own_settings(self) -> None:
        gitea = classes.find_provider("gitea")
        assert gitea is not None
        here = gitea.addresses({"server": "https://git.here.example"})
        there = gitea.addresses({"server": "https://git.there.example"})
        usual = gitea.addresses({})
        assert [urlsplit(each[1]).hostname for each in (here, there, usual)] == [
            "git.here.example",
            "git.there.example",
            "gitea.com",
        ]

    def test_whoever_signs_in_at_another_server_is_somebody_else(self) -> None:
        for name, server in SERVERS.items():
            definition = catalogue.get(f"allauth_{name}")
            found = found_by(definition)
            usual = {"client_id": "a", **found.filled_in}
            for each in server.settings:
                other = next((choice for choice, _ in each.choices[1:]), "other")
                moved = definition.namespace({**usual, each.name: other})
                assert (moved != definition.namespace(usual)) is each.identifies, (name, each.name)

    @each_row(
        "name, settings, namespace",
        [
            ("spotify", {}, "allauth:spotify:a"),
            ("odnoklassniki", {"key": "k"}, "allauth:odnoklassniki:a"),
            ("gitea", {}, "allauth:gitea:a:428d12b662a2c2b3"),
            ("gitea", {"server": "https://gitea.com"}, "allauth:gitea:a:428d12b662a2c2b3"),
            ("gitea", {"server": "https://git.here.example"}, "allauth:gitea:a:03836b4f45109096"),
            ("paypal", {"environment": "production"}, "allauth:paypal:a:2840857501de1db0"),
            ("netiq", {"server": "https://id.example"}, "allauth:netiq:a:8f55e8e7f8a1a94d"),
            (
                "netiq",
                {"server": "https://id.example", "id_attribute": "cn"},
                "allauth:netiq:a:b498d5871de9dd6c",
            ),
        ],
    )
    def test_a_namespace_never_changes(
        self, name: str, settings: dict[str, str], namespace: str
    ) -> None:
        """Where one of these differs, everybody who signed in by it gets a new account."""
        definition = catalogue.get(f"allauth_{name}")
        assert definition.namespace({"client_id": "a", **settings}) == namespace


class TestForm:
    def test_an_address_in_a_private_network_is_refused(self, as_owner: Client) -> None:
        typed = filled_in(catalogue.get("allauth_gitea")) | {"server": "https://169.254.169.254"}
        answer = as_owner.post("/projects/acme/connections/add/allauth_gitea/", typed)
        assert "private network" in Page(answer).text

    def test_who_is_known_by_a_name_that_passes_on_is_a_doubt(self, as_owner: Client) -> None:
        typed = filled_in(catalogue.get("allauth_reddit"))
        answer = as_owner.post("/projects/acme/connections/add/allauth_reddit/", typed)
        assert "can be reassigned" in Page(answer).text
        assert not Connection.objects.exists()
