"""Every address of the portal host, asked by everybody who might come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection as database
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from applications.models import Application, ApplicationLogo, ApplicationSecret, LogoutDelivery
from connections.drafts.revisions import ensure_revision
from connections.models import Connection, EndUserSession, StoredSecret
from connections.secrets import check_keys
from projects.models import Event, Invitation, Membership, Project, Role, User
from tests.cast import (
    client_of,
    end_user_session,
    make_connection,
    operator_session,
    sign_in_as,
    wechat_form,
)
from tests.rows import each_row, undone

URLCONF = "portal.urls.portal_host"
PEOPLE = ("owner", "editor", "viewer", "stranger", "nobody")
REFERENCE = "7K3QX0M9ZD"
# Of a member who comes to none of these pages, and of an invitation.
SOMEBODY = 900_001
# Of an end user, and of their session.
END_USER = UUID("0123456789abcdef0123456789abcdef")
VALUES = {
    "provider": "wechat_web",
    "uidb36": "1",
    "key": "no-key",
    "reference": REFERENCE,
    "member": SOMEBODY,
    "invitation": SOMEBODY,
    "token": "no-token",
    "pk": 1,
    "client_id": "a" * 24,
    "secret": SOMEBODY,
    "message": SOMEBODY,
    "user": END_USER,
    "trial": END_USER,
    "sid": END_USER,
    "name": f"{'0' * 32}.png",
    "number": 1,
}

SHOP = {
    "name": "Shop",
    "kind": "website",
    "redirect_uris": "https://shop.example/callback",
}

Statuses = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Expected:
    """What each of PEOPLE gets, and what they send."""

    get: Statuses
    post: Statuses
    sent: dict[str, Any] = field(default_factory=dict)


ANYBODY = (200, 200, 200, 200, 200)
OPERATORS = (200, 200, 200, 200, 302)
MEMBERS = (200, 200, 200, 404, 302)
EDITORS = (200, 200, 403, 404, 302)
OWNERS = (200, 403, 403, 404, 302)
OWNERS_GO_ON = (302, 403, 403, 404, 302)
NOT_FOUND = (404, 404, 404, 404, 404)
NOT_ALLOWED = (405, 405, 405, 405, 405)
SIGNED_IN_ELSEWHERE = (302, 302, 302, 302, 200)
EDITORS_GO_ON = (302, 302, 403, 404, 302)
ALL_GO_ON = (302, 302, 302, 302, 302)
SHOWN_AGAIN = (200, 200, 200, 200, 302)
# Second factors of operators who have none.
HAS_NONE = (404, 404, 404, 404, 302)
ONLY_SHOWN = (405, 405, 405, 405, 302)

EXPECTED = {
    "healthz": Expected(ANYBODY, NOT_ALLOWED),
    "readyz": Expected(ANYBODY, NOT_ALLOWED),
    "proxyz": Expected(NOT_FOUND, NOT_FOUND),
    "hostz": Expected(NOT_FOUND, NOT_ALLOWED),
    "patterns": Expected(ANYBODY, NOT_ALLOWED),
    "set_language": Expected(ALL_GO_ON, ALL_GO_ON, {"language": "zh-hans"}),
    "account_login": Expected(SIGNED_IN_ELSEWHERE, SIGNED_IN_ELSEWHERE),
    "account_logout": Expected(OPERATORS, ALL_GO_ON),
    "account_signup": Expected(SIGNED_IN_ELSEWHERE, SIGNED_IN_ELSEWHERE),
    "account_reauthenticate": Expected(OPERATORS, SHOWN_AGAIN),
    "account_inactive": Expected(ANYBODY, NOT_ALLOWED),
    "account_change_password": Expected(OPERATORS, SHOWN_AGAIN),
    "account_set_password": Expected(ALL_GO_ON, ALL_GO_ON),
    "account_reset_password": Expected(ANYBODY, ANYBODY),
    "account_reset_password_done": Expected(ANYBODY, NOT_ALLOWED),
    "account_reset_password_from_key": Expected(ANYBODY, ANYBODY),
    "account_reset_password_from_key_done": Expected(ANYBODY, NOT_ALLOWED),
    "mfa_authenticate": Expected(ALL_GO_ON, ALL_GO_ON),
    "mfa_login_webauthn": Expected(ALL_GO_ON, ALL_GO_ON),
    "mfa_reauthenticate": Expected(ALL_GO_ON, ALL_GO_ON),
    "mfa_reauthenticate_webauthn": Expected(ALL_GO_ON, ALL_GO_ON),
    "mfa_index": Expected(ALL_GO_ON, ALL_GO_ON),
    "mfa_list_webauthn": Expected(ALL_GO_ON, ALL_GO_ON),
    # Nobody here signed in just now, so all are sent to confirm who they are, or to sign in.
    "mfa_activate_totp": Expected(OPERATORS, SHOWN_AGAIN),
    "mfa_deactivate_totp": Expected(HAS_NONE, HAS_NONE),
    "mfa_add_webauthn": Expected(OPERATORS, SHOWN_AGAIN),
    "mfa_edit_webauthn": Expected(HAS_NONE, HAS_NONE),
    "mfa_remove_webauthn": Expected(HAS_NONE, HAS_NONE),
    "mfa_view_recovery_codes": Expected(HAS_NONE, ONLY_SHOWN),
    "mfa_generate_recovery_codes": Expected(OPERATORS, SHOWN_AGAIN),
    "portal:account": Expected(OPERATORS, ALL_GO_ON, {"name": "Renamed"}),
    "portal:home": Expected(ALL_GO_ON, ALL_GO_ON),
    "portal:projects": Expected(OPERATORS, NOT_ALLOWED),
    "portal:project_create": Expected(OPERATORS, ALL_GO_ON, {"name": "New", "slug": "new-one"}),
    "portal:overview": Expected(MEMBERS, NOT_ALLOWED),
    "portal:settings": Expected(MEMBERS, EDITORS_GO_ON, {"name": "Renamed"}),
    "portal:project_delete": Expected(OWNERS, OWNERS_GO_ON, {"slug": "acme"}),
    "portal:members": Expected(MEMBERS, NOT_ALLOWED),
    "portal:member_invite": Expected(
        OWNERS, OWNERS_GO_ON, {"address": "new@example.com", "role": "viewer"}
    ),
    "portal:member": Expected(OWNERS, OWNERS_GO_ON, {"role": "viewer"}),
    "portal:member_remove": Expected(OWNERS, OWNERS_GO_ON),
    "portal:invitation_renew": Expected(OWNERS_GO_ON, OWNERS_GO_ON),
    "portal:invitation_revoke": Expected(OWNERS_GO_ON, OWNERS_GO_ON),
    # Without a link nobody has an invitation here.
    "portal:invitation_link": Expected(NOT_FOUND, NOT_ALLOWED),
    "portal:invitation": Expected(NOT_FOUND, NOT_FOUND),
    "portal:invitation_sign_out": Expected(NOT_ALLOWED, NOT_FOUND),
    "portal:settings_second_factor": Expected(OWNERS_GO_ON, OWNERS_GO_ON, {"enabled": "on"}),
    "portal:settings_trial": Expected(NOT_ALLOWED, OWNERS_GO_ON, {"enabled": "on"}),
    "portal:history": Expected(MEMBERS, NOT_ALLOWED),
    "portal:history_export": Expected(NOT_ALLOWED, MEMBERS, {"format": "csv"}),
    "portal:history_story": Expected(MEMBERS, NOT_ALLOWED),
    "portal:users": Expected(MEMBERS, NOT_ALLOWED),
    "portal:user": Expected(MEMBERS, NOT_ALLOWED),
    "portal:user_block": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:user_unblock": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:user_sign_out": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:user_session_end": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:user_access_remove": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:user_delete": Expected(OWNERS, OWNERS_GO_ON, {"user_id": END_USER.hex[:8]}),
    "portal:connections": Expected(MEMBERS, NOT_ALLOWED),
    "portal:connection_catalogue": Expected(EDITORS, NOT_ALLOWED),
    "portal:connection_add": Expected(
        EDITORS,
        EDITORS_GO_ON,
        wechat_form(
            alias="another", client_id="wx1111111111111111", label_en="Other", label_zh_hans="其他"
        ),
    ),
    "portal:connection_add_validate": Expected(NOT_ALLOWED, EDITORS, wechat_form()),
    "portal:connection_add_check": Expected(NOT_ALLOWED, EDITORS, wechat_form()),
    "portal:connection": Expected(
        MEMBERS, EDITORS_GO_ON, wechat_form(alias=None, label_en="Changed")
    ),
    "portal:connection_validate": Expected(NOT_ALLOWED, EDITORS, wechat_form(alias=None)),
    "portal:connection_check": Expected(NOT_ALLOWED, EDITORS, wechat_form(alias=None)),
    "portal:connection_switch": Expected(NOT_ALLOWED, EDITORS_GO_ON, {"enabled": "off"}),
    "portal:connection_trial_start": Expected(EDITORS, EDITORS_GO_ON, {"way": "link"}),
    "portal:connection_trial": Expected(EDITORS, NOT_ALLOWED),
    "portal:connection_trial_status": Expected(EDITORS, NOT_ALLOWED),
    "portal:connection_trial_end": Expected(EDITORS_GO_ON, NOT_ALLOWED),
    "portal:connection_move": Expected(NOT_ALLOWED, EDITORS_GO_ON, {"order": ["wechat_web"]}),
    "portal:connection_delete": Expected(EDITORS, EDITORS_GO_ON, {"alias": "wechat_web"}),
    "portal:connection_publish": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:connection_draft_discard": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:connection_revisions": Expected(MEMBERS, NOT_ALLOWED),
    "portal:connection_revision": Expected(MEMBERS, NOT_ALLOWED),
    "portal:connection_restore": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:applications": Expected(MEMBERS, NOT_ALLOWED),
    "portal:application_add": Expected(EDITORS, EDITORS, SHOP),
    "portal:application_add_check": Expected(NOT_ALLOWED, EDITORS, SHOP),
    "portal:application": Expected(MEMBERS, EDITORS_GO_ON, {**SHOP, "name": "Changed"}),
    "portal:application_check": Expected(NOT_ALLOWED, EDITORS, SHOP),
    "portal:application_delete": Expected(EDITORS, EDITORS_GO_ON),
    "portal:application_secret_add": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:application_secret_remove": Expected(EDITORS, EDITORS_GO_ON, {"days": "0"}),
    "portal:application_logo": Expected(MEMBERS, NOT_ALLOWED),
    "portal:application_logo_change": Expected(NOT_ALLOWED, EDITORS_GO_ON, {"remove": "on"}),
    "portal:logout_message_send_again": Expected(NOT_ALLOWED, EDITORS_GO_ON),
    "portal:sample_sign_in": Expected(EDITORS, EDITORS_GO_ON),
    "portal:sample_sign_in_end": Expected(EDITORS_GO_ON, NOT_ALLOWED),
    "portal:sample_sign_in_result": Expected(EDITORS_GO_ON, NOT_ALLOWED),
}


def addresses(resolver: URLResolver, space: str = "", route: str = "") -> Iterator[tuple[str, str]]:
    """Return name and route of every address that a resolver knows."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            deeper = f"{space}{each.namespace}:" if each.namespace else space
            yield from addresses(each, deeper, route + str(each.pattern))
        else:
            assert isinstance(each, URLPattern)
            yield f"{space}{each.name}", route + str(each.pattern)


ROUTES = dict(addresses(get_resolver(URLCONF)))
OF_A_PROJECT = sorted(name for name, route in ROUTES.items() if "<slug:slug>" in route)
OF_A_CONNECTION = sorted(name for name, route in ROUTES.items() if "<slug:alias>" in route)
OF_AN_APPLICATION = sorted(name for name, route in ROUTES.items() if "<slug:client_id>" in route)
OF_SOMEBODY = sorted(
    name
    for name, route in ROUTES.items()
    if ("<int:" in route or "<uuid:user>" in route) and "<slug:alias>" not in route
)


def path_of(name: str, *, slug: str = "acme", alias: str = "wechat_web") -> str:
    given = {**VALUES, "slug": slug, "alias": alias}
    route = ROUTES[name]
    return reverse(
        name,
        urlconf=URLCONF,
        kwargs={key: value for key, value in given.items() if f"{key}>" in route},
    )


def send(client: Client, method: str, name: str, path: str) -> Any:
    checked = "name" if "application" in name else "client_id"
    headers = {"HX-Trigger-Name": checked} if name.endswith(("_check", "_validate")) else {}
    if method == "get":
        return client.get(path, headers=headers)
    return client.post(path, EXPECTED[name].sent, headers=headers)


def everything() -> list[tuple[str, str]]:
    """Whatever a person could change, by table."""
    models = (
        Project,
        Membership,
        Invitation,
        User,
        Connection,
        StoredSecret,
        Application,
        ApplicationLogo,
        ApplicationSecret,
        LogoutDelivery,
        EndUserSession,
        Event,
    )
    tables = [model._meta.db_table for model in models]
    rows = " UNION ALL ".join(f"SELECT '{each}', t::text FROM {each} t" for each in tables)
    with database.cursor() as cursor:
        cursor.execute(f"{rows} ORDER BY 1, 2")
        return cursor.fetchall()


@pytest.fixture
def connection(project: Project) -> Connection:
    check_keys()
    connection = make_connection(project)
    ensure_revision(connection)
    project.sign_ins.create(
        connection=connection,
        alias=connection.alias,
        provider=connection.provider,
        reference=REFERENCE,
        outcome="cancelled",
        cause="cancelled",
        started_at=timezone.now(),
    )
    connection.trials.create(
        pk=END_USER, is_by_link=True, expires_at=timezone.now() + timedelta(minutes=5)
    )
    return connection


@pytest.fixture(autouse=True)
def somebody(project: Project) -> User:
    """A member of the project, an invitation, and an end user."""
    person = User.objects.create_user("max@example.com", name="Max")
    Membership.objects.create(pk=SOMEBODY, project=project, user=person, role=Role.EDITOR)
    Invitation.objects.create(
        pk=SOMEBODY,
        project=project,
        address="ann@example.com",
        role=Role.EDITOR,
        token_hash="of nothing",
        expires_at=timezone.now() + timedelta(days=1),
    )
    application = Application.objects.create(
        project=project, client_id="a" * 24, name="Shop", kind="website", logo=VALUES["name"]
    )
    ApplicationLogo.objects.create(application=application, name=VALUES["name"], content=b"")
    for number in range(2):
        application.secrets.create(pk=SOMEBODY + number, hash=str(number), last4="abcd")
    application.deliveries.create(
        pk=SOMEBODY, sid=uuid4(), user=uuid4(), failed_at=timezone.now(), attempts=1
    )
    end_user = User.objects.create(pk=END_USER, project=project, name="Li", password="!")
    end_user_session(end_user, sid=END_USER)
    return person


@pytest.fixture
def sessions(owner: User, editor: User, viewer: User, stranger: User) -> dict[str, str]:
    """The sessions of everybody who might come, by the names of PEOPLE; "" of nobody."""
    keys = [operator_session(person) for person in (owner, editor, viewer, stranger)]
    return dict(zip(PEOPLE, [*keys, ""], strict=True))


def test_every_address_of_the_portal_is_expected_here() -> None:
    assert sorted(ROUTES) == sorted(EXPECTED)


@pytest.fixture
def before(sessions: dict[str, str], connection: Connection) -> list[tuple[str, str]]:
    """Everything before anybody has come."""
    return everything()


@pytest.mark.parametrize("method", ["get", "post"])
@each_row("name", ROUTES)
def test_everybody_gets_what_their_role_allows(
    sessions: dict[str, str], before: list[tuple[str, str]], method: str, name: str
) -> None:
    statuses = {}
    for who, session in sessions.items():
        with undone():
            client = client_of("portal.test")
            if session:
                client.cookies[settings.SESSION_COOKIE_NAME] = session
            answer = send(client, method, name, path_of(name))
            statuses[who] = answer.status_code
            if method == "get" and answer.status_code == 200 and name != "patterns":
                assert "no-store" in answer.headers["cache-control"], "a cache may keep the page"
            if answer.status_code in {403, 404, 405}:
                assert everything() == before
            if who == "nobody" and name in OF_A_PROJECT and answer.status_code == 302:
                assert answer.headers["location"] == f"/login?next={path_of(name)}"
                assert everything() == before

    assert statuses == dict(zip(PEOPLE, getattr(EXPECTED[name], method), strict=True))


def without_path(answer: Any) -> bytes:
    """The page without what is new in each, and the address that was asked for."""
    page = re.sub(rb'csrfmiddlewaretoken" value="\w+"', b"", answer.content)
    return page.replace(b"/projects/nope/", b"/projects/acme/")


@pytest.mark.usefixtures("connection")
@each_row("name", OF_A_PROJECT, undo=True)
def test_20_a_stranger_cannot_tell_a_project_from_one_that_does_not_exist(
    as_stranger: Client, name: str
) -> None:
    for method in ("get", "post"):
        real = send(as_stranger, method, name, path_of(name))
        unreal = send(as_stranger, method, name, path_of(name, slug="nope"))
        del real.headers["X-Request-Id"], unreal.headers["X-Request-Id"]
        assert real.status_code in {404, 405}
        assert (real.status_code, without_path(real)) == (unreal.status_code, without_path(unreal))
        assert dict(real.headers) == dict(unreal.headers)


@each_row("name", OF_A_CONNECTION, undo=True)
def test_20_a_connection_of_another_project_is_not_found_under_mine(
    as_owner: Client, other_project: Project, name: str
) -> None:
    make_connection(other_project, alias="theirs")
    before = everything()

    statuses = {
        method: send(as_owner, method, name, path_of(name, alias="theirs")).status_code
        for method in ("get", "post")
    }

    expected = EXPECTED[name]
    assert statuses == {
        "get": 404 if expected.get != NOT_ALLOWED else 405,
        "post": 404 if expected.post != NOT_ALLOWED else 405,
    }
    assert everything() == before


@each_row("name", OF_AN_APPLICATION, undo=True)
def test_20_an_application_of_another_project_is_not_found_under_mine(
    as_stranger: Client, stranger: User, name: str
) -> None:
    before = everything()

    statuses = [
        send(as_stranger, method, name, path_of(name, slug="beta")).status_code
        for method in ("get", "post")
    ]

    allowed = [EXPECTED[name].get != NOT_ALLOWED, EXPECTED[name].post != NOT_ALLOWED]
    assert statuses == [404 if each else 405 for each in allowed]
    assert everything() == before


@each_row("name", OF_SOMEBODY, undo=True)
def test_20_a_member_of_another_project_is_not_found_under_mine(
    as_stranger: Client, stranger: User, name: str
) -> None:
    before = everything()

    statuses = [
        send(as_stranger, method, name, path_of(name, slug="beta")).status_code
        for method in ("get", "post")
    ]

    allowed = [EXPECTED[name].get != NOT_ALLOWED, EXPECTED[name].post != NOT_ALLOWED]
    assert statuses == [404 if each else 405 for each in allowed]
    assert everything() == before


@pytest.mark.parametrize("name", ["portal:connection_add", "portal:connection"])
def test_21_what_the_body_says_of_another_project_counts_for_nothing(
    as_owner: Client, connection: Connection, other_project: Project, name: str
) -> None:
    theirs = make_connection(other_project, alias="theirs")
    before = Connection.objects.filter(project=other_project).values().get()
    sent = {
        **EXPECTED[name].sent,
        "project": str(other_project.pk),
        "project_id": str(other_project.pk),
        "slug": other_project.slug,
        "connection": str(theirs.pk),
        "id": str(theirs.pk),
        "provider": "another",
    }

    answer = as_owner.post(path_of(name), sent)

    assert answer.status_code == 302
    assert Connection.objects.filter(project=other_project).values().get() == before
    assert not Event.objects.filter(project=other_project).exists()
    assert set(Connection.objects.values_list("project__slug", "provider")) == {
        ("acme", "wechat_web"),
        ("beta", "wechat_web"),
    }


def test_55_a_role_that_was_taken_away_ends_with_the_next_request(
    as_owner: Client, owner: User, connection: Connection
) -> None:
    membership = Membership.objects.get(user=owner)
    switch = path_of("portal:connection_switch")
    assert as_owner.post(switch, {"enabled": "off"}).status_code == 302

    membership.role = Role.VIEWER
    membership.save()
    assert as_owner.post(switch, {"enabled": "on"}).status_code == 403
    assert as_owner.get(path_of("portal:connection_catalogue")).status_code == 403

    membership.delete()
    assert as_owner.get(path_of("portal:overview")).status_code == 404
    connection.refresh_from_db()
    assert not connection.enabled


def test_an_operator_who_was_switched_off_is_nobody_at_once(as_owner: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    answer = as_owner.get("/projects/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/login?next=/projects/")


# The check of a proxy has a token of its own.
@pytest.mark.usefixtures("connection")
@each_row("name", [each for each in ROUTES if each != "proxyz"], undo=True)
def test_every_post_without_a_csrf_token_is_refused(owner: User, name: str) -> None:
    client = sign_in_as(owner)
    client.handler.enforce_csrf_checks = True
    before = everything()

    answer = send(client, "post", name, path_of(name))

    assert answer.status_code == 403
    assert "This page has expired" in answer.content.decode()
    assert everything() == before


def test_a_post_from_another_site_is_refused_even_with_the_token(owner: User) -> None:
    client = sign_in_as(owner)
    client.handler.enforce_csrf_checks = True
    client.get("/projects/create/")
    token = client.cookies["menkou_csrf"].value
    sent = {"name": "New", "slug": "new-one", "csrfmiddlewaretoken": token}

    evil = client.post("/projects/create/", sent, headers={"origin": "http://evil.example"})
    tenant = client.post("/projects/create/", sent, headers={"origin": "http://acme.login.test"})
    assert (evil.status_code, tenant.status_code) == (403, 403)
    assert not Project.objects.filter(slug="new-one").exists()

    own = client.post("/projects/create/", sent, headers={"origin": "http://portal.test"})
    assert (own.status_code, own.headers["location"]) == (302, "/projects/new-one/")
