"""The canary rule over a whole installation: what is planted is found nowhere afterwards.

Secrets, codes, tokens, passwords and links go through a server as it is deployed, in sign-ins that
succeed and that fail; then its log, its metrics, every page, a dump of the database and the files
of PostgreSQL itself, its write-ahead log included, are searched.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from portal.devtools.postgres.binaries import find_installation as postgresql
from tests.openid import CLIENT_ID, OpenID
from tests.server.conftest import PASSWORD, Place, Server, send, signed_in
from tests.server.postgres import Postgres

PORTAL, TENANT = "localhost", "acme.localhost"
ADD = "/projects/acme/connections/add/openid_connect/"
PAGE = "/projects/acme/connections/canary/"
INVITE = "/projects/acme/settings/members/invite/"
EXPOSED = [
    "/account/",
    "/projects/",
    "/projects/acme/",
    "/projects/acme/settings/",
    "/projects/acme/settings/members/",
    "/projects/acme/history/",
    "/projects/acme/connections/",
    "/projects/acme/connections/add/",
    ADD,
    PAGE,
]


def canary(name: str) -> str:
    return f"CANARY-{name}-{uuid4()}"


@dataclass
class Story:
    """A server, an OpenID provider, and everything that was planted and shown."""

    server: Server
    postgres: Postgres
    provider: OpenID
    log: Path
    planted: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def plant(self, name: str) -> str:
        self.planted.append(canary(name))
        return self.planted[-1]

    def see(self, answer: requests.Response) -> requests.Response:
        self.shown.append(f"{answer.headers}{answer.text}")
        return answer

    def typed(self, secret: str) -> dict[str, str]:
        origin = self.provider.origin
        values = {"issuer": origin, "client_id": CLIENT_ID, "client_secret": secret}
        return {**values, "scopes": "openid", "alias": "canary", "enabled": "on"}

    def save(self, operator: requests.Session, page: str, secret: str) -> None:
        answer = self.see(send(self.server, operator, page, **self.typed(secret)))
        assert answer.status_code == 302, answer.text

    def sign_in(self, *, error: bool = False) -> requests.Response:
        """Somebody presses the button, agrees or is refused, and comes back."""
        browser = requests.Session()
        origin = {"origin": f"http://{TENANT}:{self.server.port}"}
        start = self.server.ask(browser, "POST", TENANT, "/sso/canary/start", headers=origin)
        assert start.status_code == 302, start.text
        sent = dict(
            re.findall(r"[?&](state|nonce|code_challenge)=([^&]+)", start.headers["location"])
        )
        self.planted += [sent["state"], sent["nonce"], *browser.cookies.values()]
        self.provider.nonce = sent["nonce"]
        query = {"state": sent["state"], "code": self.plant("code")}
        if error:
            query = {"state": sent["state"], "error": "denied", "error_description": self.echo()}
        back = self.server.ask(browser, "GET", TENANT, "/sso/oauth2/callback/canary", params=query)
        self.see(self.server.ask(browser, "GET", TENANT, "/account"))
        return self.see(back)

    def echo(self) -> str:
        """Whatever a provider could know, without names by which a scrubber could know it."""
        return " ".join(each for each in self.planted if each != PASSWORD)

    def asked(self) -> str:
        return "".join(peer.body for peer in self.provider.asked if peer.path == "/token")


@pytest.fixture
def story(place: Place) -> Story:
    return Story(place.server, place.postgres, place.provider, place.log)


def fail_in_every_way(story: Story) -> None:
    """Sign-ins in which the provider repeats what it was told."""
    provider = story.provider
    for path in ("/token", "/userinfo"):
        for status in ("200 OK", "302 Found", "500 Oops"):
            body = json.dumps({"error": story.echo(), "error_description": story.echo()})
            for raw in (body.encode(), f"<h1>{story.echo()}</h1>".encode()):
                provider.raw[path], provider.status[path] = raw, status
                assert story.sign_in().status_code in {400, 403, 503}
        del provider.raw[path], provider.status[path]
    provider.told["nonce"] = story.echo()
    assert story.sign_in().status_code == 400
    provider.told.clear()
    assert story.sign_in(error=True).status_code in {200, 400, 503}


def dump(story: Story) -> str:
    program = postgresql() / "bin" / "pg_dump"
    url = story.server.environment["DATABASE_URL"]
    run = subprocess.run([str(program), url], check=True, capture_output=True, text=True)
    return run.stdout


def files_of(postgres: Postgres) -> Iterator[bytes]:
    """Tables, indexes, write-ahead log and log of the server."""
    for file in sorted(postgres.data.rglob("*")):
        if file.is_file():
            yield file.read_bytes()
    yield postgres.log.read_bytes()


def test_11_nothing_that_was_planted_is_found_anywhere(story: Story) -> None:
    server, provider = story.server, story.provider
    provider.token = {name: story.plant(name) for name in ("access_token", "refresh_token")}
    owner = signed_in(server)
    story.planted.append(PASSWORD)
    story.save(owner, ADD, story.plant("secret"))
    first = story.sign_in()
    assert (first.status_code, first.headers["location"]) == (302, "/account")
    story.save(owner, PAGE, story.plant("secret"))
    fail_in_every_way(story)
    answer = send(server, owner, INVITE, address="vi@example.com", role="viewer")
    link = re.search(r"/invitation/link/([\w-]+)/", answer.text)
    assert link, "without e-mail, the owner sees the link once"
    opened = f"/invitation/link/{link[1]}/"
    assert story.see(server.ask(requests.Session(), "GET", PORTAL, opened)).status_code == 302
    for path in (*EXPOSED, *history_of(story, owner)):
        story.see(server.ask(owner, "GET", PORTAL, path))
    metrics = requests.get(
        f"http://{server.environment['MENKOU_METRICS_ADDRESS']}/metrics", timeout=5
    )

    log = story.log.read_text(encoding="utf-8")
    places = {
        "a page": "".join(story.shown),
        "the log": log,
        "the metrics": metrics.text,
        "the dump": dump(story),
    }
    planted = [*story.planted, link[1]]
    assert len(planted) > 40
    assert "menkou_sign_ins_total" in metrics.text
    assert "reference" in log
    assert "connections_storedsecret" in places["the dump"]
    # What is looked for was really under way.
    assert "CANARY-code" in story.asked()
    for value in planted:
        for form in (value, value.encode().hex()):
            assert not [name for name, text in places.items() if form in text], value
    assert_not_in_files(story, planted)


def history_of(story: Story, owner: requests.Session) -> list[str]:
    """The addresses of all stories that History leads to."""
    page = story.server.ask(owner, "GET", PORTAL, "/projects/acme/history/").text
    found = sorted(set(re.findall(r'href="(/projects/acme/history/[^"/?]+/)"', page)))
    assert len(found) > 10
    return found


def assert_not_in_files(story: Story, planted: list[str]) -> None:
    """State and nonce are shorter, and their rows are gone; these were never written at all."""
    secrets = [value.encode() for value in planted if value.startswith("CANARY")]
    assert len(secrets) > 15
    for content in files_of(story.postgres):
        assert not [value for value in secrets if value in content]
