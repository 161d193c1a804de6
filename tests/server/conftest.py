"""The product as it is deployed: gunicorn, its workers and threads, over a database of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import requests

from tests.databases import migrated_database
from tests.openid import OpenID, running_openid
from tests.server.installation import Installation, built, sources
from tests.server.postgres import Postgres, own_postgres
from tests.wechat import ROOT, WeChat, running_simulator

PASSWORD = "correct horse battery staple"
# More than the other tests of a server need, so that reaching it takes few requests.
MOST_STARTS = 400


@dataclass
class Server:
    """A running Menkou, spoken to over HTTP alone."""

    port: int
    wechat: WeChat
    environment: dict[str, str]
    gunicorn: subprocess.Popen[bytes] | None = None
    # Where its log goes; by default to where the test's own output goes.
    log: IO[bytes] | None = None

    def start_gunicorn(self) -> None:
        """Begin to serve; `wait_for` waits for the first answer."""
        command = [sys.executable, "-m", "gunicorn", "--config", "portal/server/gunicorn.py"]
        self.gunicorn = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{self.port}"],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
        )

    def stop_gunicorn(self) -> None:
        if self.gunicorn is not None:
            self.gunicorn.terminate()
            self.gunicorn.wait(timeout=20)

    @property
    def keyset(self) -> Path:
        return Path(self.environment["MENKOU_KEYSET_FILE"])

    def manage(self, *command: str) -> subprocess.Popen[str]:
        """Begin a command of `manage.py` beside the running server."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def database(self) -> psycopg.Connection:
        """A look at the server's own database."""
        return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)

    def get(self, host: str, path: str, **options: object) -> requests.Response:
        return self.ask(requests.Session(), "GET", host, path, **options)

    def ask(
        self, session: requests.Session, method: str, host: str, path: str, **options: object
    ) -> requests.Response:
        # Python does not resolve *.localhost, so the host is said in a header.
        headers = {"host": f"{host}:{self.port}", **options.pop("headers", {})}  # type: ignore[dict-item]
        return session.request(
            method,
            f"http://127.0.0.1:{self.port}{path}",
            headers=headers,
            allow_redirects=False,
            timeout=30,
            **options,  # type: ignore[arg-type]
        )

    def start(self, session: requests.Session, *, alias: str = "wechat_web") -> str:
        """Press the button; return the state that went to WeChat."""
        origin = {"origin": f"http://acme.localhost:{self.port}"}
        answer = self.ask(session, "POST", "acme.localhost", f"/sso/{alias}/start", headers=origin)
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]

    def come_back(
        self, session: requests.Session, *, code: str, state: str, alias: str = "wechat_web"
    ) -> requests.Response:
        path = f"/sso/oauth2/callback/{alias}?code={code}&state={state}"
        return self.ask(session, "GET", "acme.localhost", path)


@pytest.fixture(scope="package")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Menkou with the demo project, connected to a simulator of its own."""
    folder = tmp_path_factory.mktemp("server")
    settings = {"MENKOU_METRICS_ADDRESS": f"127.0.0.1:{free_port()}", "TMPDIR": str(folder)}
    with (
        running_simulator() as wechat,
        migrated_database() as url,
        serving(folder, url, wechat, **settings) as running,
    ):
        yield running
    # Nothing is left of the counts.
    assert list(folder.glob("menkou-metrics-*")) == []


@pytest.fixture
def server(shared_server: Server) -> Server:
    """The shared server, at which nobody has tried anything lately, and WeChat without faults."""
    requests.delete(f"{shared_server.wechat.origin}/__sim__/faults", timeout=5)
    with contextlib.closing(shared_server.database()) as database:
        database.execute("TRUNCATE limits_ratelimitbucket, procrastinate_jobs CASCADE")
    return shared_server


@dataclass(frozen=True)
class Place:
    """A server with a PostgreSQL and a log of its own, and a provider that it may call."""

    server: Server
    postgres: Postgres
    provider: OpenID
    log: Path


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place that a test may treat badly, and search."""
    folder = tmp_path_factory.mktemp("place")
    with (
        running_openid() as provider,
        running_simulator() as wechat,
        own_postgres() as (postgres, url),
        (folder / "log").open("wb") as log,
        serving(
            folder,
            url,
            wechat,
            log=log,
            MENKOU_THREADS="16",
            MENKOU_PRIVATE_ORIGINS=provider.origin,
            MENKOU_METRICS_ADDRESS=f"127.0.0.1:{free_port()}",
            TMPDIR=str(folder),
        ) as server,
    ):
        yield Place(server, postgres, provider, folder / "log")


@contextlib.contextmanager
def serving(
    folder: Path, url: str, wechat: WeChat, *, log: IO[bytes] | None = None, **environment: str
) -> Iterator[Server]:
    """A Menkou over this database without rows, with the demo project and a connection."""
    port = free_port()
    settings = {**environment_of(folder, url, port, wechat), **environment}
    running = Server(port, wechat, settings, log=log)
    running.manage("prepare").communicate(timeout=120)
    running.start_gunicorn()
    try:
        wait_for(running)
        add_connection(running)
        yield running
    finally:
        running.stop_gunicorn()


def environment_of(folder: Path, url: str, port: int, wechat: WeChat) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "SECRET_KEY": "a key for tests only, long enough to be accepted by every check there is",
        "MENKOU_ENV": "development",
        "MENKOU_KEYSET_FILE": str(folder / "keyset.json"),
        "MENKOU_PORTAL_HOST": f"localhost:{port}",
        "MENKOU_PROJECT_DOMAIN": f"localhost:{port}",
        "WECHAT_OPEN_BASE_URL": wechat.origin,
        "WECHAT_API_BASE_URL": wechat.origin,
        "MENKOU_LIMIT_STARTS": str(MOST_STARTS),
        # Some tests fill a project with many more.
        "MENKOU_MAX_CONNECTIONS": "20000",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(server: Server) -> None:
    # Beside the other tests a start takes several times as long as alone.
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with contextlib.suppress(requests.ConnectionError):
            if server.get("localhost", "/healthz").ok:
                return
        if server.gunicorn is not None and server.gunicorn.poll() is not None:
            pytest.fail(f"the server ended with {server.gunicorn.returncode} before it answered")
        time.sleep(0.05)
    pytest.fail("the server did not come up")


def add_connection(server: Server) -> None:
    """The nine steps, as a browser would send them."""
    add_connection_as(signed_in(server), server, alias="wechat_web")


def signed_in(server: Server) -> requests.Session:
    """The browser of the operator."""
    session = requests.Session()
    send(server, session, "/login", login="admin@example.com", password=PASSWORD)
    return session


def add_connection_as(session: requests.Session, server: Server, *, alias: str) -> None:
    app = requests.get(f"{server.wechat.origin}/__sim__/apps", timeout=5).json()["apps"][0]
    # Two buttons with the same label would be doubted.
    first = alias == "wechat_web"
    answer = send(
        server,
        session,
        "/projects/acme/connections/add/wechat_web/",
        client_id=app["appid"],
        client_secret=app["secret"],
        account_id=app["open_account"],
        alias=alias,
        label_en="" if first else f"Sign in with {alias}",
        label_zh_hans="" if first else f"{alias} 登录",
        enabled="on",
        accept_warnings="client_id.twice",
    )
    assert answer.status_code == 302, answer.text


def send(
    server: Server, session: requests.Session, path: str, *, to: str = "", **form: str
) -> requests.Response:
    """Send a form that stands on a page, to the page itself or elsewhere."""
    page = server.ask(session, "GET", "localhost", path)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text
    data = {**form, "csrfmiddlewaretoken": token[1]}
    return server.ask(session, "POST", "localhost", to or path, data=data)


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of our own, in which things may be left behind."""
    return sources(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the whole run: what one of its processes has made there, the others find."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if run else base) / "made"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def wheel(made: Path) -> Path:
    """The wheel, built from a clone; `make release` names the folder of its own."""
    if given := os.environ.get("RELEASE_MADE"):
        (released,) = Path(given).glob("*.whl")
        return released
    with one_at_a_time(made / "wheel.lock"):
        if not (found := list(made.glob("*.whl"))):
            (made / "clone").mkdir()
            found = [Path(shutil.copy(built(sources(made / "clone")), made))]
    return found[0]


@pytest.fixture(scope="session")
def installation(wheel: Path, made: Path) -> Installation:
    """The wheel, installed; `make release` names an environment with nothing else in it."""
    if given := os.environ.get("RELEASE_INSTALLATION"):
        return Installation(Path(given))
    done = Installation(made / "venv")
    with one_at_a_time(made / "installation.lock"):
        if not (made / "installed").exists():
            Installation.of(wheel, done.folder).collect()
            (made / "installed").touch()
    return done


@contextlib.contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Wait until nobody else of this run is in the same place."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
