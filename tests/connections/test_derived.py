"""What django-allauth ships and nobody here wrote a file for: the part of the contract that fits.

A provider is played that gives the same answer at every address, with every name that an id or a
token may have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from allauth.core.context import request_context
from django.test import Client, RequestFactory

from connections.aliases import check_alias
from connections.claims import Claims
from connections.derived import classes
from connections.derived.claims import subject_of
from connections.derived.source import Source
from connections.models import Connection, Identity
from connections.outside import deadline
from connections.providers import catalogue
from connections.providers.definition import Definition, Group
from connections.secrets import open_secret
from connections.signin.failures import SignInFailed
from connections.signin.relying_party import RelyingParty
from projects.models import Project
from tests.cast import client_of
from tests.connections.servers import Peer, serving
from tests.portal.reading import Page

SECRET = "a-secret-that-nobody-prints"
ID = "a1b2c3d4"
SVG = "{http://www.w3.org/2000/svg}"


def filled_in(definition: Definition) -> dict[str, str]:
    """A form as an administrator fills it in."""
    found = definition.form.found
    return {
        "client_id": "an-app",
        "client_secret": SECRET,
        "alias": definition.proposed_alias,
        "enabled": "on",
        **found.filled_in(found.example),
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
    query = {"code": "the-code", "scope": "admin", "shop": "evil", "region": "cn"}
    request = RequestFactory().get("/", query | {"auth_params": "client_id=evil&state=evil"})
    return RelyingParty(request, connection)


def claims_of(definition: Definition, project: Project) -> Claims:
    party = made(definition, project)
    with deadline():
        return party.claims(secret=SECRET, pkce_verifier="", nonce="")


def cause_of(definition: Definition, project: Project) -> str:
    """Why nobody is signed in."""
    with pytest.raises(SignInFailed) as failure:
        claims_of(definition, project)
    assert "token" not in str(failure.value.__dict__.values())
    return failure.value.cause


class TestEveryEntry:
    """Each test goes through all of them, since each of them is quick."""

    def test_its_form_comes_back_as_it_was_filled_in(
        self, everybody: Everybody, as_owner: Client, project: Project
    ) -> None:
        plain = catalogue.get("allauth_spotify")
        found = (each.form.found for each in catalogue.more())
        special = [f"allauth_{each.name}" for each in found if each.settings or each.needs_key]
        for definition in (plain, *map(catalogue.get, special)):
            connection = added(as_owner, definition)
            form = definition.form(definition=definition, project=project, connection=connection)
            typed = filled_in(definition)
            assert open_secret(connection, "client_secret") == typed.pop("client_secret") == SECRET
            assert form["client_secret"].value() is None
            shown = {name: form[name].value() for name in form.provider_names if name in typed}
            assert shown == {name: typed[name] for name in shown}

    def test_a_sign_in_begins_with_what_we_ask_and_nothing_of_the_request(
        self, project: Project
    ) -> None:
        for definition in catalogue.more():
            party = made(definition, project, pkce=True, scopes="one two")
            redirect = party.begin("our-state")

            location = urlsplit(redirect.url)
            asked = {name: values[0] for name, values in parse_qs(location.query).items()}
            assert (location.scheme, asked["state"]) == ("https", "our-state"), definition.id
            assert not {"evil", "admin"} & set(" ".join(asked.values()).split())
            assert "battlenet.com.cn" not in location.netloc
            assert "an-app" in asked.values()
            # One has its callback in its own console alone.
            told = [each for each in asked.values() if "://" in each]
            assert told in ([], [f"http://{project.host}{party.connection.callback_path}"])
            if "pkce" in definition.form.base_fields:
                assert asked["code_challenge_method"] == "S256"
                assert redirect.pkce_verifier

    @pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"access_token": 5}'])
    def test_garbage_is_a_failed_sign_in(
        self, everybody: Everybody, project: Project, body: bytes
    ) -> None:
        everybody.body = body
        for definition in catalogue.more():
            assert cause_of(definition, project) in {"malformed", "no_subject"}, definition.id

    def test_a_wrong_secret_is_told_as_such(self, everybody: Everybody, project: Project) -> None:
        everybody.status, everybody.body = "401 Unauthorized", {"error": "invalid_client"}
        causes = {each.id: cause_of(each, project) for each in catalogue.more()}
        assert set(causes.values()) == {"invalid_client"}, causes

    def test_its_icon_is_a_picture_and_its_words_can_be_used(self) -> None:
        for definition in catalogue.more():
            picture = definition.icon.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ')
            parts = [each.tag for each in ElementTree.fromstring(picture).iter()]
            assert parts == [f"{SVG}{name}" for name in ("svg", "rect", "text")]
            check_alias(definition.proposed_alias)
            assert definition.login_class.id == definition.id
            assert definition.documentation.startswith("https://docs.allauth.org/")
            required = {n for n, f in definition.form.base_fields.items() if f.required}
            steps = {each.field for each in definition.guide}
            assert required - {"alias"} <= steps


class TestPeople:
    def test_most_classes_find_the_same_person_in_each_under_its_own_namespace(
        self, everybody: Everybody, project: Project
    ) -> None:
        found = []
        for definition in catalogue.more():
            with suppress(SignInFailed):
                found.append(claims_of(definition, project))

        assert len(found) > len(catalogue.more()) / 2
        assert len({each.namespace for each in found}) == len(found)
        assert all(each.namespace.startswith("allauth:") for each in found)
        assert not any(each.address_verified for each in found)
        assert "ann@example.com" in {each.address for each in found}

    @pytest.mark.parametrize("nobody", [None, "", 0, "None", "null"])
    def test_nobody_is_found_without_an_id(
        self, everybody: Everybody, project: Project, nobody: Any
    ) -> None:
        everybody.body = one_answer(nobody)
        for definition in catalogue.more():
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
    @pytest.mark.parametrize("uid", ["12", "user-a_workspace-b", "/users/7", "aNone", "Nancy"])
    def test_ids_are_ids(self, uid: str) -> None:
        assert subject_of(uid) == uid

    @pytest.mark.parametrize(
        "uid", [None, 0, 7, "", "0", "None", "user-None_workspace-b", "{}", "[1]", "nan", "a b"]
    )
    def test_what_is_none_is_refused(self, uid: object) -> None:
        with pytest.raises(SignInFailed, match="no_subject"):
            subject_of(uid)


class TestDiscovery:
    def test_they_are_in_the_last_group_and_none_has_a_file_here(self) -> None:
        assert {each.group for each in catalogue.more()} == {Group.MORE}
        ids = {each.id for each in catalogue.more()}
        assert len(ids) > 50
        assert not {f"allauth_{each}" for each in catalogue.PROVIDERS} & ids

    @pytest.mark.django_db
    def test_looking_asks_nothing_of_the_request_that_is_answered(
        self, project: Project, django_assert_num_queries: Any
    ) -> None:
        request = RequestFactory().get("/")
        request.project = project  # type: ignore[attr-defined]
        with request_context(request), django_assert_num_queries(0):
            classes.find.__wrapped__("gitlab")

    @pytest.mark.parametrize("name", ["saml", "dummy", "trello", "shopify", "oauth2", "nonsense"])
    def test_what_is_no_oauth_2_or_needs_views_of_its_own_is_left_out(self, name: str) -> None:
        assert classes.find(name) is None
        with pytest.raises(KeyError):
            catalogue.get(f"allauth_{name}")

    @pytest.mark.parametrize(
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
        assert Source.of_text(f"def complete_login(self):\n    {call}").goes_its_own_way

    def test_the_session_that_is_ours_is_no_other_door(self) -> None:
        text = "def f():\n    with get_adapter().get_requests_session() as s:\n        s.get(url)"
        assert not Source.of_text(text).goes_its_own_way

    def test_settings_are_read_from_the_source(self) -> None:
        text = (
            "base = 'https://a.org'\n"
            "s = app_settings.PROVIDERS.get('x', {}).get('BASE', base)\n"
            "settings = s\n"
            "needed = settings.get('NEEDED_URL')\n"
            "live = 1 if settings.get('MODE') == 'live' else 2\n"
            "switch = settings.get('SWITCH', False)\n"
            "scope = settings.get('SCOPE')\n"
            "fields = settings.get('FIELDS', [])\n"
        )
        found = {each.name: each for each in Source.of_text(text).settings}
        assert set(found) == {"BASE", "NEEDED_URL", "MODE", "SWITCH"}
        assert (found["MODE"].flag, found["SWITCH"].flag) == ("live", True)
        assert [each.name for each in found.values() if each.required] == ["NEEDED_URL"]

    def test_a_connection_has_the_class_with_its_own_settings(self) -> None:
        gitea = classes.find("gitea")
        assert gitea is not None
        here = gitea.addresses({"setting_gitea_url": "https://git.here.example"})
        there = gitea.addresses({"setting_gitea_url": "https://git.there.example"})
        usual = gitea.addresses({})
        assert [urlsplit(each[1]).hostname for each in (here, there, usual)] == [
            "git.here.example",
            "git.there.example",
            "gitea.com",
        ]

    def test_people_of_another_address_are_other_people(self) -> None:
        gitea = catalogue.get("allauth_gitea")
        settings = {"client_id": "a", "setting_gitea_url": "https://git.here.example"}
        elsewhere = settings | {"setting_gitea_url": "https://git.there.example"}
        assert gitea.namespace(settings) != gitea.namespace(elsewhere)


class TestForm:
    def test_an_address_in_a_private_network_is_refused(self, as_owner: Client) -> None:
        typed = filled_in(catalogue.get("allauth_gitea")) | {
            "setting_gitea_url": "https://169.254.169.254"
        }
        answer = as_owner.post("/projects/acme/connections/add/allauth_gitea/", typed)
        assert "private network" in Page(answer).text

    def test_who_is_known_by_a_name_that_passes_on_is_a_doubt(self, as_owner: Client) -> None:
        typed = filled_in(catalogue.get("allauth_reddit"))
        answer = as_owner.post("/projects/acme/connections/add/allauth_reddit/", typed)
        assert "can pass to somebody else" in Page(answer).text
        assert not Connection.objects.exists()
