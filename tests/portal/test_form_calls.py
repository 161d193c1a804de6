"""Forms that ask other servers: few at a time, and a plain word where there are too many."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from connections.models import Connection
from connections.protocols.oidc.discovery_cache import discovery_cache
from connections.protocols.oidc.metadata import discover_metadata
from connections.providers.families.openid import fetch_metadata, refuse_private_fields
from core.http import client as http_client
from core.http import form_calls
from core.limits import rate as limits
from core.limits.concurrency import FORMS, limiter
from projects.models import Project
from tests.cast import make_connection
from tests.checks import said_after_check
from tests.connections.servers import Peer, serving
from tests.openid import OpenID

BASE = "/projects/acme/connections/"
ISSUER = {
    "client_id": "our-client",
    "client_secret": "CANARY-a secret of the provider",
    "scopes": "openid profile email",
    "enabled": "on",
}
SAVE_AGAIN = "Too many addresses are being checked right now. Wait a few seconds and save again."
NOT_CHECKED = "This has not been checked yet. It is checked when you save."

# A form of each kind that calls out, with the field that is wrong where it may not.
CALLING = {
    "openid_connect": ("issuer", ISSUER),
    "saml": ("metadata_url", {"enabled": "on"}),
    "keycloak": ("server", {**ISSUER, "realm": "staff"}),
    "allauth_gitea": ("server", {**ISSUER}),
}


@pytest.fixture
def no_place(project: Project, settings: Any) -> Iterator[None]:
    """All places for forms of the project are taken, and nobody may queue for long."""
    settings.MENKOU_THREADS = 8
    with limiter.acquire(project.pk, FORMS), nobody_queues():
        yield


@contextmanager
def nobody_queues() -> Iterator[None]:
    """The queue is full."""
    with limiter._changed:
        limiter._queued[FORMS] += 1
    try:
        yield
    finally:
        with limiter._changed:
            limiter._queued[FORMS] -= 1


def save(browser: Client, issuer: str, **values: str) -> Any:
    typed = {**ISSUER, "issuer": issuer, "alias": "company", **values}
    return browser.post(f"{BASE}add/openid_connect/", typed)


def check(browser: Client, field: str, **values: str) -> Any:
    address = f"{BASE}add/openid_connect/validate/"
    headers = {"HX-Request": "true", "HX-Trigger-Name": field}
    return browser.post(address, {**ISSUER, "alias": "company", **values}, headers=headers)


@pytest.mark.usefixtures("no_place")
def test_79_without_a_place_nothing_is_saved_and_nothing_typed_is_lost(
    as_editor: Client, provider: OpenID, caplog: pytest.LogCaptureFixture
) -> None:
    answer = save(as_editor, provider.origin)

    # A busy moment is no fault of the site.
    assert max(each.levelno for each in caplog.records) < logging.ERROR
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer.context["form"].errors == {"issuer": [SAVE_AGAIN]}
    text = answer.content.decode()
    assert SAVE_AGAIN in text
    assert f'value="{provider.origin}"' in text
    assert 'value="our-client"' in text
    assert "CANARY" not in text
    assert provider.server.calls == []
    assert not Connection.objects.exists()


@pytest.mark.usefixtures("no_place")
def test_79_it_is_said_in_chinese(as_editor: Client, provider: OpenID) -> None:
    answer = as_editor.post(
        f"{BASE}add/openid_connect/",
        {**ISSUER, "issuer": provider.origin, "alias": "company"},
        headers={"Accept-Language": "zh-hans"},
    )

    assert answer.context["form"].errors == {
        "issuer": ["当前正在检查的地址过多。 请稍等几秒后重新保存。"]
    }


def test_79_a_place_that_is_free_again_is_taken(
    as_editor: Client, provider: OpenID, project: Project, settings: Any
) -> None:
    settings.MENKOU_THREADS = 8
    with limiter.acquire(project.pk, FORMS), nobody_queues():
        assert save(as_editor, provider.origin).status_code == 503

    assert save(as_editor, provider.origin).status_code == 302
    assert not limiter._running


@pytest.mark.usefixtures("no_place")
def test_79_a_form_that_calls_nobody_needs_no_place(as_editor: Client) -> None:
    answer = as_editor.post(
        f"{BASE}add/github/",
        {
            "client_id": "Ov23liAbCdEfGhIjKlMn",
            "client_secret": "0123456789abcdef" * 2 + "01234567",
            "alias": "github",
            "enabled": "on",
        },
    )

    assert answer.status_code == 302, answer.context["form"].errors


@pytest.mark.usefixtures("no_place")
@pytest.mark.parametrize("provider_id", CALLING)
def test_79_every_kind_of_form_says_so_at_its_address(
    as_editor: Client, provider: OpenID, provider_id: str
) -> None:
    field, values = CALLING[provider_id]
    typed = {**values, "alias": "company", field: "https://idp.example.test"}

    answer = as_editor.post(f"{BASE}add/{provider_id}/", typed)

    assert answer.status_code == 503
    assert SAVE_AGAIN in answer.context["form"].errors[field]


@pytest.mark.usefixtures("no_place")
def test_80_a_field_that_is_only_checked_says_that_it_was_not(
    as_editor: Client, provider: OpenID
) -> None:
    answer = check(as_editor, "issuer", issuer=provider.origin)

    assert answer.status_code == 200
    text = answer.content.decode()
    assert NOT_CHECKED in text
    assert SAVE_AGAIN not in text
    assert "note-error" not in text
    assert provider.server.calls == []


@pytest.mark.usefixtures("no_place")
def test_80_what_is_wrong_without_asking_is_said_all_the_same(as_editor: Client) -> None:
    text = check(as_editor, "issuer", issuer="http://idp.example").content.decode()

    assert "note-error" in text
    assert NOT_CHECKED not in text


def test_80_field_checks_count_as_what_a_person_sends(
    as_editor: Client, provider: OpenID, settings: Any
) -> None:
    settings.MENKOU_LIMIT_CHANGES = 3

    answers = [check(as_editor, "issuer", issuer=provider.origin) for _ in range(4)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert limits.WINDOW_SECONDS == 600


@pytest.mark.usefixtures("no_place")
def test_81_a_check_of_a_connection_needs_a_place_of_the_forms(
    as_editor: Client, project: Project, settings: Any
) -> None:
    make_connection(project)

    with serving(Peer.hang) as wechat:
        settings.WECHAT_API_BASE_URL = wechat.origin
        said = said_after_check(as_editor, "wechat_web")

    assert "Too many checks are running right now." in said
    assert wechat.calls == []


def test_79_all_calls_for_one_form_share_a_place_and_a_deadline(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = []
    with form_calls.allow_calls(project.pk, fixed_hosts=frozenset()):
        assert not limiter._running
        for _call in range(3):
            form_calls.begin_call()
            ends.append(http_client.deadlines.current_deadline())
            assert limiter._running == {(FORMS, project.pk): 1}

    assert len(set(ends)) == 1
    assert not limiter._running
    assert http_client.deadlines.current_deadline() is None


def test_a_check_that_forgot_to_ask_for_a_place_is_a_mistake_of_ours() -> None:
    with pytest.raises(LookupError):
        fetch_metadata("https://idp.example", discover_metadata)
    with pytest.raises(LookupError):
        refuse_private_fields({"url": "https://idp.example"}, ("url",))


@pytest.mark.django_db(transaction=True)
def test_79_many_saves_at_a_slow_issuer_wait_in_few_threads(
    as_editor: Client, settings: Any
) -> None:
    settings.MENKOU_THREADS = 32
    settings.MENKOU_LIMIT_CHANGES = 1000
    most = 0
    lock, begun = threading.Lock(), threading.Event()

    def slow(peer: Peer) -> None:
        begun.set()
        time.sleep(1)
        peer.answer(b"{}")

    def save_in_thread(_number: int) -> tuple[int, float]:
        browser = Client(headers={"host": settings.MENKOU_PORTAL_HOST})
        browser.cookies = as_editor.cookies
        began = time.monotonic()
        try:
            status = save(browser, issuer.origin).status_code
        finally:
            connections.close_all()
        return status, time.monotonic() - began

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            with lock:
                waiting = limiter._running.total() + limiter._queued.total()
                most = max(most, waiting)

    done = threading.Event()
    watcher = threading.Thread(target=watch)
    discovery_cache.clear()
    with serving(slow) as issuer, ExitStack() as ended:
        settings.MENKOU_PRIVATE_ORIGINS = (issuer.origin,)
        watcher.start()
        ended.callback(watcher.join)
        ended.callback(done.set)
        with ThreadPoolExecutor(24) as people:
            answers = list(people.map(save_in_thread, range(24)))

    statuses = [status for status, _seconds in answers]
    assert begun.is_set()
    # A sixteenth of the threads by a project, and as many in the queue.
    assert 1 <= most <= 4
    assert statuses.count(503) >= 12
    assert {200, 503} >= set(statuses)
    assert not limiter._running
