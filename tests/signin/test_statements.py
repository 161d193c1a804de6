"""What pages, start and callback say to PostgreSQL, listened to on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from projects.models import Project
from projects.tenants.hosts import hosts
from tests.cast import make_connection
from tests.waiting import wait_until
from tests.wechat import Visitor, WeChat
from tests.wire import Wire, tapped

pytestmark = pytest.mark.django_db(transaction=True)

# The limit is counted, the connection found, and the pending sign-in taken, all in the first.
ASKED = ["WITH counted", "BEGIN", "WITH held", "SELECT named.place,"]
RECORDED = ["INSERT connections_signin", "COMMIT"]
BEGUN = ["WITH connection"]


@pytest.fixture
def wire(visitor: Visitor, settings: Any) -> Iterator[Wire]:
    """A process that has been asked before: it listens, and its sign-in page is kept."""
    make_connection(visitor.project)
    settings.KEPT_PAGES_BYTES = 1024 * 1024
    wait_until(hosts.listener.is_current)
    visitor.client.get("/login")
    with tapped() as wire:
        yield wire
    hosts.listener.stop()


def heard(wire: Wire) -> list[str]:
    """The beginning of each statement."""
    statements = (each.replace("INTO ", "").replace('"', "").split() for each in wire.heard())
    return [" ".join(words[:2]) for words in statements]


def test_a_warm_sign_in_page_says_nothing(visitor: Visitor, wire: Wire) -> None:
    assert visitor.client.get("/login").status_code == 200

    assert heard(wire) == []


def test_a_page_with_a_marked_button_says_nothing_either(visitor: Visitor, wire: Wire) -> None:
    visitor.client.cookies[settings.LAST_USED_COOKIE_NAME] = "wechat_web"
    visitor.client.get("/login")
    wire.heard()

    assert b"Last used" in visitor.client.get("/login").content

    assert heard(wire) == []


def test_a_start_takes_two_statements(visitor: Visitor, wire: Wire) -> None:
    assert visitor.press().status_code == 302

    assert heard(wire) == ["WITH counted", "WITH swept"]


def test_a_known_person_who_comes_back_takes_eight_statements(
    visitor: Visitor, project: Project, wechat: WeChat, wire: Wire
) -> None:
    Visitor(project, wechat).sign_in("LI")
    visitor.press()
    wire.heard()

    assert visitor.come_back(code=wechat.code("LI"), state=visitor.state).status_code == 302

    assert heard(wire) == [*ASKED, "WITH person", *RECORDED, *BEGUN]


def test_ending_the_session_before_is_one_transaction(
    visitor: Visitor, wechat: WeChat, wire: Wire
) -> None:
    visitor.sign_in("LI")
    visitor.press()
    wire.heard()

    assert visitor.come_back(code=wechat.code("LI"), state=visitor.state).status_code == 302

    begun = ["BEGIN", *BEGUN, "COMMIT"]
    assert heard(wire) == [*ASKED, "WITH person", *RECORDED, *begun]


def test_an_account_page_takes_four_statements(visitor: Visitor, wire: Wire) -> None:
    visitor.sign_in("LI")
    wire.heard()

    assert visitor.client.get("/account").status_code == 200

    listed = ["SELECT connections_endusersession.sid,", "SELECT application.client_id,"]
    assert heard(wire) == ["WITH found", "SELECT connections_connection.id,", *listed]


def test_signing_out_takes_four_statements(visitor: Visitor, wire: Wire) -> None:
    visitor.sign_in("LI")
    wire.heard()

    assert visitor.client.post("/logout", headers={"origin": visitor.origin}).status_code == 302

    assert heard(wire) == ["BEGIN", "WITH held", "WITH held", "COMMIT"]


def test_a_repeated_callback_takes_six(visitor: Visitor, wechat: WeChat, wire: Wire) -> None:
    visitor.press()
    code = wechat.code("LI")
    visitor.come_back(code=code, state=visitor.state)
    del visitor.client.cookies[settings.SESSION_COOKIE_NAME]
    wire.heard()

    assert visitor.come_back(code=code, state=visitor.state).status_code == 302

    identities = ["SELECT connections_identity.id,", "SELECT connections_identitykey.id,"]
    found = ["SELECT reference,", "SELECT connections_signin.id,"]
    assert heard(wire) == ["WITH counted", *found, *identities, *BEGUN]


def test_a_new_person_takes_ten_statements(visitor: Visitor, wechat: WeChat, wire: Wire) -> None:
    visitor.press()
    wire.heard()

    assert visitor.come_back(code=wechat.code("LI"), state=visitor.state).status_code == 302

    created = ["projects_user", "connections_identity", "connections_identitykey"]
    assert heard(wire) == [*ASKED, *(f"INSERT {each}" for each in created), *RECORDED, *BEGUN]


def test_a_callback_that_belongs_to_nobody_takes_one(visitor: Visitor, wire: Wire) -> None:
    assert visitor.come_back(code="c", state="s" * 32).status_code == 400

    assert heard(wire) == ["WITH counted"]
