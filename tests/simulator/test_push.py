"""X12: events about people, pushed to the website's own server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
import requests

from tests.simulator.console import Console, errors, notice
from tests.simulator.wechat import WEB, WeChat

SAID_ONLY_WHEN_REVOKED = "RevokeInfo"


@dataclass
class Arrived:
    """One request as the website's server got it."""

    path: str
    content_type: str
    host: str
    body: str

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


class Webhook(ThreadingHTTPServer):
    """A website's server, which asks the simulator back before it answers."""

    arrived: list[Arrived]
    asks_back: str
    answers: int


class Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        kind, host = self.headers["Content-Type"], self.headers["Host"]
        self.server.arrived.append(Arrived(self.path, kind, host, body))
        assert requests.get(self.server.asks_back, timeout=5).ok
        self.send_response(self.server.answers)
        self.end_headers()
        self.wfile.write(b"success")

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@pytest.fixture
def webhook(wechat: WeChat) -> Iterator[Webhook]:
    with Webhook(("127.0.0.1", 0), Handler) as server:
        server.arrived, server.answers = [], 200
        server.asks_back = f"{wechat.base}/__sim__/health"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def listen(wechat: WeChat, webhook: Webhook, **changes: str) -> None:
    address = f"http://127.0.0.1:{webhook.server_port}/wechat"
    wechat.control(
        "apps", **({"appid": WEB["appid"], "push_url": address, "push_token": "t0ken"} | changes)
    )


def test_x12_a_person_who_revokes_is_told_to_the_website(wechat: WeChat, webhook: Webhook) -> None:
    listen(wechat, webhook)
    token = wechat.token()

    answer = wechat.control("push", appid=WEB["appid"], person="LI")

    (arrived,) = webhook.arrived
    told = {element.tag: element.text for element in ElementTree.fromstring(arrived.body)}
    assert told == {
        "ToUserName": "OA1",
        "FromUserName": told["FromUserName"],
        "CreateTime": "1767225600",
        "MsgType": "event",
        "Event": "user_authorization_revoke",
        "OpenID": token["openid"],
        "UnionID": token["unionid"],
        "AppID": WEB["appid"],
        "RevokeInfo": "301",
    }
    assert arrived.content_type == "text/xml"
    assert "<OpenID><![CDATA[o" in arrived.body
    assert answer == {"event": told | {"CreateTime": 1767225600}, "status": 200}


def test_an_event_is_signed_with_the_app_s_token(wechat: WeChat, webhook: Webhook) -> None:
    listen(wechat, webhook)

    wechat.control("push", appid=WEB["appid"], person="LI")

    query = webhook.arrived[0].query
    joined = "".join(sorted(["t0ken", query["timestamp"], query["nonce"]]))
    assert query["signature"] == sha1(joined.encode()).hexdigest()
    assert "t0ken" not in webhook.arrived[0].path


@pytest.mark.parametrize("event", ["user_info_modified", "user_authorization_cancellation"])
def test_other_events_come_as_json_on_request(wechat: WeChat, webhook: Webhook, event: str) -> None:
    listen(wechat, webhook, push_format="json")

    wechat.control("push", appid=WEB["appid"], person="LI", event=event)

    told = json.loads(webhook.arrived[0].body)
    assert told["Event"] == event
    assert SAID_ONLY_WHEN_REVOKED not in told
    assert webhook.arrived[0].content_type == "application/json"


def test_a_name_of_this_machine_is_called_without_asking_a_name_server(
    wechat: WeChat, webhook: Webhook
) -> None:
    host = f"acme.localhost:{webhook.server_port}"
    listen(wechat, webhook, push_url=f"http://{host}/hook?a=1")

    wechat.control("push", appid=WEB["appid"], person="LI")

    assert webhook.arrived[0].host == host
    assert webhook.arrived[0].path.startswith("/hook?a=1&signature=")


@pytest.mark.parametrize(("answers", "expected"), [(500, 500), (302, 302)])
def test_the_answer_s_status_is_told_and_no_redirect_followed(
    wechat: WeChat, webhook: Webhook, answers: int, expected: int
) -> None:
    listen(wechat, webhook)
    webhook.answers = answers

    answer = wechat.control("push", appid=WEB["appid"], person="LI")

    assert answer["status"] == expected
    assert wechat.log()["counts"] == {"push": 1}


def test_a_server_that_is_away_is_no_error(wechat: WeChat, webhook: Webhook) -> None:
    listen(wechat, webhook, push_url="http://127.0.0.1:1/")

    assert wechat.control("push", appid=WEB["appid"], person="LI")["status"] is None


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/x",
        "http://rp.test/x",
        "http://192.0.2.1/x",
        "http://169.254.169.254/",
        "http://localhost@rp.test/",
        "http://localhost.rp.test/",
        "ftp://localhost/",
        "http://[::",
        "http://localhost:99999/",
    ],
)
def test_events_go_to_this_machine_only(console: Console, address: str) -> None:
    appid = console.approved()

    answer = console.send(f"apps/{appid}/push", push_url=address, push_token="", push_format="xml")

    assert errors(answer) == [
        "Events go to this machine only: an http:// address such as http://127.0.0.1:8000/wechat."
    ]
    assert console.app(appid)["push_url"] == ""


def test_the_console_pushes_and_says_what_came_of_it(console: Console, webhook: Webhook) -> None:
    appid = console.approved()
    address = f"http://127.0.0.1:{webhook.server_port}/"
    console.send(f"apps/{appid}/push", push_url=address, push_token="t", push_format="json")
    event = {"person": "LI", "event": "user_authorization_revoke"}

    fine = console.send(f"apps/{appid}/event", **event)
    webhook.answers = 500
    broken = console.send(f"apps/{appid}/event", **event)

    assert notice(fine) == "The event was sent, and the server confirmed it."
    assert notice(broken) == "The server did not confirm the event."
    assert json.loads(webhook.arrived[0].body)["AppID"] == appid
