"""Applications are told that a session has ended (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from django.db import transaction
from django.test import Client

from applications import services
from applications.logout.delivery import (
    WAITS,
    DeliveryRefused,
    NotDelivered,
    deliver,
    send_again,
)
from applications.models import LogoutDelivery
from connections.identities.users import merge_users
from connections.secrets import check_keys
from connections.sessions.ending import end_session, end_sessions_of
from core.jobs.queue import PermanentFailure
from portal.devtools.processes import wait_until
from projects.models import Project, User
from tests.applications.test_code_flow import person as person
from tests.applications.test_code_flow import shop as shop
from tests.applications.test_logout import Shop, sign_in, sign_out
from tests.cast import client_of, sign_in_as
from tests.workers import clear_queue, jobs, running_workers

SECONDS = 60.0
TASK = "applications.logout"


class Receiver(ThreadingHTTPServer):
    """The back-channel logout endpoint of an application; it answers what it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.delay = 0.0
        self.received: list[tuple[str, str, dict[str, list[str]]]] = []

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        kind = self.headers["Content-Type"]
        self.server.received.append((self.path, kind, parse_qs(body, keep_blank_values=True)))
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", f"{self.server.origin}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


@pytest.fixture
def receiver(settings: Any, shop: Shop, owner: User) -> Iterator[Receiver]:
    clear_queue()
    with running_receiver() as receiver:
        settings.MENKOU_PRIVATE_ORIGINS = (receiver.origin,)
        change = {"backchannel_logout_uri": f"{receiver.origin}/logout?tenant=1"}
        services.change_application(shop[0], change, actor=owner)
        yield receiver
    clear_queue()


@pytest.fixture
def canary(transactional_db: None) -> None:
    """What a server makes when it starts for the first time."""
    check_keys()


@pytest.fixture
def browser(person: User) -> Client:
    return sign_in_as(person)


def run(delivery: LogoutDelivery, *, attempts: int = 0) -> None:
    """Carry out the job as a worker does, after so many attempts."""
    deliver.func(SimpleNamespace(job=SimpleNamespace(attempts=attempts)), delivery.pk)


def test_oidcc_backchannel_rp_initiated_logout(
    shop: Shop, browser: Client, receiver: Receiver
) -> None:
    tokens = sign_in(shop, browser)
    sign_out(browser, id_token_hint=tokens["id_token"])
    assert [state for state, _attempts in jobs(TASK)] == ["todo"]
    delivery = LogoutDelivery.objects.get()
    run(delivery)

    ((path, kind, form),) = receiver.received
    assert path == "/logout?tenant=1"
    assert kind == "application/x-www-form-urlencoded"
    assert list(form) == ["logout_token"]
    (token,) = form["logout_token"]
    keys = client_of(shop[0].project.host).get("/oauth2/jwks").json()["keys"]
    header = jwt.get_unverified_header(token)
    key = next(each for each in keys if each["kid"] == header["kid"])
    assert header["typ"] == "logout+jwt"
    project = Project.objects.get()
    claims = jwt.decode(
        token,
        jwt.PyJWK(key),
        algorithms=["RS256"],
        audience=shop[0].client_id,
        issuer=project.issuer,
    )
    given = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["sid"]) == (given["sub"], given["sid"])
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert 0 < claims["exp"] - claims["iat"] <= 120
    assert claims["jti"]
    assert "nonce" not in claims
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.answer) == (1, "200")
    assert delivery.delivered_at is not None
    run(delivery)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (200, None),
        (204, None),
        (202, DeliveryRefused),
        (302, DeliveryRefused),
        (400, DeliveryRefused),
        (404, DeliveryRefused),
        (408, NotDelivered),
        (429, NotDelivered),
        (500, NotDelivered),
        (503, NotDelivered),
    ],
)
def test_what_an_answer_means(
    shop: Shop,
    browser: Client,
    receiver: Receiver,
    status: int,
    failure: type[Exception] | None,
) -> None:
    tokens = sign_in(shop, browser)
    sign_out(browser, id_token_hint=tokens["id_token"])
    receiver.status = status
    delivery = LogoutDelivery.objects.get()
    if failure is None:
        run(delivery)
    else:
        with pytest.raises(failure):
            run(delivery)
    delivery.refresh_from_db()
    assert delivery.answer == str(status)
    assert (delivery.delivered_at is not None) == (failure is None)
    assert (delivery.failed_at is not None) == (failure is DeliveryRefused)
    assert len(receiver.received) == 1


def test_it_is_tried_five_times_and_then_given_up(
    shop: Shop, browser: Client, receiver: Receiver, owner: User
) -> None:
    tokens = sign_in(shop, browser)
    sign_out(browser, id_token_hint=tokens["id_token"])
    receiver.status = 500
    delivery = LogoutDelivery.objects.get()
    waits = []
    for attempt in range(5):
        with pytest.raises(NotDelivered) as failed:
            run(delivery, attempts=attempt)
        job: Any = SimpleNamespace(attempts=attempt)
        decision = WAITS.get_retry_decision(exception=failed.value, job=job)
        waits.append(decision and decision.retry_at is not None)
        delivery.refresh_from_db()
        assert (delivery.failed_at is not None) == (attempt == 4)
    assert waits == [True, True, True, True, None]
    assert WAITS.seconds == (10, 60, 300, 1800)
    tokens_sent = {form["logout_token"][0] for _path, _kind, form in receiver.received}
    assert len(tokens_sent) == 5

    receiver.status = 200
    assert [send_again(delivery), send_again(delivery)] == [True, False]
    assert len(jobs(TASK)) == 2
    run(delivery)
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.answer, delivery.failed_at) == (1, "200", None)
    assert not send_again(delivery)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/logout", "http://169.254.169.254/logout"])
def test_the_rules_for_outgoing_requests_apply(
    shop: Shop, browser: Client, receiver: Receiver, owner: User, address: str
) -> None:
    services.change_application(shop[0], {"backchannel_logout_uri": address}, actor=owner)
    tokens = sign_in(shop, browser)
    sign_out(browser, id_token_hint=tokens["id_token"])
    with pytest.raises(NotDelivered):
        run(LogoutDelivery.objects.get())
    assert receiver.received == []


def test_every_application_of_the_session_is_told_and_no_other(
    shop: Shop, browser: Client, receiver: Receiver, owner: User, person: User
) -> None:
    fields = services.ApplicationFields(
        name="Other",
        redirect_uris=list(shop[0].redirect_uris),
        backchannel_logout_uri=f"{receiver.origin}/other",
    )
    other, secret = services.add_application(shop[0].project, fields, actor=owner)
    assert secret is not None
    sign_in(shop, browser)
    tokens = sign_in((other, secret.value), browser)
    sign_in((other, secret.value), browser)
    # Another browser of the same person, and an application that is never signed in to.
    sign_in(shop, sign_in_as(person))
    services.add_application(shop[0].project, fields, actor=owner)
    sign_out(browser, id_token_hint=tokens["id_token"])
    told = LogoutDelivery.objects.values_list("application__name", flat=True)
    assert sorted(told) == ["Other", "Shop"]


def test_however_a_session_ends_its_applications_are_told(
    shop: Shop, receiver: Receiver, person: User, project: Project
) -> None:
    def told() -> int:
        return LogoutDelivery.objects.all().delete()[0]

    browser = sign_in_as(person)
    sign_in(shop, browser)
    browser.post("/logout", headers={"Sec-Fetch-Site": "same-origin"})
    assert told() == 1

    sign_in(shop, sign_in_as(person))
    stranger = User.objects.create(project=project, name="Wang", password="!")
    sid = person.sessions.get().sid  # type: ignore[attr-defined]
    end_session(stranger, sid)
    assert told() == 0
    end_session(person, sid)
    assert told() == 1

    for _browser in range(2):
        sign_in(shop, sign_in_as(person))
    end_sessions_of(person)
    assert told() == 2
    end_sessions_of(person)
    assert told() == 0

    sign_in(shop, sign_in_as(person))
    merge_users(User.objects.get(pk=person.pk), into=stranger)
    assert told() == 1


def test_a_sign_out_that_is_rolled_back_tells_nobody(
    shop: Shop, browser: Client, receiver: Receiver, person: User
) -> None:
    sign_in(shop, browser)
    with transaction.atomic():
        end_sessions_of(person)
        assert LogoutDelivery.objects.exists()
        transaction.set_rollback(True)
    assert not LogoutDelivery.objects.exists()
    assert jobs(TASK) == []


def test_a_message_for_an_application_that_is_gone_or_wants_none(
    shop: Shop, browser: Client, receiver: Receiver, owner: User
) -> None:
    tokens = sign_in(shop, browser)
    sign_out(browser, id_token_hint=tokens["id_token"])
    delivery = LogoutDelivery.objects.get()
    services.change_application(shop[0], {"backchannel_logout_uri": ""}, actor=owner)
    run(delivery)
    services.delete_application(shop[0], actor=owner)
    run(delivery)
    assert receiver.received == []
    assert issubclass(DeliveryRefused, PermanentFailure)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("canary")
def test_a_worker_delivers_it_and_no_page_waits_for_the_receiver(
    shop: Shop, person: User, receiver: Receiver, tmp_path: Path
) -> None:
    given = {"MENKOU_PRIVATE_ORIGINS": receiver.origin}
    browser = sign_in_as(person)
    tokens = sign_in(shop, browser)
    receiver.delay = 1.0
    # No worker runs when the session ends. tests/core/test_mail_queue.py kills one at its work.
    began = time.monotonic()
    sign_out(browser, id_token_hint=tokens["id_token"])
    assert time.monotonic() - began < receiver.delay
    assert receiver.received == []
    with running_workers(tmp_path, **given) as (worker,):
        delivered = LogoutDelivery.objects.filter(delivered_at__isnull=False)
        assert wait_until(delivered.exists, seconds=SECONDS), worker.said()
        assert wait_until(lambda: not jobs(TASK), seconds=SECONDS)
