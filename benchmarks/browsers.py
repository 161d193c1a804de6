"""What a browser sends to either site, step by step, and what it must see.

Each script is a generator: it yields a request and is sent the answer. A wrong answer ends the run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

COOKIE = re.compile(rb"\r\nset-cookie: ([^=;]+)=([^;]*)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: ([^\r]+)", re.IGNORECASE)
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    head: bytes
    body: bytes


Script = Generator[bytes, Answer, None]


class Wrong(Exception):
    """A page was not what it should have been, so nothing measured would mean anything."""


class Browser:
    """Somebody at an address of their own, with cookies."""

    def __init__(self, host: str, number: int = 0) -> None:
        self.host = host
        self.address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, *, scheme: str, **form: str) -> bytes:
        """Return the bytes to be sent."""
        body = urlencode(form)
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}",
            "Accept: text/html",
            "Accept-Language: en",
            "Accept-Encoding: identity",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0",
            f"X-Forwarded-For: {self.address}",
            f"X-Forwarded-Proto: {scheme}",
        ]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        if method == "POST":
            lines += [
                f"Origin: {scheme}://{self.host}",
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        return ("\r\n".join([*lines, "", body])).encode()

    def keep(self, answer: Answer) -> None:
        """Remember the answer's cookies."""
        for name, value in COOKIE.findall(answer.head):
            self.cookies[name.decode()] = value.decode()


@dataclass(frozen=True)
class Pages:
    """How one of the sites speaks with browsers."""

    domain: str
    scheme: str
    login: str
    mark: bytes
    start: str
    callback: str
    arrival: str
    has_token: bool

    def page(self, browser: Browser) -> bytes:
        """Ask for the sign-in page."""
        return browser.request("GET", self.login, scheme=self.scheme)

    def press(self, browser: Browser, page: Answer) -> bytes:
        """Press the button of the page."""
        token = TOKEN.search(page.body) if self.has_token else None
        form = {"csrfmiddlewaretoken": token[1].decode()} if token else {}
        return browser.request("POST", self.start, scheme=self.scheme, **form)

    def come_back(self, browser: Browser, started: Answer, *, code: str) -> bytes:
        """Return from the provider with its code."""
        query = parse_qs(urlsplit(location(started)).query)
        words = urlencode({"code": code, "state": query["state"][0]})
        return browser.request("GET", f"{self.callback}?{words}", scheme=self.scheme)


MENKOU = Pages(
    domain="login.test",
    scheme="https",
    login="/login",
    mark=b'/start">',
    start="/sso/wechat/start",
    callback="/sso/oauth2/callback/wechat",
    arrival="/account",
    has_token=False,
)
PLAIN = Pages(
    domain="plain.test",
    scheme="http",
    login="/accounts/login/",
    mark=b"/login/?process=login",
    # Its own page links to a page in between that asks once more. It is left out, in its favour.
    start="/accounts/weixin/login/",
    callback="/accounts/weixin/login/callback/",
    arrival="/welcome/",
    has_token=True,
)
# It answers everything with a copy of Menkou's page.
BARE = MENKOU
SITES = {"menkou": MENKOU, "plain": PLAIN, "bare": BARE}


def look(site: Pages, project: str, buttons: int) -> Callable[[int], Script]:
    """Ask for a project's sign-in page, as somebody who was never there."""
    question = site.page(Browser(f"{project}.{site.domain}"))

    def script(number: int) -> Script:
        check((yield question), 200, site.mark, buttons)

    return script


def sign_in(site: Pages, project: str, person: Callable[[int], str]) -> Callable[[int], Script]:
    """See the page, press the button, come back from the provider, be signed in."""

    def script(number: int) -> Script:
        browser = Browser(f"{project}.{site.domain}", number)
        page = yield site.page(browser)
        check(page, 200, site.mark, 1)
        browser.keep(page)
        started = yield site.press(browser, page)
        check(started, 302)
        browser.keep(started)
        before = dict(browser.cookies)
        ended = yield site.come_back(browser, started, code=person(number))
        check(ended, 302)
        browser.keep(ended)
        if urlsplit(location(ended)).path != site.arrival or browser.cookies == before:
            raise Wrong(f"nobody was signed in: {ended.head!r}")

    return script


def check(answer: Answer, status: int, mark: bytes = b"", count: int = 0) -> None:
    """Raise Wrong unless the answer has this status and its page so many buttons."""
    if answer.status != status or (mark and answer.body.count(mark) != count):
        found = answer.body.count(mark) if mark else 0
        raise Wrong(f"{answer.status}, {found} buttons, not {status}, {count}:\n{answer.head!r}")


def location(answer: Answer) -> str:
    """Return where the answer leads; raises Wrong where it leads nowhere."""
    found = LOCATION.search(answer.head)
    if found is None:
        raise Wrong(f"no redirect: {answer.head!r}")
    return found[1].decode()
