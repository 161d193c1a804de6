"""nginx or Caddy before two nodes, with the samples of docs/production/, and their visitors."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import HTTPAdapter

from portal.devtools.ports import find_free_port
from tests.server.installation import ACME, PORTAL
from tests.wechat import ROOT, WeChat

SAMPLE = ROOT / "docs" / "production" / "nginx.conf"
CADDYFILE = ROOT / "docs" / "production" / "Caddyfile"
TOOLS = ("nginx", "openssl")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]

AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/menkou.conf;
}}
"""


def certificate(folder: Path) -> Path:
    """A certificate that nobody has signed, for the portal and for every project."""
    names = f"subjectAltName=DNS:{PORTAL},DNS:*.login.example.com"
    new = ["openssl", "req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"]
    new += ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(
        [*new, *files, "-subj", f"/CN={PORTAL}", "-addext", names], check=True, capture_output=True
    )
    return folder / "fullchain.pem"


class HasAddress(Protocol):
    """What stands behind the proxy."""

    @property
    def address(self) -> str:
        """Its host and port."""


def adapted(
    sample: str, folder: Path, *, port: int, plain_port: int, nodes: Sequence[HasAddress]
) -> str:
    """The sample with our addresses in it; everything else is as it is given to people."""
    there = iter(node.address for node in nodes)
    text = re.sub(r"(?m)^ *listen \[::\].*\n", "", sample)
    text = re.sub(r"server 10\.0\.0\.\d+:8000", lambda _: f"server {next(there)}", text)
    return (
        text.replace("listen 443", f"listen 127.0.0.1:{port}")
        .replace("listen 80", f"listen 127.0.0.1:{plain_port}")
        .replace("/etc/menkou/tls", str(folder))
        .replace("/var/log/nginx", str(folder))
    )


def adapted_for_caddy(
    sample: str, folder: Path, *, port: int, plain_port: int, nodes: Sequence[HasAddress]
) -> str:
    """The Caddyfile with our addresses in it."""
    ours = f"{{\n\thttp_port {plain_port}\n\thttps_port {port}\n\tadmin off\n"
    return (
        re.sub(r"(?m)^\{\n", ours, sample, count=1)
        .replace(":80, :443", f":{plain_port}, :{port}")
        .replace("10.0.0.11:8000 10.0.0.12:8000", " ".join(node.address for node in nodes))
        .replace("/etc/menkou/tls", str(folder))
    )


class ToProxy(HTTPAdapter):
    """Leads a name to the proxy on this machine, as the name's address would."""

    def __init__(self, host: str, port: int, *, seen: str = "127.0.0.1") -> None:
        self.host, self.port, self.seen = host, port, seen
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(
            *args,
            **options,
            server_hostname=self.host,
            assert_hostname=self.host,
            source_address=(self.seen, 0),
        )

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        there = request.copy()
        there.headers["host"] = self.host
        there.url = urlsplit(request.url)._replace(netloc=f"127.0.0.1:{self.port}").geturl()
        return super().send(there, **options)


@dataclass
class Proxy:
    """A running nginx or Caddy."""

    folder: Path
    trusted: Path
    port: int = field(default_factory=find_free_port)
    plain_port: int = field(default_factory=find_free_port)

    def browser(self, *, seen: str = "127.0.0.1") -> requests.Session:
        """Somebody's browser, which finds the names and trusts the certificate."""
        browser = requests.Session()
        browser.verify = str(self.trusted)
        browser.trust_env = False
        for host in (PORTAL, ACME):
            browser.mount(f"https://{host}/", ToProxy(host, self.port, seen=seen))
        return browser

    def logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@contextlib.contextmanager
def running_proxy(folder: Path, nodes: Sequence[HasAddress]) -> Iterator[Proxy]:
    """The sample's nginx, before these nodes."""
    proxy = Proxy(folder, certificate(folder))
    ports = {"port": proxy.port, "plain_port": proxy.plain_port}
    text = adapted(SAMPLE.read_text(encoding="utf-8"), folder, **ports, nodes=nodes)
    (folder / "menkou.conf").write_text(text)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    command = ["nginx", "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf")]
    with running(proxy, command):
        yield proxy


@contextlib.contextmanager
def running_caddy(folder: Path, nodes: Sequence[HasAddress]) -> Iterator[Proxy]:
    """The sample's Caddy, before these nodes."""
    proxy = Proxy(folder, certificate(folder))
    ports = {"port": proxy.port, "plain_port": proxy.plain_port}
    text = adapted_for_caddy(CADDYFILE.read_text(encoding="utf-8"), folder, **ports, nodes=nodes)
    (folder / "Caddyfile").write_text(text)
    command = ["caddy", "run", "--adapter=caddyfile", f"--config={folder}/Caddyfile"]
    # It keeps its state in the home folder.
    with running(proxy, command, HOME=str(folder)):
        yield proxy


@contextlib.contextmanager
def running(proxy: Proxy, command: list[str], **environment: str) -> Iterator[None]:
    """Run the proxy's command until the end of the block."""
    with (proxy.folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=output,
            stderr=output,
        )
    try:
        wait_until_it_answers(proxy)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_until_it_answers(proxy: Proxy) -> None:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        with contextlib.suppress(requests.ConnectionError):
            if proxy.browser().get(f"https://{PORTAL}/healthz", timeout=5).ok:
                return
        time.sleep(0.05)
    raise AssertionError(proxy.logs())


@dataclass
class Visitor:
    """Somebody who signs in to Acme by WeChat, through the proxy."""

    proxy: Proxy
    wechat: WeChat
    appid: str

    def sign_in(self) -> tuple[str, requests.Session]:
        """Where they land, or what went wrong; and their browser."""
        browser = self.proxy.browser()
        try:
            return self.landed(browser), browser
        except requests.RequestException as error:
            return type(error).__name__, browser

    def landed(self, browser: requests.Session) -> str:
        page = self.ask(browser, "GET", "/login")
        if page.status_code != 200:
            return f"page {page.status_code}"
        began = self.ask(browser, "POST", "/sso/wechat_web/start")
        if began.status_code != 302:
            return f"start {began.status_code}"
        state = parse_qs(urlsplit(began.headers["location"]).query)["state"][0]
        code = self.wechat.code("lilei", appid=self.appid)
        path = f"/sso/oauth2/callback/wechat_web?code={code}&state={state}"
        back = self.ask(browser, "GET", path)
        return back.headers.get("location", f"callback {back.status_code}")

    def ask(self, browser: requests.Session, method: str, path: str) -> requests.Response:
        return browser.request(
            method,
            f"https://{ACME}{path}",
            headers={"origin": f"https://{ACME}"},
            allow_redirects=False,
            timeout=30,
        )
