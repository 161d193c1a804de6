"""What every provider of the catalogue keeps, whoever adds it."""

from __future__ import annotations

import base64
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from django.utils.functional import Promise

from connections.checking.steps import CheckStep
from connections.configured import definition_of
from connections.fields.field import Field, Kind
from connections.forms.connection_form import ConnectionForm, Proposal
from connections.identities import namespaces, users
from connections.models import Connection, Identity, SignIn, StepVerdict
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.protocols.protocol import Callback, Protocol, Start
from connections.protocols.saml.protocol import SAMLProtocol
from connections.protocols.wechat.protocol import WeChatProtocol
from connections.protocols.wecom import app_tokens
from connections.providers import catalogue
from connections.providers.definition import Definition, Step
from connections.services import NewAccounts, add_connection, change_connection
from connections.values.claims import LONGEST_SUBJECT, Claims
from connections.values.facts import describe_json
from connections.values.failures import SignInFailed, find_fault
from connections.values.outcomes import Outcome
from core.http.client import deadline
from projects.models import Event, Project, User
from signin import pages
from signin.relying_party import RelyingParty
from tests.cast import ACCOUNT_ID, APPID, open_secret, sign_in_as
from tests.checks import credentials_of, said_after_check
from tests.connections.sign_in_assertions import assert_allauth_keeps_nothing
from tests.portal.page_reader import Page
from tests.rows import each_row, undone
from tests.samples import wechat_web
from tests.samples.sample import ABSENT, NO_ID, UNSTORABLE, Guest, Script, playing, sample_of

EVERY = pytest.mark.parametrize(
    "definition",
    [pytest.param(catalogue.get(each), id=each) for each in catalogue.PROVIDERS],
)
EACH = each_row("definition", list(catalogue.all_providers()))
Rule = Callable[[Definition, Guest], None]
SVG = "{http://www.w3.org/2000/svg}"
# More than any provider's answers hold.
MOST_TEXTS = 40
# What a text that is only shown may become, and the bytes that stand for its control character.
SHOWN = [
    ({"data": {"url": "https://x"}}, b""),
    (["Ada"], b""),
    (5, b""),
    (True, b""),
    ("a\u0007\u202eb" + UNSTORABLE + "x" * 10_000, b"\\u0007"),
    ("a\u0007b", b"\x07\xe6\x9d"),
]
# What goes wrong at an address, the status, and whether another attempt may help.
HTML = b"<html><title>Not here</title></html>"
SAID = "The client was removed by J. Doe \u202e on Monday."
BROKEN: list[tuple[Any, str, bool]] = [
    (HTML, "404 Not Found", False),
    (HTML, "200 OK", False),
    ([1], "200 OK", False),
    (HTML, "302 Found", False),
    (HTML, "401 Unauthorized", False),
    (HTML, "500 Internal Server Error", True),
    (HTML, "429 Too Many Requests", True),
    (b"", "200 OK", False),
    ({"error": "removed_client", "error_description": SAID}, "400 Bad Request", False),
    ({"message": SAID}, "403 Forbidden", False),
]
# Every address is tried with these, and that of the token with all.
MOST_USUAL = BROKEN[:2]
# Requests for values that are only shown. Sign-ins go on without them.
ONLY_SHOWN = {
    "github": "/user/emails",
    "gitee": "/api/v5/emails",
    "kakao": "/v2/user/me",
    "wecom": "/cgi-bin/user/get",
}
# What is the same code for all providers is tried in full with these, of a standard or none.
ON_PAGES = {"github", "openid_connect", "saml", "wechat_web"}
UNUSABLE_IDS = [True, {"a": 1}, ["a"], 1.5, "a\nb", "a\ufffdb", "x" * 600]
SHAPES = {f"{SVG}{name}" for name in ("svg", "g", "path", "circle", "ellipse", "rect", "polygon")}
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]


# The settings that say whose people sign in: whoever has signed in gets a new account once one of
# them changes. A provider that is not named here has none.
IDENTIFIED_BY = {
    "adfs": {"issuer"},
    # The sample's person is known by the app's own id alone.
    "alipay": {"client_id"},
    "apple": {"team_id"},
    "auth0": {"issuer"},
    "authentik": {"issuer"},
    "authgear": {"issuer"},
    "azure_b2c": {"issuer"},
    "cognito": {"user_pool_id"},
    "entra": {"cloud"},
    "facebook": {"client_id"},
    "gitlab": {"issuer"},
    "jumpcloud": {"client_id"},
    "kakao": {"client_id"},
    "keycloak": {"issuer"},
    "linkedin": {"client_id"},
    "logto": {"issuer"},
    "naver": {"client_id"},
    "okta": {"issuer"},
    "onelogin": {"issuer"},
    "openid_connect": {
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
    },
    "pingone": {"issuer"},
    "saml": {"entity_id", "subject_attribute"},
    "wecom": {"client_id"},
    "zitadel": {"issuer"},
}


# The further ids that applications may learn of the sample's person. A provider that is not named
# here has none.
FURTHER_IDS = {
    "alipay": {"open_id", "app_id"},
    "apple": {"sub", "team_id"},
    "baidu": {"unionid", "openid"},
    "dingtalk": {"union_id", "open_id", "corp_id"},
    "douyin": {"union_id", "open_id", "client_key"},
    "entra": {"tid", "oid", "sub"},
    "feishu": {"tenant_key", "union_id", "open_id", "app_id"},
    "lark": {"tenant_key", "union_id", "open_id", "app_id"},
    "microsoft": {"tid", "oid", "sub"},
    "qq": {"unionid", "openid", "appid"},
    "telegram": {"id", "sub"},
    "tiktok": {"union_id", "open_id", "client_key"},
    "wechat_official_account": {"unionid", "openid", "appid"},
    "wechat_web": {"unionid", "openid", "appid"},
    "wecom": {"userid", "corpid"},
}


def one_of_each(kind: Callable[[Definition], object]) -> pytest.MarkDecorator:
    """The first provider of each kind: the others of the kind run the same code."""
    first: dict[object, Definition] = {}
    for each in map(catalogue.get, catalogue.PROVIDERS):
        first.setdefault(kind(each), each)
    return pytest.mark.parametrize(
        "definition", [pytest.param(each, id=each.id) for each in first.values()]
    )


EACH_WAY_TO_READ_ANSWERS = one_of_each(
    lambda each: (each.protocol_class, repr(each.claims_reader), each.id in ONLY_SHOWN)
)
EACH_WAY_TO_COME_BACK = one_of_each(
    lambda each: (
        each.code_parameter,
        each.code_is_document,
        each.posts_back,
        each.state_parameter,
        issubclass(each.protocol_class, WeChatProtocol),
    )
)


# The parameters by which providers learn who will probably sign in. Others document none.
LOGIN_HINTS = {
    **dict.fromkeys(
        (
            *("adfs", "auth0", "authentik", "authgear", "azure_b2c", "cognito", "entra"),
            *("gitlab", "google", "google_workspace", "jumpcloud", "kakao", "keycloak", "logto"),
            *("microsoft", "okta", "onelogin", "openid_connect", "pingone", "zitadel"),
        ),
        "login_hint",
    ),
    "github": "login",
}


def other_value(value: Any, field: Field) -> Any:
    """A value that differs from the saved one as little as another server's or app's may."""
    if isinstance(value, bool):
        return not value
    if field.choices:
        return next(choice for choice, _label in field.choices if choice != value)
    return f"{value}x"


def filled_in(definition: Definition) -> dict[str, str]:
    """A form as an administrator fills it in."""
    days = {each.name: "2099-12-31" for each in definition.fields if each.kind is Kind.DATE}
    return {**sample_of(definition.id).filled_in, **days, "alias": definition.id, "enabled": "on"}


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
    parts: list[Any] = [
        definition.name,
        definition.brand,
        definition.summary,
        list(definition.guide),
        list(definition.appendix),
        [(each.label, each.help) for each in definition.copies],
        [(each.cause, each.remedy, each.user_message) for each in definition.faults.values()],
        [each.help for each in definition.fields],
    ]
    return [text for text in texts(parts) if isinstance(text, Promise)]


def said(text: object, language: str) -> str:
    with translation.override(language):
        return str(text)


class TestProvider:
    @EACH
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

    @EACH
    @each_row("language", LANGUAGES)
    def test_its_guide_is_there_in_every_language(
        self, definition: Definition, language: str
    ) -> None:
        assert len(definition.guide) >= 3
        for step in (*definition.guide, *definition.appendix):
            assert all(said(text, language).strip() for text in texts(step))
            assert step.body or step.table

    @EACH
    def test_every_field_that_must_be_filled_in_has_its_step(self, definition: Definition) -> None:
        own = {each.name for each in definition.fields if each.is_entered}
        steps = {step.field for step in definition.guide if step.field}
        assert steps <= own
        assert {each.name for each in definition.fields if each.required} & own <= steps

    @EACH
    def test_every_text_is_translated(self, definition: Definition) -> None:
        same = [
            said(text, "en")
            for text in lazy_texts(definition)
            if re.search("[A-Za-z]", said(text, "en")) and said(text, "en") == said(text, "zh-hans")
        ]
        assert same == []

    @EACH
    def test_every_translation_keeps_the_providers_own_words(self, definition: Definition) -> None:
        """A quoted term must be found again in the provider's console, whatever one reads."""
        lost = []
        for text in lazy_texts(definition):
            english, chinese = said(text, "en"), said(text, "zh-hans")
            for term in re.findall(r"[\u4e00-\u9fff][\u4e00-\u9fff/]*(?:ID)?", english):
                if term not in chinese:
                    lost.append((term, chinese))
        assert lost == []

    @EACH
    def test_every_button_label_is_there_in_every_language(self, definition: Definition) -> None:
        assert set(definition.button_labels) <= set(LANGUAGES)
        for language in LANGUAGES:
            assert 0 < len(definition.button_label(language)) <= 40

    @EACH
    def test_every_fault_says_why_and_what_to_do(self, definition: Definition) -> None:
        assert definition.faults
        for code, fault in definition.faults.items():
            assert 0 < len(code) <= 40
            assert fault.outcome in set(Outcome) - {Outcome.OK}
            for language in LANGUAGES:
                for text in (fault.cause, fault.remedy):
                    assert said(text, language).endswith((".", "。"))
                if fault.user_message:
                    assert said(fault.user_message, language).endswith((".", "。"))

    @EACH
    def test_what_only_a_person_can_settle_is_told_to_that_person(
        self, definition: Definition
    ) -> None:
        faults = definition.faults.values()
        assert all(fault.user_message for fault in faults if fault.outcome == Outcome.POLICY)

    @EACH
    def test_its_documentation_and_links_are_https(self, definition: Definition) -> None:
        steps = (*definition.guide, *definition.appendix)
        links = [url for step in steps for _text, url in step.links]
        for url in (definition.documentation, *links):
            assert url.startswith("https://")

    @EACH
    def test_its_endpoints_are_https_unless_a_deployment_moves_them(
        self, definition: Definition
    ) -> None:
        for endpoint in definition.endpoints.values():
            assert endpoint.url.startswith("https://")
        assert not definition.endpoints_moved

    @EACH
    def test_what_settings_move_is_known_without_loading_it(self, definition: Definition) -> None:
        by_settings = any(each.base_setting for each in definition.endpoints.values())
        assert by_settings == (definition.id in catalogue.MOVED_BY_SETTINGS)

    @EACH
    def test_whether_it_reads_certificates_is_known_without_loading_it(
        self, definition: Definition
    ) -> None:
        reads_some = definition.expiries is not Definition.expiries
        assert reads_some == (definition.id in catalogue.WITH_CERTIFICATES)

    @EACH
    def test_a_protocol_of_ours_signs_people_in(self, definition: Definition) -> None:
        assert issubclass(definition.protocol_class, Protocol)


def without_secrets(definition: Definition, form: ConnectionForm) -> dict[str, str]:
    return {**filled_in(definition), **dict.fromkeys(form.secret_names, "")}


def with_another_client(definition: Definition, form: ConnectionForm) -> dict[str, str]:
    """A form whose secrets are empty and whose client is another one."""
    typed = without_secrets(definition, form)
    bound = definition.bound_settings[0]
    typed[bound] = typed[bound][:-1] + ("1" if typed[bound][-1] == "0" else "0")
    return typed


@pytest.fixture
def script(definition: Definition, settings: Any, db: None) -> Iterator[Script]:
    """The provider, played by its sample."""
    discovery_cache.clear()
    cache.clear()
    with playing(definition, sample_of(definition.id), settings) as playing_it:
        yield playing_it
    discovery_cache.clear()


def added(owner: User, project: Project, definition: Definition) -> Connection:
    """The connection that an administrator makes by the form."""
    proposed = ConnectionForm(definition=definition, project=project)["alias"].value()
    assert proposed == definition.id, "its id can be an alias"
    typed = filled_in(definition)
    if definition.id in ON_PAGES:
        answer = sign_in_as(owner).post(f"/projects/acme/connections/add/{definition.id}/", typed)
        assert answer.status_code == 302, Page(answer).all_errors()
        return Connection.objects.get()
    form = ConnectionForm(typed, definition=definition, project=project)
    assert form.look_up(), form.errors
    return add_connection(
        project=project, definition=definition, proposal=form.proposal, actor=owner
    )


def changed(owner: User, connection: Connection, typed: dict[str, str]) -> None:
    """Save what an administrator has typed into the form of a connection."""
    if connection.provider in ON_PAGES:
        path = f"/projects/acme/connections/{connection.alias}/"
        assert sign_in_as(owner).post(path, typed).status_code == 302
        return
    form = ConnectionForm(
        typed,
        definition=definition_of(connection),
        project=connection.project,
        connection=connection,
    )
    assert form.look_up(), form.errors
    change_connection(connection, proposal=form.proposal, actor=owner)


@pytest.fixture
def guest(definition: Definition, script: Script, owner: User, project: Project) -> Guest:
    """Somebody in front of the button of a connection that the form has accepted."""
    return Guest(project, script, added(owner, project, definition))


def probed(guest: Guest, answer: Any, status: str) -> CheckStep:
    """What a check says of the credentials, where the provider gives this answer for a code."""
    guest.script.begin_again()
    path = guest.script.sample.refusal.path
    guest.script.answers[path], guest.script.status[path] = answer, status
    return credentials_of(guest.connection)


def told_by_a_check(guest: Guest, answer: Any, status: str) -> str:
    """What the page says after a check, where the provider gives this answer for a code."""
    guest.script.begin_again()
    path = guest.script.sample.refusal.path
    guest.script.answers[path], guest.script.status[path] = answer, status
    owner = guest.connection.updated_by
    assert owner is not None
    return said_after_check(sign_in_as(owner), guest.connection.alias)


def assert_the_sample_person(definition: Definition, guest: Guest) -> None:
    """The only identity is the sample's person, known where the definition says."""
    identity = Identity.objects.get()
    person = sample_of(definition.id).person
    assert (identity.namespace, identity.subject) == (person.namespace, person.subject)
    assert set(identity.keys.values_list("namespace", "value")) == set(person.keys)
    user = identity.user
    assert (user.name, user.picture) == (person.name, person.picture)
    assert (user.address, user.address_verified) == (person.address, person.address_verified)

    known = namespaces.current_namespaces(guest.connection)
    assert identity.namespace in {known.subject, known.key}
    assert set(identity.keys.values_list("namespace", flat=True)) <= {known.key}
    if not definition.namespace(guest.connection.settings):
        assert definition.subject_source(guest.connection.settings)
    assert_allauth_keeps_nothing()


def changes_that_ask(definition: Definition, connection: Connection, owner: User) -> dict[str, int]:
    """By setting whose change asks for consent, how many people would get new accounts."""
    asked: dict[str, int] = {}
    for each in definition.fields:
        if not each.is_stored:
            continue
        value = other_value(connection.settings.get(each.name, ""), each)
        changed = {**connection.settings, each.name: value}
        after = namespaces.namespaces_after(connection, changed)
        if not namespaces.count_lost_users(connection, after):
            continue
        with pytest.raises(NewAccounts) as question:
            change_connection(
                connection,
                proposal=Proposal(
                    alias=connection.alias, labels={}, enabled=True, settings=changed, secrets={}
                ),
                actor=owner,
            )
        asked[each.name] = question.value.people
    return asked


def start_afresh(guest: Guest) -> None:
    """Forget what was learnt and counted under another rule, and come with a new browser."""
    guest.begin_again()
    discovery_cache.clear()
    app_tokens.clear()
    cache.clear()


@contextmanager
def at_the_provider(guest: Guest) -> Iterator[None]:
    """The browser was sent to the provider; whatever comes of that is taken back."""
    cookies, query = deepcopy(guest.client.cookies), guest.script.query
    with undone():
        yield
    guest.begin_again()
    guest.client.cookies, guest.script.query = cookies, query


def relying_party(guest: Guest) -> RelyingParty:
    """The guest's connection, in front of the provider."""
    connection = guest.connection
    names = connection.secrets.values_list("field", flat=True)
    return RelyingParty(
        connection,
        callback_url=f"http://{guest.project.host}{connection.callback_path}",
        secrets={name: open_secret(connection, name) for name in names},
    )


def start_of(guest: Guest, *, reauthenticate: bool = False, login_hint: str = "") -> Start:
    """A start in the browser that the provider accepts."""
    return Start(
        state="our-state",
        nonce="our-nonce" if definition_of(guest.connection).nonce else "",
        user_agent=guest.script.sample.browser,
        reauthenticate=reauthenticate,
        login_hint=login_hint,
    )


def asked(url: str) -> list[tuple[str, str]]:
    """What a redirect asks of the provider: its parameters, or the attributes of SAML's request."""
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    deflated = dict(query).get("SAMLRequest")
    if deflated is None:
        return query
    root = ElementTree.fromstring(zlib.decompress(base64.b64decode(deflated), -15))
    return [*query, *root.attrib.items()]


class Trip:
    """A browser's way to the provider that plays its sample anew, without pages of ours."""

    def __init__(self, guest: Guest, **demands: Any) -> None:
        self.guest = guest
        guest.script.begin_again()
        self.party = relying_party(guest)
        self.start = start_of(guest, **demands)
        self.redirect = self.party.begin(self.start)
        guest.script.query = dict(parse_qsl(urlsplit(self.redirect.url).query))

    def claims(self) -> Claims:
        """Who comes back; raises SignInFailed."""
        script = self.guest.script
        returns = script.sample.returns
        returned = returns(script) if callable(returns) else returns
        callback = Callback(
            parameters={definition_of(self.guest.connection).state_parameter: self.start.state}
            | dict(returned),
            pkce_verifier=self.redirect.pkce_verifier,
            nonce=self.start.nonce,
        )
        with deadline():
            return self.party.claims(callback)

    def refused(self, why: object) -> SignInFailed:
        """Why nobody comes back."""
        with pytest.raises(SignInFailed) as raised:
            pytest.fail(f"{why}: {self.claims()}")
        return raised.value


def faults_of(guest: Guest) -> list[tuple[str, Any, str, bool]]:
    """What goes wrong at each address that is asked once the browser has come back."""
    trip = Trip(guest)
    started = len(guest.script.heard)
    trip.claims()
    paths = [each.path.partition("?")[0] for each in guest.script.heard[started:]]
    return [
        (path, *fault)
        for number, path in enumerate(dict.fromkeys(paths))
        for fault in (MOST_USUAL if number else BROKEN)
    ]


def its_form_keeps_what_was_filled_in(definition: Definition, guest: Guest) -> None:
    project, typed = guest.project, filled_in(definition)
    connection = Connection.objects.get()
    owner = connection.updated_by
    assert owner is not None
    assert connection.alias == definition.id

    form = ConnectionForm(definition=definition, project=project, connection=connection)
    for name in form.provider_names:
        if name in form.secret_names:
            assert open_secret(connection, name) == typed.get(name, "")
            assert form[name].value() is None
        else:
            assert form[name].value() == typed.get(name, form.fields[name].initial or False)

    before = Connection.objects.values().get()
    if definition.bound_settings:
        # Another client: its secret is asked for again.
        sent = ConnectionForm(
            with_another_client(definition, form),
            definition=definition,
            project=project,
            connection=connection,
        )
        errors = sent.errors.as_data()
        assert form.secret_names
        assert [errors[name][0].code for name in form.secret_names] == ["bound"] * len(
            form.secret_names
        )
        if definition.id in ON_PAGES:
            path = f"/projects/acme/connections/{connection.alias}/"
            shown = sign_in_as(owner).post(path, with_another_client(definition, form))
            errors = shown.context["form"].errors.as_data()
            assert {errors[name][0].code for name in form.secret_names} == {"bound"}
            assert Connection.objects.values().get() == before

    secrets = {name: open_secret(connection, name) for name in form.secret_names}
    changed(owner, connection, without_secrets(definition, form))
    kept_ones = {name: open_secret(connection, name) for name in form.secret_names}
    assert kept_ones == secrets, "an empty secret keeps the saved one"


def a_new_sign_in_is_demanded_in_the_providers_own_words(
    definition: Definition, guest: Guest
) -> None:
    usual, again = (
        asked(relying_party(guest).begin(start_of(guest, reauthenticate=demanded)).url)
        for demanded in (False, True)
    )

    declared = definition.reauthentication
    assert not declared.items() & set(usual)
    names = [name for name, _value in again]
    assert {name: names.count(name) for name in declared} == dict.fromkeys(declared, 1)
    assert declared.items() <= set(again)
    # Nothing else changes.
    assert set(names) == {*dict(usual), *declared}


def a_login_hint_is_passed_on_where_a_parameter_is_documented(
    definition: Definition, guest: Guest
) -> None:
    hint = "ada+x@example.com"
    usual, hinted = (
        asked(relying_party(guest).begin(start_of(guest, login_hint=each)).url)
        for each in ("", hint)
    )

    name = LOGIN_HINTS.get(definition.id, "")
    assert definition.login_hint == name
    assert [value for key, value in hinted if key == name] == ([hint] if name else [])
    # Nothing else changes.
    assert {key for key, _value in hinted} == {*dict(usual), *([name] if name else [])}
    assert hint not in str([pair for pair in hinted if pair[0] != name])


def an_application_may_learn_the_ids_under_the_providers_names(
    definition: Definition, guest: Guest
) -> None:
    claims = Trip(guest, reauthenticate=True).claims()

    found = definition.identity_claims(claims, guest.connection.settings)
    assert set(found) == FURTHER_IDS.get(definition.id, set())
    for name, value in found.items():
        assert re.fullmatch(r"[a-z]+(?:_[a-z]+)*", name)
        assert 0 < len(value) <= LONGEST_SUBJECT
    # Each id of the person is there, as a whole or in its parts.
    person = sample_of(definition.id).person
    ids = {*person.subject.split(":"), *(value for _namespace, value in person.keys)}
    assert not found or ids <= set(found.values())


def a_sign_in_that_fails_ends_on_the_right_page(definition: Definition, guest: Guest) -> None:
    sample = sample_of(definition.id)
    refusal = sample.refusal

    guest.press()
    with at_the_provider(guest):
        answer = guest.come_back(sample.cancels)
        assert (answer.status_code, SignIn.objects.get().outcome) == (200, "cancelled")

    with at_the_provider(guest):
        guest.script.answers[refusal.path] = refusal.answer
        guest.script.status[refusal.path] = refusal.status
        answer = guest.come_back(sample.returns)
        assert SignIn.objects.get().cause == refusal.cause
        outcome = find_fault(definition, refusal.cause).outcome
        assert answer.status_code == pages.STATUS[outcome]
        assert not Identity.objects.exists()


def a_check_of_the_credentials_says_what_the_provider_says(
    definition: Definition, guest: Guest
) -> None:
    if definition.probe != Definition.probe:
        # It has a test of its own, or none.
        return
    sample = sample_of(definition.id)
    refused = (sample.refused_code, sample.refused_code_status)
    assert probed(guest, *refused).verdict == StepVerdict.PASSED
    assert not SignIn.objects.exists()

    fault = find_fault(definition, sample.refusal.cause)
    result = probed(guest, sample.refusal.answer, sample.refusal.status)
    assert result.cause == sample.refusal.cause
    assert (result.verdict == StepVerdict.FAILED) == (fault.outcome == Outcome.CONFIG)

    # From the result to its page, all providers share the code.
    if definition.id not in ON_PAGES:
        return
    assert "The provider accepted the credentials." in told_by_a_check(guest, *refused)
    said = told_by_a_check(guest, sample.refusal.answer, sample.refusal.status)
    assert str(fault.cause) in said
    assert ("Failed" in said) == (fault.outcome == Outcome.CONFIG)


@EVERY
@each_row(
    "rule",
    [
        its_form_keeps_what_was_filled_in,
        a_new_sign_in_is_demanded_in_the_providers_own_words,
        a_login_hint_is_passed_on_where_a_parameter_is_documented,
        an_application_may_learn_the_ids_under_the_providers_names,
        a_sign_in_that_fails_ends_on_the_right_page,
        a_check_of_the_credentials_says_what_the_provider_says,
    ],
    undo=True,
)
def test_4_59_what_pages_and_applications_rely_on(
    definition: Definition, guest: Guest, rule: Rule
) -> None:
    start_afresh(guest)
    rule(definition, guest)


@EVERY
def test_a4_42_the_sample_person_signs_in_and_comes_back(
    definition: Definition,
    guest: Guest,
    as_owner: Client,
    owner: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    # Nothing of the request changes what the provider is asked (a4, 42).
    pressed = guest.press(
        "?scope=admin&auth_params=client_id%3Devil%26redirect_uri%3Dhttps%3A%2F%2Fevil"
    )
    assert pressed.status_code == 302
    assert "evil" not in pressed.headers["location"]
    assert "admin" not in pressed.headers["location"]
    # PKCE is used wherever the provider takes it.
    used = guest.script.query.get("code_challenge_method") == "S256"
    assert used is sample_of(definition.id).pkce

    answer = guest.come_back(sample_of(definition.id).returns)
    assert (answer.status_code, answer.headers.get("location")) == (302, "/account"), (
        SignIn.objects.values_list("cause", "provider_code")
    )
    assert_the_sample_person(definition, guest)
    # Each request is what the provider's document demands.
    assert guest.script.unmet_demands() == []

    again = [guest.press(), guest.come_back(sample_of(definition.id).returns)]
    assert list(SignIn.objects.values_list("outcome", flat=True)) == ["ok", "ok"]
    assert Identity.objects.count() == 1, "who comes back is the same person"

    assert_no_secret_is_readable(guest, as_owner, [pressed, answer, *again], caplog)

    asked = changes_that_ask(definition, guest.connection, owner)
    expected = IDENTIFIED_BY.get(definition.id, ())
    assert asked == dict.fromkeys(expected, 1), "new accounts wait for consent"


def an_answer_that_names_nobody_signs_nobody_in(definition: Definition, guest: Guest) -> None:
    path = sample_of(definition.id).refusal.path

    # Two people without an id are refused, and never taken for one.
    for value in NO_ID:
        trip = Trip(guest)
        guest.script.without_id(value)
        trip.refused(value)

    # An id that cannot be kept is refused with its type.
    for value in UNUSABLE_IDS:
        if definition.id == "saml" and not isinstance(value, str):
            continue
        trip = Trip(guest)
        guest.script.without_id(value)
        failure = trip.refused(value)
        if failure.cause == "no_subject":
            assert failure.facts["field"]
            assert failure.facts["received"] == describe_json(value)

    for garbage in (b"<html>", b"null", b"\xff"):
        trip = Trip(guest)
        guest.script.answers[path] = garbage
        trip.refused(garbage)

    # Tokens with a status that is no success; of SAML, the browser brings the answer.
    for status in ("302 Found", "401 Unauthorized", "500 Internal Server Error"):
        if definition.protocol_class is not SAMLProtocol:
            trip = Trip(guest)
            guest.script.status[path] = status
            assert trip.refused(status).cause != "malformed", status

    # What is refused ends on a page, with a record and without a person.
    guest.begin_again()
    guest.press()
    guest.script.without_id(ABSENT)
    assert guest.come_back(guest.script.sample.returns).status_code in {400, 503}
    assert not Identity.objects.exists()
    assert SignIn.objects.get().outcome != "ok"


def nothing_that_is_only_shown_ends_a_sign_in(definition: Definition, guest: Guest) -> None:
    for shown, raw in SHOWN:
        trip = Trip(guest)
        guest.script.shown, guest.script.raw = shown, raw
        with undone():
            users.get_or_create_user(guest.connection, trip.claims())
            assert_known_by_a_readable_name(definition, shown)

    # Before and after the claims, all providers share the code.
    if definition.id not in ON_PAGES:
        return
    guest.begin_again()
    guest.press()
    for shown, raw in SHOWN:
        with at_the_provider(guest):
            guest.script.shown, guest.script.raw = shown, raw
            assert guest.come_back(guest.script.sample.returns).status_code == 302, (
                shown,
                SignIn.objects.values_list("cause", "facts"),
            )
            assert_known_by_a_readable_name(definition, shown)


def assert_known_by_a_readable_name(definition: Definition, shown: object) -> None:
    """The only identity is the sample's person, whatever the provider shows of them."""
    identity = Identity.objects.get()
    person = sample_of(definition.id).person
    assert (identity.namespace, identity.subject) == (person.namespace, person.subject), shown
    assert len(identity.user.name) <= 64
    assert identity.user.name.isprintable()


def no_text_of_any_answer_makes_a_crash(definition: Definition, guest: Guest) -> None:
    outcomes = set()
    for number in range(MOST_TEXTS):
        guest.script.spoilt, guest.script.texts = number, 0
        # So that the limit of attempts does not end it.
        guest.client.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        discovery_cache.clear()
        cache.clear()
        outcomes.add(guest.sign_in().status_code)
        if guest.script.texts <= number:
            break
    else:
        pytest.fail("there are more texts than were tried")

    assert outcomes <= {302, 400, 403, 503}


def a_fault_at_any_address_is_explained_with_the_address(
    definition: Definition, guest: Guest
) -> None:
    for path, answer, status, may_pass in faults_of(guest):
        discovery_cache.clear()
        app_tokens.clear()
        cache.clear()
        trip = Trip(guest)
        guest.script.answers[path], guest.script.status[path] = answer, status
        if ONLY_SHOWN.get(definition.id) == path:
            trip.claims()
            continue

        failure = trip.refused((path, status, answer))
        where = (path, status, answer, failure.cause, failure.facts)
        assert failure.facts["request"].endswith(path), where
        assert failure.facts["status"] == status[:3], where
        outcome = find_fault(definition, failure.cause).outcome
        assert (outcome in {Outcome.TEMPORARY, Outcome.RETRY}) == may_pass, where
        if isinstance(answer, dict):
            assert failure.facts["message"] == "The client was removed by J. Doe on Monday."


def a_fault_at_any_address_ends_on_a_page(definition: Definition, guest: Guest) -> None:
    # From the failure to its page, all providers share the code.
    if definition.id not in ON_PAGES:
        return
    for number, (path, answer, status, may_pass) in enumerate(faults_of(guest)):
        with undone():
            guest.begin_again()
            guest.client.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
            discovery_cache.clear()
            app_tokens.clear()
            cache.clear()
            guest.press()
            guest.script.answers[path], guest.script.status[path] = answer, status
            page = guest.come_back(sample_of(definition.id).returns)

            record = SignIn.objects.get()
            where = (path, status, answer, record.cause, record.facts)
            if ONLY_SHOWN.get(definition.id) == path:
                assert record.outcome == "ok", where
                continue
            assert not Identity.objects.exists(), where
            assert (record.outcome in {"temporary", "retry"}) == may_pass, where
            assert record.facts["request"].endswith(path), where
            text = page.content.decode()
            assert ("Try again" in text) == may_pass, where
            assert "same browser" not in text, where
            assert "J. Doe" not in text, where


@EACH_WAY_TO_READ_ANSWERS
@each_row(
    "rule",
    [
        an_answer_that_names_nobody_signs_nobody_in,
        nothing_that_is_only_shown_ends_a_sign_in,
        no_text_of_any_answer_makes_a_crash,
        a_fault_at_any_address_is_explained_with_the_address,
        a_fault_at_any_address_ends_on_a_page,
    ],
    undo=True,
)
def test_59_75_hostile_answers(definition: Definition, guest: Guest, rule: Rule) -> None:
    start_afresh(guest)
    rule(definition, guest)


@EACH_WAY_TO_COME_BACK
class TestCallbacks:
    def test_a_parameter_that_cannot_be_used_is_sent_to_nobody(
        self, definition: Definition, guest: Guest
    ) -> None:
        code = definition.code_parameter
        bad = {code: ["a", "b"], "error": ["a", "b"]}
        spoilt: list[dict[str, Any]] = [{name: values} for name, values in bad.items()]
        spoilt += [{code: ""}, {code: "a\x1bb"}, {code: "a\x7fb"}, {code: "authdeny"}]
        if not definition.code_is_document:
            spoilt += [{code: "a\nb"}, {code: "x" * 16_385}]

        for number, parameters in enumerate(spoilt):
            guest.begin_again()
            guest.client.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
            guest.press()
            before = len(guest.script.heard)
            returns = guest.script.sample.returns
            returned = dict(returns(guest.script) if callable(returns) else returns)
            answer = guest.come_back({**returned, **parameters})

            ended = SignIn.objects.latest("id")
            if parameters == {code: "authdeny"}:
                assert (ended.outcome, answer.status_code) == ("cancelled", 200)
            elif not (definition.posts_back and set(parameters) - set(definition.posts_back)):
                assert (ended.cause, answer.status_code) == ("callback_parameter", 400)
                assert ended.facts["field"] in parameters
                assert len(guest.script.heard) == before, parameters
            assert SignIn.objects.count() == number + 1


def assert_no_secret_is_readable(
    guest: Guest, as_owner: Client, answers: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """No page, log record, event or sign-in record holds a secret of the connection."""
    stored = guest.connection.secrets.values_list("field", flat=True)
    secrets = [open_secret(guest.connection, name) for name in stored]
    paths = [f"connections/{guest.connection.alias}/"]
    if guest.connection.provider in ON_PAGES:
        # What differs on these are the names of providers, and the rows that are read below.
        paths += ["connections/", "history/"]
    pages_read = [as_owner.get(f"/projects/acme/{each}") for each in paths]

    read = [each.content.decode() + str(each.headers) for each in (*answers, *pages_read)]
    read += [each.getMessage() for each in caplog.records]
    read += [str(row) for row in Event.objects.values()]
    read += [str(row) for row in SignIn.objects.values()]
    assert secrets
    for secret in secrets:
        # As a whole, and so that a key of many lines is found by each of them.
        for line in filter(lambda part: len(part) > 12, secret.split()):
            assert not [text for text in read if line in text]


@pytest.mark.parametrize("provider", ["wechat_web", "wechat_official_account"])
@pytest.mark.parametrize("unionid", [wechat_web.UNIONID, ""])
def test_wechats_ids_are_told_as_wechat_names_them(provider: str, unionid: str) -> None:
    """A test account has no unionid."""
    definition = catalogue.get(provider)
    settings = {"client_id": APPID, "account_id": ACCOUNT_ID, "test_account": not unionid}
    answer = {"unionid": unionid, "openid": wechat_web.OPENID}
    claims = definition.claims_reader(settings, definition.namespace(settings), answer)

    told = {"unionid": unionid} if unionid else {}
    told |= {"openid": wechat_web.OPENID, "appid": APPID}
    assert definition.identity_claims(claims, settings) == told


def test_ids_are_unique_and_every_provider_has_a_sample() -> None:
    ids = [each.id for each in catalogue.all_providers()]
    assert ids == list(catalogue.PROVIDERS) == sorted(set(ids), key=ids.index)
    assert all(sample_of(each) for each in ids)
