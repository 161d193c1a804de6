"""Two nodes behind nginx on one PostgreSQL: one is killed, one is upgraded, and people sign in."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from tests.cast import PASSWORD
from tests.databases import migrated_database
from tests.server.installation import (
    ACME,
    OPERATOR,
    PORTAL,
    Installation,
    Node,
    first_start,
    production,
    put_away,
    run,
)
from tests.server.proxy import MISSING, Proxy, ToProxy, Visitor, running_proxy
from tests.waiting import wait_until
from tests.wechat import ROOT, WeChat, running_simulator

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

PEOPLE = 4
# nginx asks a node that had gone again after two seconds: so long, the other one must not go.
ASKED_AGAIN = 2.5
CONNECTION = "/projects/acme/connections/wechat_web/"
OPEN, SHUT = "Sign in with WeChat", "Sign-in is not available yet"


class Portal:
    """The operator's browser, at one node or at the proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self.browser = proxy.browser()
        self.send("/login", login=OPERATOR, password=PASSWORD)

    def send(self, page: str, *, to: str = "", **form: str) -> None:
        """Send the form that stands on a page."""
        shown = self.browser.get(f"https://{PORTAL}{page}", timeout=10)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.text)
        assert token, shown.text
        answer = self.browser.post(
            f"https://{PORTAL}{to or page}",
            data={**form, "csrfmiddlewaretoken": token[1]},
            headers={"referer": f"https://{PORTAL}{page}"},
            allow_redirects=False,
            timeout=10,
        )
        assert answer.status_code == 302, answer.text


@dataclass
class Stage:
    """Both nodes, the proxy before them, and WeChat."""

    nodes: list[Node]
    proxy: Proxy
    wechat: WeChat
    installation: Installation
    portal: Portal
    appid: str

    def settle(self) -> None:
        """Wait until nginx asks every node."""
        last = max(node.started for node in self.nodes)
        time.sleep(max(0.0, last + ASKED_AGAIN - time.monotonic()))

    def crowd(self) -> Crowd:
        return Crowd(Visitor(self.proxy, self.wechat, self.appid))

    def sign_in(self) -> tuple[str, requests.Session]:
        return Visitor(self.proxy, self.wechat, self.appid).sign_in()


class Crowd:
    """People who sign in one after the other, each in a browser of their own."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.sign_ins: list[tuple[float, str, requests.Session]] = []
        self._people: list[Future[None]] = []
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(PEOPLE)

    def __enter__(self) -> Crowd:
        for _ in range(PEOPLE):
            self._people.append(self._pool.submit(self._come))
        self.wait_for(2 * PEOPLE)
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        for person in self._people:
            person.result()

    def _come(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            landed, browser = self.visitor.sign_in()
            self.sign_ins.append((began, landed, browser))
            # A crowd, and no benchmark: the nodes that start beside it need the machine, too.
            self._stop.wait(1.0)

    def wait_for(self, number: int) -> None:
        """Wait until so many more sign-ins have ended."""
        goal = len(self.sign_ins) + number
        wait_until(lambda: len(self.sign_ins) >= goal, seconds=30)

    def landed(self, *, begun_after: float = 0.0) -> Counter[str]:
        return Counter(landed for began, landed, _ in self.sign_ins if began >= begun_after)


@pytest.fixture(scope="module")
def both(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A project with a WeChat connection, on two nodes."""
    folder = tmp_path_factory.mktemp("nodes")
    with running_simulator() as wechat, migrated_database("nodes") as url:
        # Two nodes are two workers.
        environment = {**production(folder, url, wechat), "MENKOU_WORKERS": "1"}
        first_start(installation, folder, environment)
        nodes = [Node(folder, environment), Node(folder, environment)]
        with put_away(*nodes):
            for node in nodes:
                node.start(installation)
            (folder / "nginx").mkdir()
            with running_proxy(folder / "nginx", nodes) as proxy:
                portal = Portal(proxy)
                appid = add_connection(portal, wechat)
                yield Stage(nodes, proxy, wechat, installation, portal, appid)


@pytest.fixture
def stage(both: Stage) -> Stage:
    """Both nodes up, whatever the test before has done to them."""
    for node in both.nodes:
        if node.process is None:
            node.start(both.installation)
    both.settle()
    return both


def add_connection(portal: Portal, wechat: WeChat) -> str:
    portal.send("/projects/create/", name="Acme", slug="acme")
    app = requests.get(f"{wechat.origin}/__sim__/apps", timeout=5).json()["apps"][0]
    portal.send(
        "/projects/acme/connections/add/wechat_web/",
        client_id=app["appid"],
        client_secret=app["secret"],
        account_id=app["open_account"],
        alias="wechat_web",
        enabled="on",
        accept_warnings="client_id.twice",
    )
    return str(app["appid"])


def at(node: Node, browser: requests.Session) -> int:
    """How this very node answers for the end user's own page."""
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies)
    return node.get(ACME, "/account", cookie=cookies).status_code


def assert_no_code_and_no_state_is_in_the_logs(stage: Stage) -> None:
    """Also where the proxy tells of requests that a killed node took."""
    stage.proxy.browser().get(f"https://{PORTAL}/password/reset/key/1-canary-4f1c/", timeout=10)
    # The proxy logs a request after its answer has arrived.
    wait_until(lambda: "/password/reset/key/..." in stage.proxy.logs())
    logs = stage.proxy.logs() + "".join(node.told.read_text() for node in stage.nodes)
    assert "/sso/oauth2/callback/wechat_web" in logs
    assert [word for word in ("code=", "state=", "canary-4f1c") if word in logs] == []


def test_one_node_is_killed_under_load_and_takes_over_when_it_is_back(stage: Stage) -> None:
    first, second = stage.nodes
    with stage.crowd() as crowd:
        second.vanish()
        killed = time.monotonic()
        crowd.wait_for(5 * PEOPLE)
        served = len(crowd.sign_ins)
        second.start(stage.installation)
        crowd.wait_for(4 * PEOPLE)

    # Who was being served at that moment may have to try again; a second later nobody notices.
    assert set(crowd.landed(begun_after=killed + 1)) == {"/account"}
    unlucky = crowd.landed().total() - crowd.landed()["/account"]
    assert unlucky <= PEOPLE
    signed_in = [browser for _, landed, browser in crowd.sign_ins[:served] if landed == "/account"]
    assert {at(first, browser) for browser in signed_in} == {200}
    assert {at(second, browser) for browser in signed_in} == {200}

    stage.settle()
    first.vanish()
    assert [stage.sign_in()[0] for _ in range(4)] == ["/account"] * 4

    assert_no_code_and_no_state_is_in_the_logs(stage)


def test_a_save_at_one_node_is_on_the_others_page_within_a_second(stage: Stage) -> None:
    def pages() -> Counter[str]:
        texts = [node.get(ACME, "/login").text for node in stage.nodes * 10]
        return Counter(OPEN if OPEN in text else SHUT for text in texts if OPEN or SHUT in text)

    assert pages() == {OPEN: 20}
    for enabled, words in (("", SHUT), ("on", OPEN)):
        stage.portal.send(CONNECTION, to=f"{CONNECTION}switch/", enabled=enabled)
        time.sleep(1.0)
        assert pages() == {words: 20}


@pytest.fixture(scope="module")
def next_release(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """The release after this one: a column more, and another style sheet."""
    upgraded = installation.copied(tmp_path_factory.mktemp("upgraded") / "venv")
    style = upgraded.packages / "portal/files/static/css/tokens.css"
    style.write_text(style.read_text() + "\n.of-the-next-release { color: red }\n")
    migration = upgraded.packages / "projects/migrations/9999_next.py"
    migration.write_text(NEXT.format(last=last_migration()))
    return upgraded.collect()


NEXT = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("projects", "{last}")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE projects_project ADD COLUMN next_release text",
            "ALTER TABLE projects_project DROP COLUMN next_release",
        )
    ]
"""


def test_60_an_upgrade_fails_no_sign_in_and_there_is_a_way_back(
    stage: Stage, next_release: Installation
) -> None:
    environment = stage.nodes[0].environment

    with stage.crowd() as crowd:
        told = run([next_release.menkou, "migrate", "--no-input"], **environment)
        assert "Applying projects.9999_next" in told
        crowd.wait_for(PEOPLE)
        for node in stage.nodes:
            node.stop()
            node.start(next_release)
            # As docs/production.md says.
            stage.settle()
            styles = styles_of(stage)
            crowd.wait_for(PEOPLE)

    assert set(crowd.landed()) == {"/account"}
    assert set(styles) == {200}

    for node in stage.nodes:
        node.vanish()
    back = ["migrate", "--no-input", "projects", last_migration()]
    run([next_release.menkou, *back], **environment)
    stage.nodes[1].start(stage.installation)
    assert at(stage.nodes[1], crowd.sign_ins[-1][2]) == 200
    assert stage.sign_in()[0] == "/account"


def last_migration() -> str:
    """The last one of this release."""
    return max(path.stem for path in (ROOT / "projects/migrations").glob("0*.py"))


def styles_of(stage: Stage) -> list[int]:
    """How the style sheets of many visitors' pages are answered, whoever answers them."""
    browser = stage.proxy.browser()
    answers = []
    for _ in range(10):
        page = browser.get(f"https://{ACME}/login", timeout=10).text
        for name in re.findall(r'href="(/static/[^"]+\.css)"', page):
            answers.append(browser.get(f"https://{ACME}{name}", timeout=10).status_code)
    return answers


def has_limit(portal: requests.Session, *, claimed: str) -> bool:
    """Try to sign in as somebody new, from an address that one only claims to have."""
    page = portal.get(f"https://{PORTAL}/login", timeout=10)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text
    answer = portal.post(
        f"https://{PORTAL}/login",
        data={
            "login": f"nobody-{claimed}@example.com",
            "password": "wrong",
            "csrfmiddlewaretoken": token[1],
        },
        headers={"referer": f"https://{PORTAL}/login", "x-forwarded-for": claimed},
        timeout=10,
    )
    return answer.status_code == 429 or "Too many failed" in answer.text


class TestTheProxy:
    """One node is enough for these, so none is started that another test has stopped."""

    def test_what_strangers_say_of_themselves_is_overwritten(self, both: Stage) -> None:
        said = {"x-forwarded-proto": "http", "x-forwarded-host": "evil.example"}
        answer = both.proxy.browser().get(f"https://{PORTAL}/login", headers=said, timeout=10)

        assert answer.status_code == 200
        assert "evil.example" not in answer.text

    def test_the_nodes_count_by_the_address_that_the_proxy_saw(self, both: Stage) -> None:
        def is_refused(seen: str, *, tries: int) -> bool:
            portal = both.proxy.browser(seen=seen)
            return any(has_limit(portal, claimed=f"192.0.2.{n}") for n in range(tries))

        # The attempts come back as time passes, and a busy machine takes long for each.
        assert is_refused("127.0.0.3", tries=60)
        assert not is_refused("127.0.0.4", tries=1)

    def test_readiness_is_asked_of_the_nodes_only(self, both: Stage) -> None:
        assert both.proxy.browser().get(f"https://{PORTAL}/readyz", timeout=10).status_code == 404

    def test_names_that_are_nobodys_get_no_certificate(self, both: Stage) -> None:
        browser = both.proxy.browser()
        browser.mount("https://evil.example/", ToProxy("evil.example", both.proxy.port))

        with pytest.raises(requests.exceptions.SSLError):
            browser.get("https://evil.example/login", timeout=10)

    def test_http_leads_to_https(self, both: Stage) -> None:
        address = f"http://127.0.0.1:{both.proxy.plain_port}/login?lang=en"
        answer = requests.get(address, headers={"host": ACME}, allow_redirects=False, timeout=10)

        assert answer.headers["location"] == f"https://{ACME}/login?lang=en"

    def test_large_bodies_are_refused_at_the_door(self, both: Stage) -> None:
        answer = both.proxy.browser().post(
            f"https://{PORTAL}/login", data=b"x" * 600_000, timeout=10
        )

        assert answer.status_code == 413
