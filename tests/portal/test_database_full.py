"""The database's disk is full: what reads goes on, what writes is asked to come again.

PostgreSQL then refuses every row that it would have to find room for, in words of its own, which
triggers say here for it. (Where its journal has no room it ends itself: tests/server.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection as database
from django.test import Client

from connections.models import PendingSignIn, SignIn
from projects.models import Event, Project, User
from tests.cast import PASSWORD, client_of, make_connection
from tests.portal.page_reader import Page
from tests.wechat import Visitor

REFUSE = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$;
DO $$
DECLARE each regclass;
BEGIN
    FOR each IN SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema::regnamespace
    LOOP
        EXECUTE format('CREATE TRIGGER a_no_room BEFORE INSERT OR UPDATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION no_room()', each);
    END LOOP;
END $$;
"""
FREE = "DROP FUNCTION no_room CASCADE"

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def full_disk() -> Iterator[None]:
    """No table has room for another row."""
    with database.cursor() as cursor:
        cursor.execute(REFUSE)
    try:
        yield
    finally:
        with database.cursor() as cursor:
            cursor.execute(FREE)


@pytest.fixture
def visitor(visitor: Visitor) -> Visitor:
    """Somebody who gets the page that others get, and not the exception behind it."""
    make_connection(visitor.project)
    visitor.client.raise_request_exception = False
    return visitor


def test_58_a_sign_in_page_goes_on_when_the_disk_is_full(visitor: Visitor) -> None:
    with full_disk():
        assert visitor.client.get("/login").status_code == 200


def test_58_a_sign_in_that_finds_no_room_begins_when_there_is_some(visitor: Visitor) -> None:
    with full_disk():
        answer = visitor.press()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert not PendingSignIn.objects.exists()

    assert visitor.sign_in().status_code == 302


def test_58_a_callback_that_finds_no_room_is_right_when_it_is_asked_again(visitor: Visitor) -> None:
    visitor.press()
    code = visitor.wechat.code("LI")
    with full_disk():
        answer = visitor.come_back(code=code, state=visitor.state)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert not User.objects.filter(project=visitor.project).exists()
        assert not SignIn.objects.exists()

    assert visitor.come_back(code=code, state=visitor.state).status_code == 302
    assert visitor.client.get("/account").status_code == 200


def test_58_what_an_operator_changes_without_room_is_changed_in_no_part(
    as_owner: Client, project: Project
) -> None:
    as_owner.raise_request_exception = False
    with full_disk():
        answer = as_owner.post("/projects/acme/settings/", {"name": "Another"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")

    project.refresh_from_db()
    assert project.name == "Acme"
    assert not Event.objects.exists()

    as_owner.post("/projects/acme/settings/", {"name": "Another"})
    project.refresh_from_db()
    assert project.name == "Another"


def test_58_a_session_that_finds_no_room_is_not_lost(as_owner: Client) -> None:
    as_owner.raise_request_exception = False
    as_owner.post("/projects/acme/settings/", {"name": "Another"})
    with full_disk():
        # The words that it was saved are to be shown once, and to be forgotten then.
        answer = as_owner.get("/projects/acme/settings/")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")

    assert "saved" in Page(as_owner.get("/projects/acme/settings/")).text


def test_58_no_password_is_tried_that_cannot_be_counted(owner: User) -> None:
    browser = client_of("portal.test")
    sent = {"login": owner.email, "password": PASSWORD}
    with full_disk():
        assert browser.post("/login", sent).status_code == 429

    assert browser.post("/login", sent).status_code == 302
