"""Planted secrets, codes and tokens are nowhere afterwards: not in logs, pages or the database."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection as database
from django.http import HttpResponse

from connections.forms.connection_form import Proposal
from connections.models import SignIn
from connections.providers import catalogue
from connections.services import add_connection, change_connection, delete_connection
from projects.models import Project, User
from tests.cast import ACCOUNT_ID, APPID
from tests.connections.servers import Peer, serving
from tests.connections.sign_in_assertions import assert_signed_in
from tests.wechat import Visitor

SECRET = "CANARY-appsecret-3f0a1b"
CODE = "CANARY-code-71c2d9"
ACCESS = "CANARY-access-token-88e0"
REFRESH = "CANARY-refresh-token-5d11"
# Without names, so that no scrubber recognises them.
ECHO = f"{CODE} {SECRET} {ACCESS} {REFRESH}"

TOKEN = {
    "access_token": ACCESS,
    "refresh_token": REFRESH,
    "openid": "o" + "1" * 27,
    "unionid": "o" + "2" * 27,
}
PROFILE = {"openid": TOKEN["openid"], "unionid": TOKEN["unionid"], "nickname": "Mei"}
ERROR = {"errcode": 40029, "errmsg": f"invalid {ECHO}, rid: 65f2a1b3-1c2d3e4f-5a6b7c8d"}


def json_answer(peer: Peer, data: Any) -> None:
    peer.answer(json.dumps(data).encode())


def html(peer: Peer, status: str) -> None:
    peer.answer(f"<h1>{ECHO}</h1>".encode(), status=status, headers=f"X-Echo: {ECHO}\r\n")


TROUBLES = {
    "an error at the token": ("token", lambda peer: json_answer(peer, ERROR)),
    "an unknown error at the token": (
        "token",
        lambda peer: json_answer(peer, {**ERROR, "errcode": 99999}),
    ),
    "html at the token": ("token", lambda peer: html(peer, "200 OK")),
    "502 at the token": ("token", lambda peer: html(peer, "502 Bad Gateway")),
    "a redirect at the token": (
        "token",
        lambda peer: peer.answer(
            b"", status="302 Found", headers=f"Location: /elsewhere?{ECHO.replace(' ', '&')}\r\n"
        ),
    ),
    "nothing at the token": ("token", lambda peer: None),
    "no openid": ("token", lambda peer: json_answer(peer, {**TOKEN, "openid": None})),
    "a snapshot": ("token", lambda peer: json_answer(peer, {**TOKEN, "is_snapshotuser": 1})),
    "broken json at the token": ("token", lambda peer: peer.answer(f'{{"a": "{ECHO}'.encode())),
    "an error at the profile": ("userinfo", lambda peer: json_answer(peer, ERROR)),
    "500 at the profile": ("userinfo", lambda peer: html(peer, "500 Internal Server Error")),
    "nothing at the profile": ("userinfo", lambda peer: None),
    "half of a profile": (
        "userinfo",
        lambda peer: peer.say(f"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{ECHO}".encode()),
    ),
    "another person's profile": (
        "userinfo",
        lambda peer: json_answer(peer, {**PROFILE, "openid": "o" + "3" * 27}),
    ),
    "no unionid": (
        "userinfo",
        lambda peer: json_answer(peer, {**PROFILE, "unionid": "o" + "4" * 27}),
    ),
}


@dataclass
class Stage:
    """A sign-in with planted values, and everything that could be seen of it."""

    visitor: Visitor
    trouble: tuple[str, Any] = ("", None)
    pages: list[str] = field(default_factory=list)
    planted: list[str] = field(default_factory=lambda: [SECRET, CODE, ACCESS, REFRESH])

    def treat(self, peer: Peer) -> None:
        endpoint = "token" if peer.path.endswith("/access_token") else "userinfo"
        if endpoint == self.trouble[0]:
            self.trouble[1](peer)
        else:
            json_answer(peer, TOKEN if endpoint == "token" else PROFILE)

    def sign_in(self) -> HttpResponse:
        visitor = self.visitor
        self.see(visitor.press())
        browser = visitor.client.cookies[django_settings.BROWSER_COOKIE_NAME].value
        self.planted += [visitor.state, browser]
        answer = visitor.come_back(code=CODE, state=visitor.state)
        self.see(answer)
        self.see(visitor.client.get("/account"))
        return answer

    def see(self, answer: HttpResponse) -> None:
        self.pages.append(answer.content.decode())


@pytest.fixture
def stage(
    visitor: Visitor,
    project: Project,
    owner: User,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Stage]:
    for logger in ("", "urllib3", "urllib3.connectionpool", "requests", "django", "menkou"):
        caplog.set_level(logging.DEBUG, logger=logger)
    add_connection(
        project=project,
        definition=catalogue.get("wechat_web"),
        proposal=proposal(secret=SECRET),
        actor=owner,
    )
    made = Stage(visitor)
    with serving(made.treat) as server:
        settings.WECHAT_API_BASE_URL = server.origin
        yield made


def proposal(*, secret: str) -> Proposal:
    return Proposal(
        alias="wechat_web",
        labels={},
        enabled=True,
        settings={"client_id": APPID, "account_id": ACCOUNT_ID, "test_account": False},
        secrets={"client_secret": secret},
    )


def dump() -> str:
    """Every row of every table, bytes in hexadecimal."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        assert {"connections_storedsecret", "connections_signin", "projects_event"} <= set(tables)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Every record that was logged, with its arguments and its trace."""
    formatter = logging.Formatter()
    return "\n".join(
        f"{formatter.format(record)} {record.args!r}" for record in caplog.get_records("call")
    )


def assert_nowhere(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    database_dump, log = dump(), logged(caplog)
    assert len(stage.planted) == 6
    for value in stage.planted:
        for form in (value, value.encode().hex()):
            assert form not in database_dump
            assert form not in log
            assert form not in "".join(stage.pages)


def test_a_sign_in_leaves_nothing_secret_behind(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    assert_signed_in(stage.sign_in(), stage.visitor, as_name="Mei")

    assert_nowhere(stage, caplog)


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_failed_sign_in_leaves_nothing_secret_behind(
    stage: Stage, caplog: pytest.LogCaptureFixture, trouble: tuple[str, Any]
) -> None:
    stage.trouble = trouble

    answer = stage.sign_in()

    assert answer.status_code in {400, 403, 503}
    assert SignIn.objects.get().user is None
    assert_nowhere(stage, caplog)


def test_the_history_of_a_connection_holds_no_secret(
    stage: Stage, owner: User, caplog: pytest.LogCaptureFixture
) -> None:
    connection = stage.visitor.project.connections.get()
    another = "CANARY-another-appsecret"
    change_connection(connection, proposal=proposal(secret=another), actor=owner)
    delete_connection(connection, actor=owner)

    assert stage.visitor.project.events.count() == 3
    for value in (SECRET, another):
        assert value not in dump()
        assert value not in logged(caplog)


def test_the_search_would_find_what_is_there(
    stage: Stage, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.name = f"named {SECRET}"
    project.save()
    logging.getLogger("urllib3").debug("saying %s", CODE)

    assert f"named {SECRET}" in dump()
    assert CODE in logged(caplog)
